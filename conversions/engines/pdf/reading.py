"""PDF into pictures of its pages, and into its text."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pypdfium2
from PIL import Image
from pypdfium2 import raw

from conversions.engines import limits, page_ranges
from conversions.engines.engine import EngineFile, Report
from conversions.engines.pictures import check_size
from conversions.errors import (
    DamagedFile,
    EngineFailed,
    NoSuchPage,
    NoText,
    PasswordNeeded,
    PasswordWrong,
    TooManyPages,
)

MOST_PAGES, MOST_PICTURES = limits.PAGES.most, limits.DRAWN_PAGES.most
_POINTS_PER_INCH = 72
# Of a word that is divided at the end of a line, pdfium gives the hyphen as one of the first two.
_PLAIN = str.maketrans({"\ufffe": "-", "\x02": "-", "\0": None, "\r": None})
_ENCODERS: dict[str, tuple[str, dict[str, Any]]] = {
    "png": ("PNG", {}),
    "jpeg": ("JPEG", {"optimize": True}),
    "webp": ("WEBP", {"method": 4}),
}


def one_page(source: EngineFile, target: EngineFile, options: Mapping[str, Any], report: Report) -> None:
    """A picture of one page."""
    report(0.0, "reading")
    with opened(source, options) as pdf:
        number, pages = options["page"], len(pdf)
        if number > pages:
            raise NoSuchPage(page=number, pages=pages)
        picture = drawn(pdf, number - 1, options["dpi"], target.format)
    report(0.0, "encoding")
    encode(picture, target.path, target.format, options["dpi"], options.get("quality"))
    report(1.0, "encoding")


def encode(picture: Image.Image, file: Path | IO[bytes], format: str, dpi: int, quality: int | None) -> None:
    """Write the picture of a page."""
    encoder, arguments = _ENCODERS[format]
    if quality is not None:
        arguments = {**arguments, "quality": quality}
    picture.save(file, encoder, dpi=(dpi, dpi), **arguments)


def all_pages(source: EngineFile, target: EngineFile, options: Mapping[str, Any], report: Report) -> None:
    """Pictures of the chosen pages in one file; one page at a time is held in memory."""
    report(0.0, "encoding")
    with opened(source, options) as pdf:
        pictures = _all_drawn(pdf, chosen(pdf, options, MOST_PICTURES), options["dpi"], report)
        try:
            next(pictures).save(
                target.path,
                "TIFF",
                save_all=True,
                append_images=pictures,
                compression="tiff_lzw",
                dpi=(options["dpi"],) * 2,
            )
        except (OSError, ValueError) as error:  # as it is where the file would have more than 4 GiB
            raise EngineFailed(reason=type(error).__name__) from error


def text(source: EngineFile, target: EngineFile, options: Mapping[str, Any], report: Report) -> None:
    """The text of the chosen pages, in the order in which the file has it."""
    found = False
    report(0.0, "reading")
    with opened(source, options) as pdf, target.path.open("w", encoding="utf-8", errors="replace") as file:
        wanted = chosen(pdf, options, MOST_PAGES)
        for number, words in enumerate(_texts(pdf, wanted), 1):
            found = found or bool(words)
            file.write(words + "\n\n" if words else "")
            report(number / len(wanted), "reading")
    if not found:
        raise NoText


@contextmanager
def opened(source: EngineFile, options: Mapping[str, Any]) -> Iterator[pypdfium2.PdfDocument]:
    """The document, by the password of the options if they have one."""
    password = options.get("password") or None
    try:
        pdf = pypdfium2.PdfDocument(source.path, password)
    except pypdfium2.PdfiumError as error:
        if error.err_code in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY):
            raise PasswordWrong if password else PasswordNeeded from error
        raise DamagedFile(reason=str(error)[:200]) from error
    try:
        if not len(pdf):
            raise DamagedFile(reason="it has no pages")
        if len(pdf) > MOST_PAGES:
            raise TooManyPages(pages=len(pdf), limit=MOST_PAGES)
        pdf.init_forms()  # else what was filled in is not drawn
        yield pdf
    except pypdfium2.PdfiumError as error:
        raise DamagedFile(reason=str(error)[:200]) from error
    finally:
        pdf.close()


def chosen(pdf: pypdfium2.PdfDocument, options: Mapping[str, Any], most: int) -> list[int]:
    """The places of the pages that the options choose, by default of all. Raises `NoSuchPage` or `TooManyPages`."""
    found = page_ranges.chosen(options.get("pages", page_ranges.ALL), len(pdf))
    if len(found) > most:
        raise TooManyPages(pages=len(found), limit=most)
    return found


def drawn(pdf: pypdfium2.PdfDocument, index: int, dpi: int, target: str) -> Image.Image:
    """A picture of a page."""
    page = pdf[index]
    try:
        scale = dpi / _POINTS_PER_INCH
        width, height = page.get_size()
        check_size(round(width * scale), round(height * scale), target)
        picture: Image.Image = page.render(scale=scale).to_pil()
        return picture
    finally:
        page.close()


def _all_drawn(pdf: pypdfium2.PdfDocument, wanted: Sequence[int], dpi: int, report: Report) -> Iterator[Image.Image]:
    for number, index in enumerate(wanted, 1):
        yield drawn(pdf, index, dpi, "tiff")
        report(number / len(wanted), "encoding")


def _texts(pdf: pypdfium2.PdfDocument, wanted: Sequence[int]) -> Iterator[str]:
    for index in wanted:
        page = pdf[index]
        found = page.get_textpage()
        yield found.get_text_bounded().translate(_PLAIN).strip()
        found.close()
        page.close()
