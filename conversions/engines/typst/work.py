"""Carries out what Typst is for. Pictures come from pandoc as files, so it is one way of two programs."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import typst

from conversions.engines import fontfiles, letters
from conversions.engines.documents import pandoc
from conversions.engines.engine import EngineFile, Report
from conversions.engines.folders import fresh
from conversions.engines.markup import in_utf8
from conversions.engines.pdf import reading
from conversions.engines.texts import decoded
from conversions.errors import ConversionsError, DamagedFile, EngineFailed, OtherFileNeeded

FOLDER = Path("typeset")  # all that Typst can read
_VECTOR = '#set page(width: auto, height: auto, margin: 0pt)\n#image("picture.svg")\n'
# A table goes on on the next page, and has smaller letters the more columns it has.
_TABLES = """
#show figure.where(kind: table): set block(breakable: true)
#show table: it => {
  let columns = if type(it.columns) == int { it.columns } else { it.columns.len() }
  set text(size: calc.clamp(7 / columns, 0.3, 1) * 1em, hyphenate: true)
  set align(left)
  set par(justify: false)
  it
}
"""
_PACKAGE = re.compile(r'"(@[\w-]+/[^"]{1,80})"')
_COMMENTS = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_MISSING = re.compile(r"file not found \(searched at ([^)]*)\)")


def convert(sources: Sequence[EngineFile], target: EngineFile, options: Mapping[str, Any], report: Report) -> None:
    """Convert the one source."""
    (source,) = sources
    fresh(FOLDER)
    report(0.0, "reading")
    _fill(source, options)
    report(0.0, "encoding")
    pdf = target if target.format == "pdf" else EngineFile(FOLDER.resolve() / "main.pdf", "pdf")
    _set(pdf.path, own=source.format in ("typst", "svg"))
    if target.format == "png":
        reading.one_page(pdf, target, options, _silent)
    elif target.format == "tiff":
        reading.all_pages(pdf, target, options, _silent)
    report(1.0, "encoding")


def _silent(fraction: float, stage: str) -> None:
    """Of drawing the pages nothing is told: it is but a part of a stage."""


def _fill(source: EngineFile, options: Mapping[str, Any]) -> None:
    """Write what Typst is to set."""
    main = FOLDER / "main.typ"
    match source.format:
        case "typst":
            text = _checked(decoded(source.path.read_bytes()))
            letters.check(_COMMENTS.sub("", text))
            main.write_text(text, encoding="utf-8")
        case "svg":
            content = in_utf8(source.path.read_bytes())
            letters.check_drawing(content)
            (FOLDER / "picture.svg").write_bytes(content)
            main.write_text(_VECTOR)
        case _:
            variables = {"papersize": options["paper"], "header-includes": _TABLES}
            arguments = (f"--variable={name}:{value}" for name, value in variables.items())
            pandoc.run(source, EngineFile(main.resolve(), "typst"), *arguments, "--extract-media=media", folder=FOLDER)
            letters.check(main.read_text(encoding="utf-8"))


def _checked(text: str) -> str:
    """Nothing is fetched from the network."""
    if found := _PACKAGE.search(text):
        raise OtherFileNeeded(name=found[1])
    return text


def _set(pdf: Path, own: bool) -> None:
    try:
        found = typst.compile(FOLDER / "main.typ", root=FOLDER, font_paths=[fontfiles.folder()], format="pdf")
    except typst.TypstError as error:
        raise _error(error, own) from error
    pdf.write_bytes(found)


def _error(error: typst.TypstError, own: bool) -> ConversionsError:
    if found := _MISSING.search(error.message):
        return OtherFileNeeded(name=found[1].rpartition("/")[2][:100])
    reason = re.sub(r"/\S+", "", error.message).strip()[:200] or "no details"
    return (DamagedFile if own else EngineFailed)(reason=reason)
