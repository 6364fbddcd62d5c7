"""Documents, workbooks and slides through LibreOffice in its real process, and looked at again."""

import io
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from conversions.catalog import routes
from conversions.catalog.document import base
from conversions.catalog.formats import by_id
from conversions.engines import office, registry
from conversions.engines.office import ENGINE
from conversions.engines.registry import Step
from conversions.errors import DamagedFile, PasswordNeeded
from tests.formats.trying import carried_out, converted
from tests.integration.conversions.engine_work import pairs
from tests.integration.conversions.test_documents import MARKDOWN
from tests.integration.conversions.ways import recognised
from tests.integration.conversions.workbooks import workbook

INSTALLED = pytest.mark.skipif(ENGINE.version() is None, reason=f"LibreOffice is not installed: {ENGINE.extra}")
MADE_BY_OTHERS = {
    "docx": "docx",
    "doc": "docx",
    "odt": "docx",
    "rtf": "docx",
    "pptx": "pptx",
    "ppt": "pptx",
    "odp": "pptx",
    "ods": "xlsx",
}
CELLS = [["name", "count"], ["one", 1], ["two", 2]]


def through(content: bytes, source: str, target: str) -> bytes:
    way = next(way for way in ENGINE.ways if (way.source, way.target) == (source, target))
    return carried_out(Step(ENGINE, way), content)


@cache
def sample(format: str) -> bytes:
    """By other engines, or by LibreOffice from what they made."""
    if format in ("xlsx", "xls"):
        return workbook(format, CELLS)
    seed = MADE_BY_OTHERS[format]
    content = sample(seed) if seed == "xlsx" else converted(MARKDOWN.encode(), "md", seed)
    return content if format == seed else through(content, seed, format)


def words_of(pdf: bytes) -> str:
    with pypdfium2.PdfDocument(pdf) as opened:
        return "".join(page.get_textpage().get_text_bounded() for page in opened)


@INSTALLED
@pytest.mark.parametrize("way", pairs(ENGINE.ways))
def test_each_pair_keeps_the_words(tmp_path: Path, way: Any) -> None:
    result = tmp_path / "result"
    result.write_bytes(through(sample(way.source), way.source, way.target))
    assert recognised(result, way.target)
    content = result.read_bytes()
    words = words_of(content if way.target == "pdf" else through(content, way.target, "pdf"))
    expected = "two" if by_id(way.source).kind == "table" else "snow"
    assert expected in words


@INSTALLED
def test_a_picture_in_it_stays_in_it() -> None:
    with pypdfium2.PdfDocument(through(sample("docx"), "docx", "pdf")) as pdf:
        assert any(isinstance(each, pypdfium2.PdfImage) for page in pdf for each in page.get_objects())


@INSTALLED
def test_a_file_beside_it_that_a_document_names_is_not_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("s3cret")
    content = f'{{\\rtf1 before {{\\field{{\\*\\fldinst INCLUDETEXT "{secret}" }}{{\\fldrslt shown}}}} after}}'.encode()
    words = words_of(through(content, "rtf", "pdf"))
    assert "before" in words
    assert "s3cret" not in words


@INSTALLED
@pytest.mark.parametrize("format", ["docx", "odt", "xlsx"])
def test_a_truncated_file_is_damaged(format: str) -> None:
    with pytest.raises(DamagedFile):
        through(sample(format)[:500], format, "pdf")


@INSTALLED
def test_a_locked_document_asks_for_its_password() -> None:
    with pytest.raises(PasswordNeeded):
        through(bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600) + "EncryptedPackage".encode("utf-16-le"), "xls", "pdf")
    file = io.BytesIO(sample("odt"))
    with zipfile.ZipFile(file) as parts:
        kept = {name: parts.read(name) for name in parts.namelist()}
    locked = io.BytesIO()
    with zipfile.ZipFile(locked, "w") as parts:
        for name, content in kept.items():
            parts.writestr(name, content.replace(b"</manifest:manifest>", b"<encryption-data/></manifest:manifest>"))
    with pytest.raises(PasswordNeeded):
        through(locked.getvalue(), "odt", "pdf")


def ways_with_office(source: str, target: str) -> list[str]:
    onward = routes.onward(registry.steps_of([*base(), ENGINE]))
    return [step.engine.id for step in routes.cheapest(source, onward)[target].steps]


@pytest.mark.parametrize(
    ("source", "target", "engines"),
    [
        ("docx", "pdf", ["office"]),
        ("docx", "odt", ["office"]),
        ("xlsx", "pdf", ["office"]),
        ("pptx", "pdf", ["office"]),
        ("doc", "md", ["office", "documents"]),
        ("md", "pdf", ["typst"]),
        ("docx", "md", ["documents"]),
        ("xlsx", "csv", ["tables"]),
    ],
)
def test_it_is_taken_for_what_it_does_best(source: str, target: str, engines: list[str]) -> None:
    assert ways_with_office(source, target) == engines


def test_it_is_absent_where_the_program_or_a_part_of_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert ENGINE.version() is None
    program = tmp_path / "office" / "program" / "soffice"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    (tmp_path / "soffice").symlink_to(program)
    (program.parent / "bootstraprc").write_text("[Bootstrap]\nProductKey=LibreOffice 7.4\n")
    assert ENGINE.version() is None
    parts = tmp_path / "office" / "share" / "registry"
    parts.mkdir(parents=True)
    for name in office._PARTS:
        (parts / name).touch()
    assert ENGINE.version() == "7.4"
