"""Tables in pages: Markdown and HTML, row by row; and the largest table of an HTML page."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

from conversions.engines.engine import EngineFile
from conversions.engines.tables import columns
from conversions.engines.texts import decoded
from conversions.errors import CannotHold, DamagedFile

Row = Sequence[str | None]
_STYLE = (
    "table{border-collapse:collapse}td,th{border:1px solid #999;padding:.3em .6em;text-align:left;vertical-align:top}"
)
_WIDEST, _TALLEST = 1_000, 65_534  # cells that one may cover, by the standard of HTML


class Cell(NamedTuple):
    """A cell of a page, and how many columns and rows it covers."""

    text: str
    across: int
    down: int


def markdown(names: Sequence[str], rows: Iterable[Row]) -> Iterator[str]:
    """A table as GitHub has it; what else would end a cell is escaped."""
    yield _line(names)
    yield _line(["---"] * len(names))
    yield from map(_line, rows)


def _line(cells: Row) -> str:
    return "| " + " | ".join(_in_markdown(cell or "") for cell in cells) + " |\n"


def _in_markdown(cell: str) -> str:
    for character in "\\`*_[]|":
        cell = cell.replace(character, f"\\{character}")
    return "<br>".join(cell.replace("&", "&amp;").replace("<", "&lt;").splitlines())


def html(names: Sequence[str], rows: Iterable[Row]) -> Iterator[str]:
    """A page with one table, in which nothing of the table is markup."""
    yield f'<!doctype html>\n<html lang="und">\n<meta charset="utf-8">\n<title>Table</title>\n<style>{_STYLE}</style>\n'
    yield f"<table>\n<thead>\n{_cells(names, 'th')}</thead>\n<tbody>\n"
    yield from (_cells(row, "td") for row in rows)
    yield "</tbody>\n</table>\n</html>\n"


def _cells(cells: Row, tag: str) -> str:
    return "<tr>" + "".join(f"<{tag}>{_in_html(cell or '')}</{tag}>" for cell in cells) + "</tr>\n"


def _in_html(cell: str) -> str:
    return "<br>".join(escape(cell).splitlines())


def write_cells(source: EngineFile, cells: Path) -> int:
    """Write the page's largest table as CSV. Returns how many columns it has. Raises `CannotHold`: there is none."""
    parser = _Tables()
    try:
        parser.feed(decoded(source.path.read_bytes()))
        parser.close()
    except (AssertionError, ValueError, RecursionError) as error:
        raise DamagedFile(reason=str(error)[:200]) from error
    largest = max(parser.tables, key=lambda table: sum(map(len, table)), default=[])
    columns.check_size(len(largest), max((sum(cell.across for cell in row) for row in largest), default=0))
    width = max(map(len, _laid_out(largest)), default=0)
    if not width:
        raise CannotHold(to="A table", what="there is no table on the page")
    columns.check_size(len(largest), width)
    with cells.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(
            [*row, *[""] * (width - len(row))] for row in _laid_out(largest)
        )
    return width


def _laid_out(table: Iterable[Sequence[Cell]]) -> Iterator[list[str]]:
    """The rows, with the text of a cell at each place that it covers."""
    above: dict[
        int, tuple[str, int]
    ] = {}  # by column: the text of a cell further up, and how many rows it still covers
    for cells in table:
        row = {column: text for column, (text, _) in above.items()}
        above = {column: (text, left - 1) for column, (text, left) in above.items() if left > 1}
        place = 0
        for cell in cells:
            while place in row:
                place += 1
            for column in range(place, place + cell.across):
                row.setdefault(column, cell.text)
                if cell.down > 1:
                    above.setdefault(column, (cell.text, cell.down - 1))
            place += cell.across
        yield [row.get(column, "") for column in range(max(row, default=-1) + 1)]


def _span(value: str | None, most: int, zero: int = 1) -> int:
    """How many an attribute says, and what it means by 0."""
    found = re.match(r"\s*(\d{1,9})", value or "1")
    return min(int(found[1]) if found else 1, most) or zero


class _Tables(HTMLParser):
    """Collects the cells of tables. A table inside a cell is a table of its own, and no part of the cell."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: list[list[list[Cell]]] = []
        self._open: list[list[list[Cell]]] = []
        self._cells: list[list[str] | None] = []  # the words of each open table's open cell
        self._spans: list[tuple[int, int]] = []  # which it covers

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self._open.append([])
            self._cells.append(None)
            self._spans.append((1, 1))
            self.tables.append(self._open[-1])
        elif self._open and tag == "tr":
            self._end_cell()
            self._open[-1].append([])
        elif self._open and tag in ("td", "th"):
            self._end_cell()
            self._cells[-1], told = [], dict(attrs)
            self._spans[-1] = _span(told.get("colspan"), _WIDEST), _span(told.get("rowspan"), _TALLEST, _TALLEST)
        elif tag == "br":
            self.handle_data("\n")

    def handle_endtag(self, tag: str) -> None:
        if self._open and tag in ("td", "th", "tr", "table"):
            self._end_cell()
        if self._open and tag == "table":
            self._open.pop()
            self._cells.pop()
            self._spans.pop()

    def handle_data(self, data: str) -> None:
        if self._cells and (words := self._cells[-1]) is not None:
            words.append(data if data == "\n" else " ".join(f".{data}.".split())[1:-1])

    def _end_cell(self) -> None:
        if (words := self._cells[-1]) is not None:
            if not self._open[-1]:
                self._open[-1].append([])
            self._open[-1][-1].append(Cell("".join(words).strip(), *self._spans[-1]))
            self._cells[-1] = None
