from io import BytesIO

import pytest
from PIL import Image

from conversions.catalog import formats

BRANDS = {
    "avif that says so second": b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf",
    "avif of many frames": b"\0\0\0\x1cftypavis\0\0\0\0avismsf1miaf",
    "avif as libvips writes it": b"\0\0\0\x1cftypavif\0\0\0\0mif1avifmiaf",
}
OTHERS = {
    "nothing": b"",
    "text": b"just some text, not a picture\n",
    "html": b"<!doctype html><html></html>",
    "heic": b"\0\0\0\x1cftypheic\0\0\0\0mif1heicmiaf" + bytes(40),
    "mp4": b"\0\0\0\x18ftypmp42\0\0\0\0isommp42" + bytes(40),
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "pdf": b"%PDF-1.7\n",
    "the letters of a brand elsewhere": b"\0\0\0\x18ftypmp42xavif\0\0\0isom" + bytes(40),
}


def picture(format: str) -> bytes:
    file = BytesIO()
    Image.new("RGB", (8, 8), "red").save(file, format)
    return file.getvalue()


@pytest.mark.parametrize("format", formats.FORMATS, ids=lambda format: format.id)
def test_detects_each_format_by_content(format: formats.Format) -> None:
    assert formats.detect(picture(format.id)[: formats.HEAD_BYTES]) is format


@pytest.mark.parametrize("marker", [0xDB, 0xE1, 0xE2, 0xEE, 0xFE])
def test_detects_jpeg_whatever_its_first_segment(marker: int) -> None:
    assert formats.detect(bytes([0xFF, 0xD8, 0xFF, marker]) + bytes(60)) is formats.by_id("jpeg")


@pytest.mark.parametrize("head", BRANDS.values(), ids=BRANDS)
def test_detects_avif_by_its_brands(head: bytes) -> None:
    assert formats.detect(head + bytes(40)) is formats.by_id("avif")


@pytest.mark.parametrize("head", [b"II+\0\x08\0\0\0", b"MM\0+\0\x08\0\0", b"MM\0*\0\0\0\x08"])
def test_detects_every_tiff(head: bytes) -> None:
    assert formats.detect(head + bytes(40)) is formats.by_id("tiff")


@pytest.mark.parametrize("head", OTHERS.values(), ids=OTHERS)
def test_detects_nothing_in_other_content(head: bytes) -> None:
    assert formats.detect(head) is None


def test_extension_is_the_part_after_the_last_dot() -> None:
    assert formats.by_extension("Holiday.PNG.JPEG") is formats.by_id("jpeg")
    assert formats.by_extension("Holiday.txt") is None
    assert formats.by_extension("") is None


def test_get_knows_only_the_table() -> None:
    assert formats.get("webp") is formats.by_id("webp")
    assert formats.get("doc") is None
