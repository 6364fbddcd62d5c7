"""PDF into a ZIP of its pages, of which one at a time is held in memory."""

import io
import zipfile
from collections.abc import Mapping
from typing import Any

import pypdfium2

from conversions.catalog import formats
from conversions.engines import zips
from conversions.engines.engine import EngineFile, Report
from conversions.engines.pdf import QUALITY, reading

_DIGITS = 3


def each_page(source: EngineFile, target: EngineFile, options: Mapping[str, Any], report: Report) -> None:
    """The chosen pages as pictures or as PDF of one page, called by their numbers."""
    format, dpi = formats.by_id(options["picture"]), options["dpi"]
    level = 6 if format.id == "pdf" else None  # pictures are compressed already
    report(0.0, "encoding")
    with reading.opened(source, options) as pdf, zipfile.ZipFile(target.path, "w") as archive:
        wanted = reading.chosen(pdf, options, reading.MOST_PICTURES)
        for number, index in enumerate(wanted, 1):
            content = _single(pdf, index) if format.id == "pdf" else _picture(pdf, index, dpi, format.id)
            name = f"page-{zips.numbered(index + 1, len(pdf), _DIGITS)}.{format.extension}"
            archive.writestr(zips.member(name, level), content)
            report(number / len(wanted), "encoding")


def _picture(pdf: pypdfium2.PdfDocument, index: int, dpi: int, format: str) -> bytes:
    file = io.BytesIO()
    reading.encode(reading.drawn(pdf, index, dpi, format), file, format, dpi, QUALITY.get(format))
    return file.getvalue()


def _single(pdf: pypdfium2.PdfDocument, index: int) -> bytes:
    single, file = pypdfium2.PdfDocument.new(), io.BytesIO()
    try:
        single.import_pages(pdf, [index])
        single.save(file)
    finally:
        single.close()
    return file.getvalue()
