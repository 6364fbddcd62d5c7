"""Documents through pandoc and Typst, each pair in its real process, and read again."""

import base64
import html
import io
import re
import signal
import threading
import zipfile
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pypdfium2
import pytest
from PIL import Image

from conversions.engines import limits
from conversions.engines.documents import ENGINE, READS, pandoc
from conversions.engines.engine import EngineFile
from conversions.engines.limits import Limit
from conversions.engines.programs import ProgramDied
from conversions.errors import (
    CannotHold,
    DamagedFile,
    ExpandsTooMuch,
    NoText,
    OtherFileNeeded,
    OutOfMemory,
    PasswordNeeded,
    TimedOut,
)
from tests.integration.conversions.engine_work import apart, crossed, here, pairs, slow
from tests.integration.conversions.ways import convert as by_way
from tests.integration.conversions.ways import recognised
from tests.waiting import wait_for

convert = partial(by_way, run=here)

WORDS = ("weighty", "first", "second")
# Those which a picture is lost on the way into.
WITHOUT_PICTURES = {"txt", "man", "latex", "typst", "dokuwiki", "org"}
UUID = r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(?=<)"


def picture() -> str:
    file = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


MARKDOWN = f"""---
title: Overture
---

# Heading

Some *naïve* and **weighty** words of snow ☃.

- first
- second

![the picture]({picture()})

# Another

More words.
"""


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The same document in every format that can be read, made from Markdown."""
    folder = tmp_path_factory.mktemp("samples")
    others = {each: convert(folder, MARKDOWN.encode(), "md", each).read_bytes() for each in READS if each != "md"}
    return {"md": MARKDOWN.encode(), **others}


def text_of(path: Path) -> str:
    """All that is written in a file, in a zip in all of its parts, without marks."""
    content = path.read_bytes()
    if content.startswith(b"PK"):
        with zipfile.ZipFile(path) as parts:
            names = [name for name in parts.namelist() if name.endswith(("xml", "html"))]
            content = b"\n".join(map(parts.read, names))
    elif content.startswith(b"{\\rtf"):
        return re.sub(r"\\u(\d+)\??", lambda found: chr(int(found[1])), content.decode())
    elif content.startswith(b"%PDF"):
        return pdf_text(path)
    if b"<opml" in content:
        return content.decode()
    return html.unescape(re.sub(r"<[^>]*>", "", content.decode()))


def pdf_text(path: Path) -> str:
    with pypdfium2.PdfDocument(path) as pdf:
        return "\n".join(page.get_textpage().get_text_bounded() for page in pdf)


def pictures_in(pdf: Path) -> int:
    with pypdfium2.PdfDocument(pdf) as opened:
        return sum(isinstance(each, pypdfium2.PdfImage) for page in opened for each in page.get_objects())


@pytest.mark.parametrize("way", pairs(ENGINE.ways))
def test_each_pair_keeps_the_words(samples: dict[str, bytes], tmp_path: Path, way: Any) -> None:
    result = convert(tmp_path, samples[way.source], way.source, way.target, run=apart)
    assert recognised(result, way.target)
    found = text_of(result)
    assert [word for word in WORDS if word not in found] == []


OFTEN = ("docx", "odt", "rtf", "epub", "md", "html")


@pytest.mark.parametrize("source", [*OFTEN, *(slow(each) for each in READS if each not in OFTEN)])
def test_every_document_becomes_pages_with_its_pictures(samples: dict[str, bytes], tmp_path: Path, source: str) -> None:
    result = convert(tmp_path, samples[source], source, "pdf")
    found = pdf_text(result)
    assert [word for word in ("Heading", *WORDS) if word not in found] == []
    assert pictures_in(result) == (source not in WITHOUT_PICTURES)


@pytest.mark.parametrize(("rows", "columns"), [(200, 4), (40, 20)])
def test_a_table_larger_than_a_page_is_on_several_pages(tmp_path: Path, rows: int, columns: int) -> None:
    cells = [",".join(f"{row}x{column}" for column in range(columns)) for row in range(rows)]
    result = convert(tmp_path, "\n".join(cells).encode(), "csv", "pdf")
    found = pdf_text(result).split()
    assert [each for row in cells for each in row.split(",") if each not in found] == []


@pytest.mark.parametrize("to", ["png", "jpeg", "tiff"])
def test_a_document_becomes_a_picture_of_its_page(samples: dict[str, bytes], tmp_path: Path, to: str) -> None:
    with Image.open(convert(tmp_path, samples["docx"], "docx", to, dpi=72, paper="us-letter")) as image:
        assert image.size == (612, 792)
        assert image.convert("RGB").getcolors(100_000) is not None
        assert any(near_red(colour) for _, colour in image.convert("RGB").getcolors(100_000))


def near_red(colour: Any) -> bool:
    red, green, blue = colour
    return bool(red > 230 and green < 40 and blue < 40)


@pytest.mark.parametrize(("source", "to"), crossed(["docx", "odt", "epub", "html"], ["odt", "epub", "html", "docx"]))
def test_pictures_go_with_the_document(samples: dict[str, bytes], tmp_path: Path, source: str, to: str) -> None:
    if source == to:
        return
    result = convert(tmp_path, samples[source], source, to)
    if to == "html":
        found = re.search(r'src="data:image/png;base64,([^"]+)"', result.read_text())
        content = base64.b64decode(found[1])
    else:
        with zipfile.ZipFile(result) as parts:
            (name,) = [name for name in parts.namelist() if name.endswith(".png")]
            content = parts.read(name)
    with Image.open(io.BytesIO(content)) as image:
        assert image.getpixel((4, 4)) == (255, 0, 0)


@pytest.mark.parametrize(
    ("format", "content"),
    [
        ("rst", b".. include:: /some/where/other.txt\n"),
        ("latex", b"words \\input{where/other.txt} words"),
        ("asciidoc", b"include::other.txt[]"),
        ("typst", b'#image("other.txt")'),
    ],
)
def test_a_file_that_is_missing_is_named(tmp_path: Path, format: str, content: bytes) -> None:
    with pytest.raises(OtherFileNeeded) as caught:
        convert(tmp_path, content, format, "pdf")
    assert caught.value.params == {"name": "other.txt"}


def test_a_package_of_typst_is_not_fetched(tmp_path: Path) -> None:
    with pytest.raises(OtherFileNeeded) as caught:
        convert(tmp_path, b'#import "@preview/cetz:0.3.4": canvas\nwords', "typst", "pdf")
    assert caught.value.params == {"name": "@preview/cetz:0.3.4"}


@pytest.mark.parametrize(
    ("format", "content"),
    [
        *((format, b"PK\3\4 and nothing more") for format in ("docx", "odt", "epub", "pptx")),
        ("rtf", b"{\\rtf1 {\\b words"),
        ("ipynb", b'{"cells": [{"cell_type"'),
        ("fb2", b"<FictionBook><body"),
        ("docbook", b"<article><para>"),
        ("latex", b"\\newcommand{\\a}{\\a\\a}\\a"),
        ("md", b"binary\0and more"),
        ("typst", b"#while true {"),
    ],
)
def test_what_cannot_be_read_is_damaged(tmp_path: Path, format: str, content: bytes) -> None:
    with pytest.raises(DamagedFile):
        convert(tmp_path, content, format, "html")


@pytest.mark.parametrize("format", ["docx", "odt", "epub", "pptx"])
def test_a_truncated_document_is_damaged(samples: dict[str, bytes], tmp_path: Path, format: str) -> None:
    with pytest.raises(DamagedFile):
        convert(tmp_path, samples[format][:3000], format, "pdf")


def zipped(**parts: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as zip:
        for name, content in parts.items():
            zip.writestr(name, content)
    return file.getvalue()


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as parts:
        parts.writestr("word/document.xml", bytes(1_000))
        parts.infolist()[0].file_size = 600_000_000  # what the archive says of it
    with pytest.raises(ExpandsTooMuch):
        convert(tmp_path, file.getvalue(), "docx", "txt", run=apart)


@pytest.mark.slow
def test_a_document_that_is_too_much_for_the_memory_says_so(samples: dict[str, bytes], tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(samples["docx"])) as parts:
        contents = {name: parts.read(name) for name in parts.namelist()}
    many = b"<w:body>" + b"<w:p><w:r><w:t>a</w:t></w:r></w:p>" * 6_000_000
    contents["word/document.xml"] = contents["word/document.xml"].replace(b"<w:body>", many)
    with pytest.raises(OutOfMemory):
        convert(tmp_path, zipped(**contents), "docx", "txt", run=apart)


def test_an_encrypted_document_needs_a_password(tmp_path: Path) -> None:
    locked = zipped(**{"META-INF/manifest.xml": b"<manifest:encryption-data/>", "content.xml": b"\xf4\x01"})
    with pytest.raises(PasswordNeeded):
        convert(tmp_path, locked, "odt", "txt")


def test_entities_in_entities_do_not_grow(tmp_path: Path) -> None:
    entities = "".join(f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(10))
    laughs = f'<!DOCTYPE article [<!ENTITY a "ha">{entities}]><article><para>&k;</para></article>'
    with pytest.raises(DamagedFile):
        convert(tmp_path, laughs.encode(), "docbook", "txt", run=apart)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_text_is_read_in_every_usual_encoding(tmp_path: Path, encoding: str) -> None:
    assert "naïve" in convert(tmp_path, "naïve\n".encode(encoding), "txt", "html").read_text()


@pytest.mark.parametrize(
    ("format", "encoding", "begin"),
    [
        ("fb2", "cp1251", '<?xml version="1.0" encoding="windows-1251"?><FictionBook><body><section><p>'),
        ("html", "shift_jis", '<html><head><meta charset="Shift_JIS"></head><body>'),
        ("html", "koi8-r", '<html><meta http-equiv="Content-Type" content="text/html; charset=koi8-r">'),
    ],
)
def test_the_encoding_that_a_file_declares_is_believed(tmp_path: Path, format: str, encoding: str, begin: str) -> None:
    words = "テスト" if encoding == "shift_jis" else "Слово"
    end = "</p></section></body></FictionBook>" if format == "fb2" else ""
    found = convert(tmp_path, (begin + words + end).encode(encoding), format, "txt").read_text()
    assert words in found


def test_plain_text_stays_plain(tmp_path: Path) -> None:
    text = "# no heading\n* no list\n    deep\n\n<b> & $x$ `y` [z](w)\n"
    result = convert(tmp_path, text.encode(), "txt", "docx").read_bytes()
    found = convert(tmp_path, result, "docx", "txt").read_text().replace("\N{NO-BREAK SPACE}", " ")
    assert found.strip().split("\n\n") == ["# no heading\n* no list\n    deep", "<b> & $x$ `y` [z](w)"]


@pytest.mark.parametrize(("content", "title"), [(b"# A heading\n", "A heading"), (b"words\n", "Document")])
def test_a_page_without_a_title_is_called_after_its_first_heading(tmp_path: Path, content: bytes, title: str) -> None:
    assert f"<title>{title}</title>" in convert(tmp_path, content, "md", "html").read_text()


def test_books_without_an_identifier_are_different_books(tmp_path: Path) -> None:
    found = set()
    for words in (b"one", b"two"):
        with zipfile.ZipFile(convert(tmp_path, words, "md", "epub")) as parts:
            found.add(
                re.search(
                    r"urn:uuid:([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})<", parts.read("EPUB/content.opf").decode()
                )[1]
            )
    assert len(found) == 2


def test_a_document_without_text_says_so(tmp_path: Path) -> None:
    with pytest.raises(NoText):
        convert(tmp_path, b"<html><body></body></html>", "html", "txt")


def test_text_without_headings_is_no_outline(tmp_path: Path) -> None:
    with pytest.raises(CannotHold):
        convert(tmp_path, b"words", "md", "opml")


def test_a_picture_that_is_elsewhere_is_told_in_words(tmp_path: Path) -> None:
    for to in ("pptx", "ipynb", "docx", "epub", "pdf"):
        result = convert(tmp_path, b"![a sunset](https://example.org/x.png) words", "md", to)
        assert "sunset" in text_of(result)


def test_a_picture_stays_in_text_as_its_address(samples: dict[str, bytes], tmp_path: Path) -> None:
    for to in ("md", "rst", "docbook", "org"):
        text = convert(tmp_path, samples["docx"], "docx", to).read_text()
        (content,) = re.findall(r"data:image/png;base64,([\w+/=]+)", text)
        with Image.open(io.BytesIO(base64.b64decode(content))) as image:
            assert image.getpixel((4, 4)) == (255, 0, 0)
        assert "media/" not in text


def test_a_picture_that_the_target_cannot_hold_is_told_in_words(samples: dict[str, bytes], tmp_path: Path) -> None:
    text = convert(tmp_path, samples["docx"], "docx", "latex").read_text()
    assert "the picture" in text
    assert r"\includegraphics[" not in text


def test_a_book_is_not_one_of_1970(samples: dict[str, bytes], tmp_path: Path) -> None:
    (tmp_path / "book").write_bytes(samples["epub"])
    assert recognised(tmp_path / "book", "epub")
    with zipfile.ZipFile(tmp_path / "book") as parts:
        assert "1970" not in parts.read("EPUB/content.opf").decode()
        assert parts.infolist()[0].filename == "mimetype"
        content = {name: parts.read(name) for name in parts.namelist()}
    made = b"<dc:date>1970-01-01T00:00:00Z</dc:date></metadata>"  # as earlier ones say
    content["EPUB/content.opf"] = content["EPUB/content.opf"].replace(b"</metadata>", made)
    assert "1970" not in convert(tmp_path, zipped(**content), "epub", "md").read_text()


def test_a_table_of_rtf_stays_where_notes_come_after_it(tmp_path: Path) -> None:
    table = b"| aa | bb |\n|---|---|\n| 11 | 22 |\n| 33 | 44 |\n\nText[^1]\n\nMore\n\n[^1]: a note\n"
    rtf = convert(tmp_path, table, "md", "rtf").read_bytes()
    text = convert(tmp_path, rtf, "rtf", "md").read_text()
    assert re.search(r"\| *aa *\| *bb *\|", text)
    assert re.search(r"\| *33 *\| *44 *\|\n\nText\[\^1\]", text)
    assert "[^1]: a note" in text


def test_a_note_in_a_cell_of_rtf_stays_in_it(tmp_path: Path) -> None:
    cells = [
        rb"\pard\intbl aa{\super\chftn{\footnote\pard\plain\s15 {\super\chftn} a \{note\}}} on\cell",
        rb"\pard\intbl bb\cell",
    ]
    rows = rb"{\trowd\cellx1000\cellx2000 " + b" ".join(cells) + rb"\row}"
    rtf = rb"{\rtf1\ansi " + rows + rows.replace(b"aa", b"cc") + rb"\pard after\par}"
    text = convert(tmp_path, rtf, "rtf", "txt").read_text()
    for word in ("aa", "a {note}", "on", "bb", "cc", "after"):
        assert word in text
    assert text.index("cc") > text.index("bb") > text.index("aa")


def nested(folder: Path, levels: int) -> tuple[EngineFile, EngineFile]:
    """A page of a few kilobytes that pandoc would be at for minutes, and what it is to become."""
    source = EngineFile(folder / "page", "html")
    source.path.write_text("<table><tr><td>" * levels)
    return source, EngineFile(folder / "output", "docx")


def test_a_page_of_tables_in_tables_gets_no_more_time_than_its_size_is_worth(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(limits, "DOCUMENT_TIME", Limit("seconds", 1))
    with pytest.raises(TimedOut) as caught:
        pandoc.run(*nested(tmp_path, 1_500))
    assert caught.value.params == {"limit": 1}


def test_the_time_of_a_document_grows_with_what_is_in_it(tmp_path: Path) -> None:
    (tmp_path / "small").write_bytes(zipped(a=bytes(10)))
    (tmp_path / "large").write_bytes(zipped(a=bytes(3 * 1024**2)))
    small, large = (pandoc._seconds(EngineFile(tmp_path / name, "docx")) for name in ("small", "large"))
    assert (small, large) == (30, 120)


def test_pandoc_that_is_killed_has_not_failed_but_crashed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    def kill() -> None:
        name = str(tmp_path / "text")
        found = lambda: [each for each in psutil.Process().children() if name in each.cmdline()]  # noqa: E731
        wait_for(found, because="pandoc")[0].kill()

    killer = threading.Thread(target=kill)
    killer.start()
    with pytest.raises(ProgramDied) as caught:
        pandoc.run(*nested(tmp_path, 1_500))
    killer.join()
    assert caught.value.number == signal.SIGKILL
