"""Carries out what pdfium is for."""

from collections.abc import Mapping, Sequence
from typing import Any

from conversions.engines.engine import EngineFile, Report
from conversions.engines.pdf import reading, writing


def convert(sources: Sequence[EngineFile], target: EngineFile, options: Mapping[str, Any], report: Report) -> None:
    """Convert the one source."""
    (source,) = sources
    if target.format == "pdf":
        writing.pictures_to_pages(sources, target, report)
    elif target.format == "txt":
        reading.text(source, target, report)
    elif target.format == "tiff":
        reading.all_pages(source, target, options, report)
    else:
        reading.one_page(source, target, options, report)
