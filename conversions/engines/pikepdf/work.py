"""Carries out what pikepdf is for. The result is the first source, changed: what it says of itself stays."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any

import pikepdf

from conversions.engines import limits, page_ranges
from conversions.engines.engine import EngineFile, Report
from conversions.errors import DamagedFile, NoPagesLeft, PasswordNeeded, PasswordWrong, TooManyPages

MOST_PAGES = limits.PAGES.most


def convert(sources: Sequence[EngineFile], target: EngineFile, options: Mapping[str, Any], report: Report) -> None:
    """Write the pages of all sources, in their order, as the options say."""
    report(0.0, "reading")
    with ExitStack() as open_files:  # until it is written: pages are read then
        try:
            pdf = _joined(sources, options.get("password", ""), open_files, report)
            _choose(pdf, options.get("pages", page_ranges.ALL), options.get("drop", False))
            _turn(pdf, int(options.get("rotate", "0")))
            _write(pdf, target, options.get("new_password", ""), report)
        except (pikepdf.PdfError, pikepdf.DataDecodingError, pikepdf.ForeignObjectError) as error:
            raise DamagedFile(reason=_reason(error)) from error


def _joined(sources: Sequence[EngineFile], password: str, open_files: ExitStack, report: Report) -> pikepdf.Pdf:
    first, *others = (open_files.enter_context(_opened(source, password)) for source in sources)
    _check(pages := len(first.pages))
    for number, other in enumerate(others, 1):
        _check(len(other.pages))
        _check(pages := pages + len(other.pages))
        first.pages.extend(other.pages)
        report((number + 1) / len(sources), "reading")
    return first


def _opened(source: EngineFile, password: str) -> pikepdf.Pdf:
    try:
        return pikepdf.open(source.path, password=password)
    except pikepdf.PasswordError as error:
        raise PasswordWrong if password else PasswordNeeded from error


def _check(pages: int) -> None:
    if not pages:
        raise DamagedFile(reason="it has no pages")
    if pages > MOST_PAGES:
        raise TooManyPages(pages=pages, limit=MOST_PAGES)


def _choose(pdf: pikepdf.Pdf, words: str, drop: bool) -> None:
    """Leave only the pages that are wanted, in the order that was wanted."""
    if words in ("", page_ranges.ALL):
        return
    pages = list(pdf.pages)
    named = page_ranges.chosen(words, len(pages))
    wanted = sorted(set(range(len(pages))).difference(named)) if drop else named
    if not wanted:
        raise NoPagesLeft(pages=len(pages))
    for _ in pages:
        del pdf.pages[-1]  # from the end: else each deletion moves all that follow
    for place in wanted:
        pdf.pages.append(pages[place])
    for place in set(range(len(pages))).difference(wanted):
        _empty(pages[place])


def _empty(page: pikepdf.Page) -> None:
    """Bookmarks and links may still lead to a page that was left out, and would keep its content in the file."""
    for key in list(page.obj.keys()):
        del page.obj[key]


def _turn(pdf: pikepdf.Pdf, degrees: int) -> None:
    for page in pdf.pages if degrees else ():
        page.rotate(degrees, relative=True)


def _write(pdf: pikepdf.Pdf, target: EngineFile, new_password: str, report: Report) -> None:
    locked = pikepdf.Encryption(owner=new_password, user=new_password, R=6) if new_password else False
    pdf.save(target.path, encryption=locked, progress=lambda percent: report(percent / 100, "encoding"))


def _reason(error: Exception) -> str:
    """The first thing that qpdf complained of, without the paths of our files."""
    return " ".join(word for word in str(error).split() if "/" not in word)[:200] or "no details"
