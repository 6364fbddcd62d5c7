"""Delimited text: what its delimiter is, and how to read rows that are not all as long."""

import csv
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from conversions.engines.engine import Report
from conversions.engines.tables import DELIMITERS
from conversions.errors import DamagedFile

_LOOKED_AT = 200  # rows, for a guess
_LONGEST = 8 * 1024**2
_EVERY = 1_000


def character(delimiter: str) -> str:
    """The character of a delimiter as options name it."""
    return "\t" if delimiter == "tab" else delimiter


def guess(path: Path) -> str:
    """The delimiter that parts most of the first rows into as many columns, more than one; else a comma."""
    csv.field_size_limit(_LONGEST)
    return max(map(character, DELIMITERS), key=lambda each: _evenness(path, each))


def _evenness(path: Path, delimiter: str) -> tuple[float, int]:
    try:
        widths = Counter(len(row) for row in islice(_rows(path, delimiter), _LOOKED_AT) if row)
    except csv.Error:
        return 0.0, 0
    width, rows = max(widths.items(), key=lambda item: (item[0] > 1, item[1]), default=(0, 0))
    return (rows / widths.total(), width) if width > 1 else (0.0, 0)


def width(path: Path, delimiter: str) -> int:
    """How long the longest of the first rows is."""
    csv.field_size_limit(_LONGEST)
    try:
        return max(map(len, islice(_rows(path, delimiter), _LOOKED_AT)), default=0)
    except csv.Error as error:
        raise DamagedFile(reason=str(error)[:200]) from error


def write_cells(path: Path, delimiter: str, cells: Path, report: Report) -> int:
    """Write the rows anew, each as long as the longest. Returns how long that is."""
    csv.field_size_limit(_LONGEST)
    try:
        width = max(map(len, _rows(path, delimiter)), default=0)
        with cells.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
            for number, row in enumerate(_rows(path, delimiter)):
                writer.writerow([*row, *[""] * (width - len(row))])
                if not number % _EVERY:
                    report(0.0, "reading")
    except csv.Error as error:
        raise DamagedFile(reason=str(error)[:200]) from error
    if not width:
        raise DamagedFile(reason="there is not one row in it")
    return width


def _rows(path: Path, delimiter: str) -> Iterator[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.reader(file, delimiter=delimiter)
