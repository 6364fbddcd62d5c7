"""Carries out what pandoc is for."""

from collections.abc import Mapping, Sequence
from typing import Any

from conversions.engines.documents import MARKUP, books, pandoc
from conversions.engines.engine import EngineFile, Report
from conversions.errors import CannotHold, NoText


def convert(sources: Sequence[EngineFile], target: EngineFile, options: Mapping[str, Any], report: Report) -> None:
    """Convert the one source: pictures in it stay in it, where the target can hold any."""
    (source,) = sources
    report(0.0, "encoding")
    pandoc.run(source, target)
    _check(target)
    if target.format == "epub":
        books.redate(target.path)
    report(1.0, "encoding")


def _check(target: EngineFile) -> None:
    """What pandoc makes of a document that holds nothing for the target is whole, and empty."""
    if target.format in MARKUP and not (content := target.path.read_bytes()).strip():
        raise NoText
    if target.format == "opml" and b"<outline" not in content:
        raise CannotHold(to="OPML", what="text that no heading stands above")
