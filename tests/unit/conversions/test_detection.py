import bz2
import gzip
import lzma
import struct
import tarfile
import time
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import pytest
from PIL import Image
from pillow_heif import register_heif_opener

from conversions.catalog import formats
from conversions.catalog.detection import HEAD_BYTES, detect, is_format
from conversions.catalog.formats import FORMATS, Format
from conversions.catalog.zstd import ZstdFile

register_heif_opener()


def zipped(*parts: str | tuple[str, str]) -> bytes:
    """Of these names, or names and contents."""
    file = BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as zip:
        for part in parts:
            name, content = (part, "x") if isinstance(part, str) else part
            zip.writestr(name, content, ZIP_STORED if name == "mimetype" else ZIP_DEFLATED)
    return file.getvalue()


def tarred(content: bytes = b"") -> bytes:
    file, member = BytesIO(), tarfile.TarInfo("a")
    member.size = len(content)
    with tarfile.open(fileobj=file, mode="w") as archive:
        archive.addfile(member, BytesIO(content))
    return file.getvalue()


def in_zst(content: bytes) -> bytes:
    file = BytesIO()
    with ZstdFile(file, "wb") as inside:
        inside.write(content)
    return file.getvalue()


COMPRESS = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress, "zst": in_zst}
ASF = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c") + bytes(60)
OLE = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600)
RAWS = {"nef": "NIKON CORPORATION", "arw": "SONY  ", "pef": "RICOH IMAGING COMPANY, LTD.  ", "srw": "SAMSUNG"}


def photograph(make: str = "", *tags: tuple[int, int], order: str = "<") -> bytes:
    """The beginning of a TIFF with these tags, and the maker of a camera."""
    entries = sorted([*tags, *([(271, 200)] if make else [])])
    table = b"".join(
        struct.pack(f"{order}HHII", tag, 2 if tag == 271 else 4, len(make) + 1 if tag == 271 else 1, value)
        for tag, value in entries
    )
    head = struct.pack(f"{order}2sHIH", b"II" if order == "<" else b"MM", 42, 8, len(entries)) + table
    return head.ljust(200, b"\0") + make.encode() + bytes(80)


NAMES = {"heic": "HEIF", "jp2": "JPEG2000"}
HEADS = {
    "psd": b"8BPS\0\1" + bytes(6) + b"\0\3\0\0\0\x08\0\0\0\x08\0\x08\0\3",
    "mp4": b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41",
    "mov": b"\0\0\0\x14ftypqt  \0\0\2\0qt  ",
    "m4a": b"\0\0\0\x1cftypM4A \0\0\2\0M4A isomiso2",
    "webm": b"\x1aE\xdf\xa3\x9fB\x86\x81\1B\xf7\x81\1B\xf2\x81\4B\xf3\x81\x08B\x82\x84webmB\x87\x81\4",
    "mkv": b"\x1aE\xdf\xa3\xa3B\x86\x81\1B\xf7\x81\1B\xf2\x81\4B\xf3\x81\x08B\x82\x88matroskaB\x87\x81\4",
    "avi": b"RIFF\x10\0\0\0AVI LIST",
    "wav": b"RIFF\x10\0\0\0WAVEfmt ",
    "mp3": b"\xff\xfb\x90\x64" + bytes(40),
    "ogg": b"OggS\0\2" + bytes(20) + b"\1\x1e\1vorbis",
    "opus": b"OggS\0\2" + bytes(20) + b"\1\x13OpusHead",
    "flac": b"fLaC\0\0\0\x22",
    "aiff": b"FORM\0\0\0\x10AIFFCOMM",
    "srt": b"\xef\xbb\xbf1\r\n00:00:01,000 --> 00:00:02,000\r\nna\xefve\r\n",
    "vtt": b"WEBVTT\n\n00:01.000 --> 00:02.000\nwords\n",
    "ass": b"[Script Info]\n; by hand\nScriptType: v4.00+\n",
    "ssa": b"[Script Info]\nScriptType: v4.00\n",
    "ttf": b"\0\1\0\0\0\x0a\0\x80",
    "otf": b"OTTO\0\x0a\0\x80",
    "woff": b"wOFF\0\1\0\0",
    "woff2": b"wOF2\0\1\0\0",
    "json": b' {"a": 1}',
    "yaml": b"a: 1\n",
    "toml": b"[a]\nb = 1\n",
    "wmv": ASF + bytes.fromhex("c0ef19bc4d5bcf11a8fd00805f5c442b"),
    "wma": ASF,
    "flv": b"FLV\1\5\0\0\0\x09",
    "mpeg": b"\0\0\1\xba\x44" + bytes(60),
    "ts": (b"G\x40\x11\x10" + bytes(184)) * 3,
    "3gp": b"\0\0\0\x18ftyp3gp4\0\0\2\0isom3gp4",
    "ogv": b"OggS\0\2" + bytes(20) + b"\1\x2a\x80theora",
    "aac": b"\xff\xf1\x50\x80" + bytes(40),
    "ac3": b"\x0bw" + bytes(40),
    "mp2": b"\xff\xfd\x84\x04" + bytes(40),
    "amr": b"#!AMR\n\x3c",
    "sub": b"{0}{25}words\n",
    "mpl2": b"[0][25] words\n",
    "sami": b"<SAMI>\n<BODY>",
    "ttml": b'<?xml version="1.0"?>\n<!-- by hand -->\n<tt xmlns="http://www.w3.org/ns/ttml"/>',
    "xml": b'<?xml version="1.0"?>\n<a/>',
    "csv": b"a,b\n1,2\n",
    "tsv": b"a\tb\n1\t2\n",
    "ndjson": b'{"a": 1}\n{"a": 2}\n',
    "parquet": b"PAR1\x15\4",
    "xlsx": zipped("_rels/.rels", "xl/workbook.xml"),
    "xlsb": zipped("_rels/.rels", "xl/workbook.bin"),
    "xls": OLE + "Workbook".encode("utf-16-le"),
    "ods": zipped(("mimetype", "application/vnd.oasis.opendocument.spreadsheet")),
    "zip": zipped("a.txt"),
    "dng": photograph("", (50706, 0x401)),
    "cr2": b"II*\0\x10\0\0\0CR\2\0" + bytes(40),
    "cr3": b"\0\0\0\x18ftypcrx \0\0\0\1crx isom",
    "raf": b"FUJIFILMCCD-RAW 0201FF",
    "orf": b"IIRO\x08\0\0\0",
    "rw2": b"IIU\0\x18\0\0\0",
    **{format: photograph(make, (254, 1), (330, 500)) for format, make in RAWS.items()},
    "glb": b"glTF\2\0\0\0\x90\0\0\0",
    "gltf": b'{"scene": 0, "scenes": [{"nodes": [0]}], "asset": {"generator": "x", "version": "2.0"}}',
    "obj": b"# by hand\nmtllib box.mtl\nv 0 0 0\n",
    "ply": b"ply\nformat ascii 1.0\n",
    "stl": b"solid box\n facet normal 0 0 1\n",
    "off": b"OFF\n# by hand\n8 6 12\n",
    "geojson": b'{"name": "a", "crs": {"type": "name", "properties": {"name": "b"}}, "type": "FeatureCollection"}',
    "gpkg": b"SQLite format 3\0" + bytes(52) + b"GPKG",
    "kml": b'<?xml version="1.0"?>\n<kml xmlns="http://www.opengis.net/kml/2.2">',
    "gpx": b'<?xml version="1.0"?>\n<gpx version="1.1">',
    "fgb": b"fgb\3fgb\1\0",
    "shp": zipped("roads.dbf", "roads.shp", "roads.shx"),
    "doc": OLE + "WordDocument".encode("utf-16-le"),
    "ppt": OLE + "PowerPoint Document".encode("utf-16-le"),
    "odp": zipped(("mimetype", "application/vnd.oasis.opendocument.presentation")),
    "7z": b"7z\xbc\xaf\x27\x1c\0\4",
    "tar": tarred(),
    **{f"tar.{by}": compress(tarred()) for by, compress in COMPRESS.items()},
    **{by: compress(bytes(2000)) for by, compress in COMPRESS.items()},
}
TEXTS = ("md", "txt", "typst", "rst", "asciidoc", "org", "mediawiki", "dokuwiki", "textile", "latex")
BY_NAME = {"tga", "obj", "json", "yaml", "toml", "csv", "tsv", *TEXTS}
OFFICE = "application/vnd.openxmlformats-officedocument"
XML = b'<?xml version="1.0" encoding="utf-8" ?>\n'
DOCUMENTS = {
    "docx": [
        zipped("[Content_Types].xml", "_rels/.rels", "word/document.xml"),
        zipped("_rels/.rels", "docProps/app.xml", "word/_rels/document.xml.rels"),
        zipped(("[Content_Types].xml", f'<Override ContentType="{OFFICE}.wordprocessingml.document.main+xml"/>')),
    ],
    "pptx": [zipped("ppt/slides/slide1.xml"), zipped("[Content_Types].xml", "ppt/presentation.xml")],
    "odt": [zipped(("mimetype", "application/vnd.oasis.opendocument.text"), "content.xml")],
    "epub": [zipped(("mimetype", "application/epub+zip"), "META-INF/container.xml")],
    "pdf": [b"%PDF-1.7\n", b"\xef\xbb\xbf\n%PDF-1.4\n"],
    "rtf": [b"{\\rtf1\\ansi"],
    "svg": [
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        XML + b"<!-- drawn --><!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN' 'svg11.dtd'>\n<svg width='1'/>",
        XML + b"<!DOCTYPE svg [<!ENTITY ns 'x>y'>]><svg:svg xmlns:svg='&ns;'/>",
    ],
    "html": [b"<!doctype html><html></html>", b"\n<HTML>", XML + b"<!DOCTYPE html PUBLIC '-//W3C'><html/>"],
    "fb2": [XML + b'<FictionBook xmlns="x">'],
    "opml": [XML + b'<opml version="2.0">'],
    "icml": [XML + b'<?aid style="50" type="snippet"?>'],
    "jats": [
        XML + b'<!DOCTYPE article PUBLIC "-//NLM//DTD JATS (Z39.96) Journal" "x.dtd">\n<article>',
        XML + b'<article article-type="x" dtd-version="1.2">',
    ],
    "docbook": [
        XML + b'<!DOCTYPE article>\n<article\n  xmlns="http://docbook.org/ns/docbook" version="5.0">',
        XML + b'<!DOCTYPE book PUBLIC "-//OASIS//DTD DocBook XML V4.5//EN" "docbookx.dtd">\n<book>',
    ],
    "ipynb": [b'{\n "cells": [\n  {\n   "cell_type": "code"', b'{"metadata": {}, "nbformat": 4, "cells": []}'],
    "man": [b".TH x 1\n", b'\'\\" t\n.\\" Made by hand\n.\\"\n.TH "x" "1"\n', b'.\\" x\n.Dd May 1\n'],
}
BRANDS = {
    "avif that says so second": ("avif", b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf"),
    "avif of many frames": ("avif", b"\0\0\0\x1cftypavis\0\0\0\0avismsf1miaf"),
    "avif as libvips writes it": ("avif", b"\0\0\0\x1cftypavif\0\0\0\0mif1avifmiaf"),
    "heic of a telephone": ("heic", b"\0\0\0\x24ftypheic\0\0\0\0mif1MiHBMiHEMiPrmiafheictmap"),
    "heic that says so second": ("heic", b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic"),
}
OTHERS = {
    "nothing": b"",
    "text": b"just some text, not a picture\n",
    "text that begins like a bitmap": b"BM is short for benchmark, they say.\n",
    "text that begins like a pixmap": b"P1\n",
    "a drawing of OpenDocument": zipped(("mimetype", "application/vnd.oasis.opendocument.graphics")),
    "a drawing of Visio": zipped("[Content_Types].xml", "visio/document.xml"),
    "an old document of Word": OLE,
    "zeros as long as two packets and a bit": bytes(386),
    "the letters of a brand elsewhere": b"\0\0\0\x18ftypzzzzxavif\0\0\0isom" + bytes(40),
    "a picture of another name": b"RIFF\x10\0\0\0ACON",
    "words": b"[a word] and others",
    "a database": b"SQLite format 3\0" + bytes(100),
}


def sample(format: Format) -> bytes:
    """As such a file begins."""
    if format.id in HEADS:
        return HEADS[format.id]
    if format.id in DOCUMENTS:
        return DOCUMENTS[format.id][0]
    if format.id in TEXTS:
        return b"\\emph{some words}\n"
    file = BytesIO()
    Image.new("RGB", (32, 32), "red").save(file, NAMES.get(format.id, format.id))
    return file.getvalue()


@pytest.mark.parametrize("format", FORMATS, ids=lambda format: format.id)
def test_detects_each_format_by_content(format: Format) -> None:
    name = f"x.{format.extension}" if format.id in BY_NAME else "misleading.txt"
    assert detect(sample(format)[:HEAD_BYTES], name) is format


@pytest.mark.parametrize(
    ("id", "head"), [(id, head) for id, heads in DOCUMENTS.items() for head in heads], ids=lambda value: str(value)[:12]
)
def test_detects_documents_by_what_they_hold(id: str, head: bytes) -> None:
    assert detect(head[:HEAD_BYTES], "misleading.md") is formats.by_id(id)


def test_a_zip_that_does_not_tell_what_it_is_goes_by_its_name() -> None:
    assert detect(zipped("customXml/item1.xml"), "x.docx") is formats.by_id("docx")
    assert detect(b"no zip", "x.docx") is None


@pytest.mark.parametrize(
    "piece", [b"<!---->", b"<?a?>", b"?><!---->", b"[]", b" ", b"\n", b".nh\n", b'.\\"\n', b"<", b"<?xml ", b"{"]
)
@pytest.mark.parametrize("start", [b"", XML, b"<!DOCTYPE x ", XML + b"<!DOCTYPE x [", b"PK\3\4"])
def test_a_head_made_to_be_tried_in_many_ways_is_soon_done_with(start: bytes, piece: bytes) -> None:
    head = (start + piece * HEAD_BYTES)[:HEAD_BYTES]
    before = time.process_time()
    assert detect(head, "x.html") is not formats.by_id("svg")
    assert time.process_time() - before < 0.5


@pytest.mark.parametrize("id", ["md", "txt", "yaml"])
def test_text_that_is_wanted_may_look_like_anything(id: str) -> None:
    assert is_format(b"<!doctype html>\n", formats.by_id(id))
    assert not is_format(b"\0", formats.by_id(id))
    assert not is_format(b"some words\n", formats.by_id("html"))


@pytest.mark.parametrize(
    ("id", "head"),
    [("ndjson", b'{"a": 1}\n'), ("zip", zipped("mimetype")), ("gz", gzip.compress(tarred())), ("docx", zipped("a"))],
)
def test_what_is_wanted_need_not_tell_all(id: str, head: bytes) -> None:
    assert is_format(head, formats.by_id(id))


@pytest.mark.parametrize("marker", [0xDB, 0xE1, 0xE2, 0xEE, 0xFE])
def test_detects_jpeg_whatever_its_first_segment(marker: int) -> None:
    assert detect(bytes([0xFF, 0xD8, 0xFF, marker]) + bytes(60)) is formats.by_id("jpeg")


@pytest.mark.parametrize(("id", "head"), BRANDS.values(), ids=BRANDS)
def test_detects_pictures_in_boxes_by_their_brands(id: str, head: bytes) -> None:
    assert detect(head + bytes(40)) is formats.by_id(id)


@pytest.mark.parametrize("head", [b"II+\0\x08\0\0\0", b"MM\0+\0\x08\0\0", b"MM\0*\0\0\0\x08"])
def test_detects_every_tiff(head: bytes) -> None:
    assert detect(head + bytes(40)) is formats.by_id("tiff")


@pytest.mark.parametrize("head", OTHERS.values(), ids=OTHERS)
def test_detects_nothing_in_other_content(head: bytes) -> None:
    assert detect(head) is None


@pytest.mark.parametrize("head", [b"", b"just some text, not a picture\n", sample(formats.by_id("png"))[4:], bytes(40)])
def test_a_name_alone_makes_no_targa(head: bytes) -> None:
    assert detect(head, "x.tga") is None


@pytest.mark.parametrize(
    ("id", "head", "name"),
    [
        ("xlsx", zipped(("[Content_Types].xml", f"{OFFICE}.spreadsheetml.sheet.main+xml")), "x"),
        ("xlsb", zipped(("[Content_Types].xml", "application/vnd.ms-excel.sheet.binary.macroEnabled.main")), "x"),
        ("xls", OLE, "x.xls"),
        ("xlsx", OLE, "x.xlsx"),
        ("xml", b"<a/>", "x.xml"),
        ("html", b"<!-- by hand -->\n<html>", "x"),
        ("html", b"<p>words", "x.html"),
        ("ndjson", b'{"a": 1}\n', "x.jsonl"),
        ("ndjson", b'{"a": 1}\n{"a": 2}\n', "x.json"),
        ("json", b'{"a": 1}\n', "x.json"),
        ("json", b'{"cell_type": "neuron"}\n', "x.json"),
        ("doc", OLE, "x.doc"),
        ("ppt", OLE, "x.ppt"),
        ("stl", bytes(80) + b"\1\0\0\0" + bytes(50), "x.stl"),
        ("geojson", b'{"type": "Feature"}', "x.geojson"),
        ("json", b'{"map": {"type": "FeatureCollection"}}', "x.json"),
        ("json", b'{"asset": {"version": "2.0"}}', "x.json"),
        ("tiff", photograph("NIKON CORPORATION", (254, 0)), "x.nef"),
        ("tiff", photograph("SONY", (254, 1)), "x.arw"),
        ("nef", photograph("NIKON", (262, 32803), order=">"), "x.tif"),
        ("txt", b"solid ground\n", "x.txt"),
        ("txt", b"off we go\n", "x.txt"),
        ("zip", zipped("a.txt", "roads.shp"), "x.zip"),
        ("mp3", b"ID3\4" + bytes(40), "x"),
        ("zip", zipped("ppt/talk.pdf", "word/letter.docx", "xl/table.csv"), "x"),
        ("zip", zipped("[Content_Types].xml"), "x.zip"),
        ("epub", zipped("META-INF/container.xml", "mimetype"), "x.epub"),
        ("tar", tarred(b"%PDF-1.7"), "x"),
        ("svg", XML + b"<?xml-stylesheet href='a.css'?>\n<!-- -->\n<svg>", "x"),
        ("svg", XML + b"<!--" + b" " * 5000, "x.svg"),
        ("xml", XML + b"<!--" + b" " * 5000, "x"),
        ("xml", XML + b"<!DOCTYPE a [<!ENTITY b 'c'>]>\n<a/>", "x.svg"),
    ],
)
def test_detects_what_the_head_or_else_the_name_tells(id: str, head: bytes, name: str) -> None:
    assert detect(head, name) is formats.by_id(id)


@pytest.mark.parametrize(
    ("name", "id"), [("x.tar.bz2", "tar.bz2"), ("x.TBZ2", "tar.bz2"), ("x.bz2", "bz2"), ("x", "bz2")]
)
def test_a_name_tells_what_a_compressed_head_cannot(name: str, id: str) -> None:
    assert detect(bz2.compress(bytes(range(256)) * 4000)[:40], name) is formats.by_id(id)


def test_content_counts_and_not_the_name() -> None:
    assert detect(sample(formats.by_id("png")), "x.tga") is formats.by_id("png")


@pytest.mark.parametrize(("head", "id"), [(b"\n", "toml"), (b" \r\n\t", "toml"), (b"", None), (bytes(40), None)])
def test_toml_may_be_empty_but_not_binary(head: bytes, id: str | None) -> None:
    found = detect(head, "x.toml")
    assert (found.id if found else None) == id
