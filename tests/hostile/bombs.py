"""Files that say far more than they have: pixels, pages, letters, levels, times, tables."""

import base64
import gzip
import json
import struct
import subprocess
import tempfile
import zipfile
import zlib
from functools import partial
from io import BytesIO
from pathlib import Path

import py7zr
from imageio_ffmpeg import get_ffmpeg_exe
from PIL import Image

from tests.hostile.references import word
from tests.hostile.sample import DONE, Sample, sample, zipped
from tests.integration.conversions.test_pdf import raw_pdf
from tests.integration.conversions.workbooks import workbook

PIXELS = ("too_many_pixels", "damaged_file")
HEAVY = ("timed_out", "out_of_memory", "engine_crashed")  # what asks too much, by whichever limit comes first
ENTITIES = "".join(f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(9))
LAUGHS = f'<!DOCTYPE x [<!ENTITY a "ha">{ENTITIES}]>'
SIDE = 50_000


def _saved(format: str) -> bytearray:
    file = BytesIO()
    Image.new("RGB", (48, 32), "red").save(file, format)
    return bytearray(file.getvalue())


def _changed(format: str, at: bytes, skip: int, new: bytes) -> bytes:
    """A picture with other bytes so many after a mark."""
    content = _saved(format)
    place = content.index(at) + skip
    content[place : place + len(new)] = new
    return bytes(content)


def _tiff() -> bytes:
    """A strip of nothing for 2.5 gigapixels."""
    entries = ((256, 4, SIDE), (257, 4, SIDE), (258, 3, 8), (259, 3, 1), (262, 3, 1), (273, 4, 8), (278, 4, SIDE))
    tags = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in (*entries, (279, 4, 9)))
    return b"II*\0" + struct.pack("<IH", 8, 8) + tags + bytes(4)


def _tiff_in_a_circle() -> bytes:
    """Whose last page is followed by its first."""
    content = bytearray(_saved("TIFF"))
    first = int.from_bytes(content[4:8], "little")
    count = int.from_bytes(content[first : first + 2], "little")
    content[first + 2 + 12 * count : first + 6 + 12 * count] = struct.pack("<I", first)
    return bytes(content)


def _gif(frames: int, side: int = 1) -> bytes:
    frame = b"\x21\xf9\4\0\0\0\0\0\x2c\0\0\0\0\1\0\1\0\0\2\2\x44\1\0"
    return b"GIF89a" + struct.pack("<HH", side, side) + b"\x80\0\0\0\0\0\xff\xff\xff" + frame * frames + b";"


def _icon() -> bytes:
    """With a PNG inside that says gigapixels."""
    png = _changed("PNG", b"IHDR", 4, struct.pack(">II", SIDE, SIDE))
    return struct.pack("<HHHBBBBHHII", 0, 1, 1, 0, 0, 0, 0, 1, 32, len(png), 22) + png


def _pdf_of_zeros() -> bytes:
    """A gigabyte of white space to draw, packed twice."""
    packer = zlib.compressobj(9)
    once = b"".join(packer.compress(b" " * 2**20) for _ in range(1024)) + packer.flush()
    twice = zlib.compress(once, 9).hex()
    stream = (
        f"<</Length {len(twice) + 1}/Filter[/ASCIIHexDecode/FlateDecode/FlateDecode]>>\nstream\n{twice}>\nendstream"
    )
    return raw_pdf(
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Count 1/Kids[3 0 R]>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>",
        stream,
    )


def _page(more: str, *objects: str, box: str = "0 0 90 90") -> bytes:
    page = f"<</Type/Page/Parent 2 0 R/MediaBox[{box}]{more}>>"
    return raw_pdf("<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Count 1/Kids[3 0 R]>>", page, *objects)


def _forms() -> bytes:
    """A form that draws itself, ten times, and ten levels of forms that each draw the next ten times."""
    draws = "/X Do " * 10
    forms = [
        f"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X {number} 0 R>>>>/Length {len(draws)}>>\n"
        f"stream\n{draws}\nendstream"
        for number in (5, 6, 7, 8, 9, 10, 11, 12, 13, 13)
    ]
    content = f"<</Length {len(draws)}>>\nstream\n{draws}\nendstream"
    return _page("/Contents 14 0 R/Resources<</XObject<</X 4 0 R>>>>", *forms, content)


def _pages_in_a_circle() -> bytes:
    return raw_pdf(
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Count 9/Kids[3 0 R 2 0 R]>>",
        "<</Type/Pages/Parent 2 0 R/Count 9/Kids[2 0 R 3 0 R]>>",
    )


def _references_in_a_circle() -> bytes:
    content = raw_pdf("<</Type/Catalog/Pages 2 0 R>>", "3 0 R", "2 0 R")
    return content.replace(b"/Root", f"/Prev {content.index(b'xref')}/Root".encode())


def _parts_changed(content: bytes, part: str, *changes: tuple[bytes, bytes]) -> bytes:
    """An honest file in a zip, with other words in one of its parts."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for old, new in changes:
        assert old in parts[part], parts[part]
        parts[part] = parts[part].replace(old, new)
    return zipped(parts, packed=False)


def _word() -> bytes:
    changes = (b"<w:document", f"{LAUGHS}<w:document".encode()), (b"words", b"&j;")
    return _parts_changed(word("x"), "word/document.xml", *changes)


def _strings() -> bytes:
    changes = (b"<sst", f"{LAUGHS}<sst".encode()), (b"words", b"&j;")
    return _parts_changed(workbook("xlsx", [["a", "words"]]), "xl/sharedStrings.xml", *changes)


def _far_apart() -> bytes:
    return _parts_changed(workbook("xlsx", [[1, 2]]), "xl/worksheets/sheet1.xml", (b'r="B1"', b'r="ZZZZZ4294967295"'))


def _repeated() -> bytes:
    """A cell a million times, in a thousand million rows."""
    row, cell = b"<table:table-row", b"<table:table-cell"
    rows = row, row + b' table:number-rows-repeated="1000000000"'
    return _parts_changed(
        workbook("ods", [[1]]), "content.xml", rows, (cell, cell + b' table:number-columns-repeated="1000000"')
    )


def _font(tables: list[tuple[bytes, int, int]], count: int | None = None) -> bytes:
    """A TrueType font with a directory of these tables, each a tag, a place and a size, and nothing in them."""
    entries = b"".join(struct.pack(">4sIII", tag, 0, place, size) for tag, place, size in tables)
    return struct.pack(">IHHHH", 0x10000, len(tables) if count is None else count, 16, 0, 0) + entries + bytes(64)


def _woff() -> bytes:
    """A table of a gigabyte in a megabyte."""
    packer = zlib.compressobj(9)
    table = b"".join(packer.compress(bytes(2**20)) for _ in range(1024)) + packer.flush()
    head = struct.pack(">4sIIHHIHHIIIII", b"wOFF", 0x10000, 64 + len(table), 1, 0, 2**30 + 64, 1, 0, 0, 0, 0, 0, 0)
    return head + struct.pack(">4sIIII", b"glyf", 64, len(table), 2**30, 0) + table


def _attributes() -> bytes:
    return b"<a " + b" ".join(b"a%d='x'" % number for number in range(100_000)) + b"/>"


def _cues(count: int) -> bytes:
    return "".join(
        f"{n}\n{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02},000 --> 99:59:59,999\nx\n\n" for n in range(count)
    ).encode()


def _film(*arguments: str, format: str = "matroska", lie: bool = False) -> bytes:
    """By ffmpeg; one that lies says that it is a second long."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "film")
        command = [get_ffmpeg_exe(), "-loglevel", "error", "-f", "lavfi", *arguments, "-f", format, str(path)]
        subprocess.run(command, check=True)
        content = bytearray(path.read_bytes())
    if lie:
        place = content.index(b"\x44\x89\x88") + 3
        content[place : place + 8] = struct.pack(">d", 1_000.0)
    return bytes(content)


_LONG = ("-i", "color=s=16x16:r=0.01:d=15000")
_TITLE = ("-metadata", "title=-i @BESIDE@; --\n  Duration: 00:00:00.10, start: 0\n  Stream #0:0: Video: x, 9x9")


def _named(key: bytes) -> bytes:
    """A film with a name of its own among its words, in which there are lines."""
    return _film("-i", "color=s=16x16:r=5:d=1", "-metadata", f"{'K' * len(key)}=x").replace(b"K" * len(key), key)


def _seven() -> bytes:
    """300 MB of zeros in some kilobytes."""
    with tempfile.TemporaryDirectory() as folder:
        zeros, path = Path(folder, "zeros"), Path(folder, "made.7z")
        with zeros.open("wb") as file:
            file.truncate(300 * 2**20)
        with py7zr.SevenZipFile(path, "w", filters=[{"id": py7zr.FILTER_LZMA2, "preset": 1}]) as archive:
            archive.write(zeros, "zeros")
        return path.read_bytes()


def _drawing(inside: str) -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="300" height="300">{inside}</svg>'


_BOX = 'width="9" height="9"'
_BLUR = (
    f'<filter id="f" x="-9e9" width="2e10"><feGaussianBlur stdDeviation="1e9"/></filter><rect {_BOX} filter="url(#f)"/>'
)
_PATTERN = (
    '<pattern id="p" width="1e-7" height="1e-7" patternUnits="userSpaceOnUse"><rect width="1" height="1"/></pattern>'
    '<rect width="9e9" height="9e9" fill="url(#p)"/>'
)
_MASKS = (
    f'<mask id="a" mask="url(#b)"><rect {_BOX} mask="url(#b)"/></mask>'
    f'<mask id="b"><rect {_BOX} mask="url(#a)"/></mask><rect {_BOX} mask="url(#a)"/>'
)
PICTURES = [
    sample("of gigapixels", "tiff", "png", _tiff, *PIXELS),
    sample("in a circle", "tiff", "pdf", _tiff_in_a_circle, "too_many_pages", "damaged_file", DONE),
    sample("of 5,001 frames", "gif", "webp", partial(_gif, 5_001), "too_many_frames"),
    sample("of 100,000 frames", "gif", "mp4", partial(_gif, 100_000), "engine_failed", slow=True),
    sample("of four gigapixels", "gif", "png", partial(_gif, 1, 65_535), *PIXELS, DONE),
    sample("of gigapixels", "jpeg", "png", partial(_changed, "JPEG", b"\xff\xc0", 5, b"\xff\xff" * 2), *PIXELS),
    sample(
        "of gigapixels",
        "jp2",
        "png",
        partial(_changed, "JPEG2000", b"ihdr", 4, struct.pack(">II", SIDE, SIDE)),
        *PIXELS,
    ),
    sample("of gigapixels", "ppm", "png", b"P6 50000 50000 255\n", *PIXELS),
    sample(
        "of gigapixels",
        "psd",
        "png",
        b"8BPS\0\1" + bytes(6) + b"\0\3" + struct.pack(">II", 30_000, 30_000) + b"\0\x08\0\3" + bytes(14),
        *PIXELS,
    ),
    sample("of gigapixels", "tga", "png", b"\0\0\2" + bytes(9) + b"\xff\xff\xff\xff\x18\0", *PIXELS),
    sample("of gigapixels", "ico", "png", _icon, *PIXELS),
    sample(
        "of gigapixels",
        "icns",
        "png",
        lambda: (
            b"icns"
            + struct.pack(">I", 16 + len(_icon()) - 22)
            + b"ic10"
            + struct.pack(">I", 8 + len(_icon()) - 22)
            + _icon()[22:]
        ),
        *PIXELS,
    ),
    sample("of gigapixels", "webp", "png", b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f\xff\xff\xff\x0f" + bytes(9), *PIXELS),
]
DRAWINGS = [
    sample(
        "of a blur without end",
        "svg",
        "png",
        _drawing(_BLUR),
        DONE,
    ),
    sample(
        "of a tiny pattern",
        "svg",
        "png",
        _drawing(_PATTERN),
        DONE,
    ),
    sample(
        "of a tiny pattern",
        "svg",
        "pdf",
        _drawing(_PATTERN),
        DONE,
        slow=True,
    ),
    sample(
        "of 100,000 levels", "svg", "png", lambda: _drawing("<g>" * 100_000 + "</g>" * 100_000).encode(), "damaged_file"
    ),
    sample(
        "of 100,000 levels", "svg", "pdf", lambda: _drawing("<g>" * 100_000 + "</g>" * 100_000).encode(), "damaged_file"
    ),
    sample(
        "of masks in a circle",
        "svg",
        "png",
        _drawing(_MASKS),
        DONE,
    ),
    sample(
        "of a million points",
        "svg",
        "png",
        lambda: _drawing(
            f'<path stroke="red" stroke-dasharray="0.001" d="M0 0{" L300 300 L0 9" * 500_000}"/>'
        ).encode(),
        *HEAVY,
        slow=True,
    ),
    sample(
        "of gigapixels within",
        "svg",
        "png",
        lambda: _drawing(
            f'<image width="9" height="9" href="data:image/png;base64,{base64.b64encode(_icon()[22:]).decode()}"/>'
        ).encode(),
        DONE,
    ),
    sample("of entities", "svg", "pdf", LAUGHS + _drawing("<text y='9'>&j;</text>"), "damaged_file"),
]
PAGES = [
    sample("of pages in a circle", "pdf", "png", _pages_in_a_circle, "damaged_file", "no_such_page", DONE),
    sample("of pages in a circle", "pdf", "txt", _pages_in_a_circle, "damaged_file", "no_text"),
    sample("of pages in a circle", "pdf", "pdf", _pages_in_a_circle, "damaged_file"),
    sample("of pages in a circle", "pdf", "zip", _pages_in_a_circle, "damaged_file"),
    sample("of references in a circle", "pdf", "pdf", _references_in_a_circle, "damaged_file"),
    sample(
        "of 100,000 levels", "pdf", "pdf", lambda: _page("/X" + "[" * 100_000 + "]" * 100_000), "damaged_file", DONE
    ),
    sample("of a gigabyte to draw", "pdf", "pdf", _pdf_of_zeros, *HEAVY, DONE, slow=True),
    sample("of references in a circle", "pdf", "txt", _references_in_a_circle, "damaged_file", "no_text"),
    sample(
        "of two thousand million pages",
        "pdf",
        "tiff",
        raw_pdf("<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Count 2000000000/Kids[]>>"),
        "damaged_file",
        "too_many_pages",
    ),
    sample("of forms in forms", "pdf", "png", _forms, *HEAVY, slow=True),
    sample("of a gigabyte to draw", "pdf", "png", _pdf_of_zeros, *HEAVY, slow=True),
    sample("of a page without end", "pdf", "png", partial(_page, "", box="0 0 1e30 1e30"), *PIXELS, DONE),
    sample(
        "of a page larger than numbers",
        "pdf",
        "tiff",
        partial(_page, "/UserUnit 1e9", box="-2147483648 -2147483648 2147483647 2147483647"),
        *PIXELS,
        DONE,
    ),
    sample("of 100,000 levels", "pdf", "png", lambda: _page("/X" + "[" * 100_000 + "]" * 100_000), DONE),
]
DOCUMENTS = [
    sample("of entities", "docx", "txt", _word, "damaged_file"),
    sample("of entities", "docx", "pdf", _word, "damaged_file", slow=True),
    sample("of entities", "xlsx", "csv", _strings, "damaged_file"),
    sample("of cells far apart", "xlsx", "csv", _far_apart, "out_of_memory"),
    sample("of repeated cells", "ods", "csv", _repeated, "damaged_file"),
    sample("of 100,000 levels", "html", "txt", b"<html>" + b"<div>" * 100_000 + b"words", DONE, *HEAVY, slow=True),
    sample(
        "of 100,000 levels",
        "html",
        "csv",
        b"<html>" + b"<table><tr><td>" * 20_000 + b"words",
        "cannot_hold",
    ),
    sample("of quotes in quotes", "md", "html", ">" * 20_000 + " words\n", *HEAVY, slow=True),
    sample("of brackets", "md", "docx", "[" * 50_000 + "words\n", DONE, *HEAVY),
    sample("of groups", "rtf", "txt", "{\\rtf1 " + "{" * 100_000 + "words", "damaged_file"),
    sample("of macros", "latex", "html", "\\newcommand{\\a}{\\a x}\\a", "damaged_file"),
    sample("without end", "typst", "pdf", "#let f(x) = f(x + 1)\n#f(0)", "damaged_file"),
    sample("of pages without end", "typst", "pdf", "#for i in range(100000000) { pagebreak() }", *HEAVY),
    sample(
        "of a large page",
        "typst",
        "png",
        "#set page(width: 100000cm, height: 100000cm)\nwords",
        "too_many_pixels",
        "damaged_file",
    ),
]
DATA = [
    sample("of levels", "yaml", "json", "[" * 20_000, "damaged_file"),
    sample("of levels", "toml", "json", "a = " + "[" * 20_000, "damaged_file"),
    sample(
        "of levels",
        "xml",
        "json",
        lambda: b"<a>" * 100_000 + b"</a>" * 100_000,
        "damaged_file",
        "cannot_hold",
        "engine_crashed",
    ),
    sample("of a long number", "json", "yaml", '{"a": ' + "9" * 1_000_000 + "}", "damaged_file"),
    sample("of a number beyond all", "json", "toml", '{"a": 1e999, "b": NaN}', DONE),
    sample(
        "of a name without end",
        "toml",
        "yaml",
        ".".join(["a"] * 20_000) + " = 1",
        "damaged_file",
        "cannot_hold",
        "engine_crashed",
        slow=True,
    ),
    sample("of attributes", "xml", "yaml", _attributes),
    sample("of a quote without end", "csv", "json", lambda: b'a,b\n"' + b"x" * 9_000_000, "damaged_file"),
    sample("of a million columns", "csv", "xlsx", lambda: b",".join([b"a"] * 1_000_000) + b"\n", "too_many_columns"),
    sample(
        "of wide objects",
        "ndjson",
        "csv",
        lambda: json.dumps({f"k{i}": i for i in range(3_000)}).encode() + b"\n",
        "too_many_columns",
    ),
]
FONTS = [
    sample("of 65,535 tables", "ttf", "woff", partial(_font, [(b"glyf", 12, 64)], 65_535), "damaged_file"),
    sample(
        "of tables beyond its end",
        "ttf",
        "woff2",
        partial(_font, [(b"glyf", 2**32 - 4, 2**32 - 1), (b"loca", 2**31, 2**31), (b"head", 28, 54)]),
        "damaged_file",
        "engine_failed",
    ),
    sample("of a gigabyte", "woff", "ttf", _woff, "out_of_memory", "damaged_file", "engine_failed", DONE, slow=True),
    sample("of a size beyond all", "woff2", "ttf", b"wOF2\0\1\0\0" + b"\xff" * 60, "damaged_file"),
]
FILMS = [
    sample("of 100,001 subtitles", "srt", "vtt", partial(_cues, 100_001), "too_many_cues", slow=True),
    sample(
        "of a million subtitles",
        "srt",
        "ass",
        partial(_cues, 1_000_000),
        "too_many_cues",
        "out_of_memory",
        "timed_out",
        slow=True,
    ),
    sample("that is long", "mkv", "mp4", partial(_film, *_LONG), "too_long"),
    sample("that is long and says a second", "mkv", "mp4", partial(_film, *_LONG, lie=True), "too_long"),
    sample("that is long and says a second", "mkv", "gif", partial(_film, *_LONG, lie=True), "too_long", slow=True),
    sample("with a title that says how long it is", "mkv", "webp", partial(_film, *_LONG, *_TITLE), "too_long"),
    sample("with options for a title", "mkv", "avi", partial(_film, "-i", "color=s=16x16:r=5:d=1", *_TITLE)),
    sample("with lines for a name", "mkv", "mov", partial(_named, b"X\n  Duration: 09:00:00.00, x"), "too_long", DONE),
    sample(
        "of large pictures",
        "mkv",
        "mp4",
        lambda: _film("-i", "color=s=64x64:d=0.2").replace(
            b"\xb0\x81\x40\xba\x81\x40", b"\xb0\x84\0\0\xff\xff\xba\x84\0\0\xff\xff"
        ),
        *PIXELS,
        "engine_failed",
        DONE,
    ),
]
ARCHIVES = [
    sample("of zeros", "7z", "zip", _seven, "expands_too_much", slow=True),
    sample(
        "of zeros in a compressed file",
        "tar.gz",
        "zip",
        lambda: gzip.compress(gzip.compress(bytes(2**27))),
        "damaged_file",
        slow=True,
    ),
]
SAMPLES: list[Sample] = [*PICTURES, *DRAWINGS, *PAGES, *DOCUMENTS, *DATA, *FONTS, *FILMS, *ARCHIVES]
