"""Carries out what pdfium is for."""

from collections.abc import Mapping, Sequence
from typing import Any

from conversions.engines.engine import EngineFile, Report
from conversions.engines.pdf import reading, splitting, writing


def convert(sources: Sequence[EngineFile], target: EngineFile, options: Mapping[str, Any], report: Report) -> None:
    """Convert the one source."""
    (source,) = sources
    match target.format:
        case "pdf":
            writing.pictures_to_pages(sources, target, report)
        case "txt":
            reading.text(source, target, options, report)
        case "tiff":
            reading.all_pages(source, target, options, report)
        case "zip":
            splitting.each_page(source, target, options, report)
        case _:
            reading.one_page(source, target, options, report)
