"""Vector pictures through libvips and Typst in their real processes, and looked at again."""

from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from PIL import Image

from conversions.engines.pictures import MAX_PIXELS
from conversions.errors import ConversionsError, DamagedFile, TooManyPixels
from tests.integration.conversions.engine_work import crossed, slow
from tests.integration.conversions.test_images import BLUE, RED, near
from tests.integration.conversions.ways import convert

NAMESPACES = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
INSIDE = '<rect width="50" height="50" fill="red"/>'


def svg(inside: str = INSIDE, size: str = 'width="100" height="50"', before: str = "") -> bytes:
    return f"{before}<svg {NAMESPACES} {size}>{inside}</svg>".encode()


def shown(path: Path) -> Image.Image:
    with Image.open(path) as image:
        return image.convert("RGBA")


def test_it_is_drawn_in_its_own_size_on_nothing(tmp_path: Path) -> None:
    image = shown(convert(tmp_path, svg(), "svg", "png"))
    assert image.size == (100, 50)
    assert image.getpixel((10, 10)) == (255, 0, 0, 255)
    assert image.getpixel((90, 10))[3] == 0


@pytest.mark.parametrize("size", ['width="100" height="50"', 'viewBox="0 0 100 50"', 'width="50mm" height="25mm"'])
def test_it_is_as_wide_as_wanted(tmp_path: Path, size: str) -> None:
    image = shown(convert(tmp_path, svg(size=size), "svg", "png", width=1000))
    assert image.width == 1000
    assert abs(image.height - 500) <= 2


@pytest.mark.parametrize("to", ["jpeg", "ico", *map(slow, ("webp", "tiff", "bmp"))])
def test_other_pictures_are_made_of_it(tmp_path: Path, to: str) -> None:
    assert near(shown(convert(tmp_path, svg(), "svg", to)).convert("RGB").getpixel((10, 25)), RED, by=30)


def test_it_becomes_a_page_that_stays_a_drawing(tmp_path: Path) -> None:
    result = convert(tmp_path, svg(), "svg", "pdf")
    with pypdfium2.PdfDocument(result) as pdf:
        page = pdf[0]
        assert [round(side) for side in page.get_size()] == [75, 38]
        assert page.render().to_pil().getpixel((5, 5)) == RED
        assert not any(isinstance(each, pypdfium2.PdfImage) for each in page.get_objects())


@pytest.mark.parametrize("to", ["png", "pdf"])
def test_text_is_written(tmp_path: Path, to: str) -> None:
    words = svg('<text x="5" y="40" font-size="40" fill="blue" font-family="No Such Font">HHH</text>')
    result = convert(tmp_path, words, "svg", to)
    if to == "png":
        assert near(max(shown(result).getcolors(10_000))[1][:3], BLUE, by=255)
        assert sum(count for count, colour in shown(result).getcolors(10_000) if near(colour[:3], BLUE, by=20)) > 200
    else:
        with pypdfium2.PdfDocument(result) as pdf:
            assert "HHH" in pdf[0].get_textpage().get_text_bounded()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1"])
def test_it_is_read_in_the_encoding_that_it_declares(tmp_path: Path, encoding: str) -> None:
    content = svg("<title>naïve</title>" + INSIDE, before=f'<?xml version="1.0" encoding="{encoding}"?>').decode()
    assert shown(convert(tmp_path, content.encode(encoding), "svg", "png")).getpixel((10, 10))[:3] == RED


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A red picture in the folder of all steps; links to it show nothing."""
    path = tmp_path / "secret.png"
    Image.new("RGB", (50, 50), "red").save(path)
    return path


@pytest.mark.parametrize(
    ("inside", "to"),
    crossed(
        [
            '<image width="50" height="50" xlink:href="{0}"/>',
            '<image width="50" height="50" href="file://{0}"/>',
            '<image width="50" height="50" href="../secret.png"/>',
            '<image width="50" height="50" href="picture.png"/>',
            '<image width="50" height="50" href="http://127.0.0.1:9/x.png"/>',
            '<use href="{0}#x"/>',
            '<style>@import "{0}"; rect {{ fill: url({0}) }}</style><rect width="50" height="50" fill="none"/>',
            '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{0}"/>',
        ],
        ["png", "pdf"],
    ),
)
def test_nothing_that_it_names_is_read(tmp_path: Path, secret: Path, inside: str, to: str) -> None:
    try:
        result = convert(tmp_path, svg(inside.format(secret)), "svg", to)
    except ConversionsError:
        return
    if to == "png":
        assert shown(result).getpixel((10, 10)) != (*RED, 255)
    else:
        with pypdfium2.PdfDocument(result) as pdf:
            assert pdf[0].render().to_pil().getpixel((5, 5)) != RED


def test_not_even_a_file_beside_it_is_read(tmp_path: Path) -> None:
    itself = '<rect width="25" height="25" fill="red"/><image x="50" width="50" height="25" href="source0"/>'
    image = shown(convert(tmp_path, svg(itself), "svg", "png"))
    assert [image.getpixel((x, 5))[3] for x in (5, 55)] == [255, 0]


BILLION = "".join(f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(10))
HREF = 'xlink:href="#g{}"'


@pytest.mark.parametrize("to", ["png", "pdf"])
@pytest.mark.parametrize(
    "content",
    [
        b"<svg",
        b"<svg xmlns='http://www.w3.org/2000/svg'><rect></svg>",
        svg("&k;", before=f'<!DOCTYPE svg [<!ENTITY a "ha">{BILLION}]>'),
        svg("&x;", before='<!DOCTYPE svg [<!ENTITY x SYSTEM "/usr/lib/os-release">]>') + b"<",
    ],
    ids=["begun", "not closed", "billion laughs", "external entity"],
)
def test_what_is_no_picture_is_damaged(tmp_path: Path, content: bytes, to: str) -> None:
    with pytest.raises(DamagedFile):
        convert(tmp_path, content, "svg", to)


def test_gigapixels_are_refused_before_they_are_drawn(tmp_path: Path) -> None:
    with pytest.raises(TooManyPixels) as caught:
        convert(tmp_path, svg(size='width="100000" height="100000"'), "svg", "png")
    assert caught.value.params["limit"] == MAX_PIXELS


@pytest.mark.parametrize("to", ["png", "pdf"])
def test_uses_of_uses_end(tmp_path: Path, to: str) -> None:
    """Ten of ten of ten …: what is drawn at all, or refused, does not take for ever."""
    groups = [f'<g id="g{i}">{f"<use {HREF.format(i - 1)}/>" * 10}</g>' for i in range(1, 10)]
    content = svg(f'<defs><rect id="g0" width="1" height="1"/>{"".join(groups)}</defs><use {HREF.format(9)}/>')
    outcome: Any = None
    try:
        outcome = convert(tmp_path, content, "svg", to)
    except ConversionsError as error:
        outcome = error
    assert outcome is not None
