"""PDF into pictures of its pages, and into its text."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pypdfium2
from PIL import Image
from pypdfium2 import raw

from conversions.engines import limits
from conversions.engines.engine import EngineFile, Report
from conversions.engines.pictures import check_size
from conversions.errors import DamagedFile, EngineFailed, NoSuchPage, NoText, PasswordNeeded, TooManyPages

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
    with _opened(source) as pdf:
        number, pages = options["page"], len(pdf)
        if number > pages:
            raise NoSuchPage(page=number, pages=pages)
        picture = _drawn(pdf, number - 1, options["dpi"], target.format)
    report(0.0, "encoding")
    encoder, arguments = _ENCODERS[target.format]
    if "quality" in options:
        arguments = {**arguments, "quality": options["quality"]}
    picture.save(target.path, encoder, dpi=(options["dpi"],) * 2, **arguments)
    report(1.0, "encoding")


def all_pages(source: EngineFile, target: EngineFile, options: Mapping[str, Any], report: Report) -> None:
    """Pictures of all pages in one file; one page at a time is held in memory."""
    report(0.0, "encoding")
    with _opened(source, MOST_PICTURES) as pdf:
        pictures = _all_drawn(pdf, options["dpi"], report)
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


def text(source: EngineFile, target: EngineFile, report: Report) -> None:
    """The text of all pages, in the order in which the file has it."""
    found = False
    report(0.0, "reading")
    with _opened(source) as pdf, target.path.open("w", encoding="utf-8", errors="replace") as file:
        for number, words in enumerate(_texts(pdf)):
            found = found or bool(words)
            file.write(words + "\n\n" if words else "")
            report((number + 1) / len(pdf), "reading")
    if not found:
        raise NoText


@contextmanager
def _opened(source: EngineFile, most_pages: int = MOST_PAGES) -> Iterator[pypdfium2.PdfDocument]:
    try:
        pdf = pypdfium2.PdfDocument(source.path)
    except pypdfium2.PdfiumError as error:
        if error.err_code in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY):
            raise PasswordNeeded from error
        raise DamagedFile(reason=str(error)[:200]) from error
    try:
        if not len(pdf):
            raise DamagedFile(reason="it has no pages")
        if len(pdf) > most_pages:
            raise TooManyPages(pages=len(pdf), limit=most_pages)
        pdf.init_forms()  # else what was filled in is not drawn
        yield pdf
    except pypdfium2.PdfiumError as error:
        raise DamagedFile(reason=str(error)[:200]) from error
    finally:
        pdf.close()


def _drawn(pdf: pypdfium2.PdfDocument, index: int, dpi: int, target: str) -> Image.Image:
    page = pdf[index]
    try:
        scale = dpi / _POINTS_PER_INCH
        width, height = page.get_size()
        check_size(round(width * scale), round(height * scale), target)
        picture: Image.Image = page.render(scale=scale).to_pil()
        return picture
    finally:
        page.close()


def _all_drawn(pdf: pypdfium2.PdfDocument, dpi: int, report: Report) -> Iterator[Image.Image]:
    for index in range(len(pdf)):
        yield _drawn(pdf, index, dpi, "tiff")
        report((index + 1) / len(pdf), "encoding")


def _texts(pdf: pypdfium2.PdfDocument) -> Iterator[str]:
    for index in range(len(pdf)):
        page = pdf[index]
        found = page.get_textpage()
        yield found.get_text_bounded().translate(_PLAIN).strip()
        found.close()
        page.close()
