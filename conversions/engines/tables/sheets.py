"""Spreadsheets, read by calamine: the cells of one sheet as text, and what each column holds."""

import csv
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import IO, Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetTypeEnum

from conversions.engines import limits
from conversions.engines.engine import EngineFile, Report
from conversions.engines.tables import columns
from conversions.engines.tables.columns import Holds
from conversions.engines.tables.locked import unlocked
from conversions.errors import DamagedFile, EmptySheet, ExpandsTooMuch, NoSuchSheet, PasswordNeeded

MAX_UNPACKED = limits.SHEET_PARTS.most
_ENCRYPTED = bytes.fromhex("d0cf11e0a1b11ae1")  # Excel's way to encrypt is a wrapping of another kind
_EXACT = 2**53  # above which not every integer is a floating-point number, as which Excel has them all
_PLAIN = 1e21  # below which no exponent is written
_EVERY = 1_000  # rows between two reports
_KINDS: dict[type, Holds] = {bool: Holds.TRUTH, int: Holds.INTEGER, date: Holds.DATE, datetime: Holds.TIME}
_WIDER = {
    frozenset({Holds.INTEGER, Holds.NUMBER}): Holds.NUMBER,
    frozenset({Holds.DATE, Holds.TIME}): Holds.TIME,
}


def write_cells(source: EngineFile, options: Mapping[str, Any], cells: Path, report: Report) -> tuple[int, list[Holds]]:
    """Write the chosen sheet's cells as CSV. Returns how many columns there are, and what each holds below its name."""
    report(0.0, "reading")
    header = options["header"]
    found = _sheet(source, options)
    height, width = found.height, found.width
    columns.check_size(height, width)
    seen: list[set[Holds]] = [set() for _ in range(width)]
    with cells.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
        for number, row in enumerate(_rows(found)):
            if number or not header:
                _look(row, seen)
            writer.writerow([_text(value) for value in row])
            if not number % _EVERY:
                report(number / height * 0.9, "reading")
    return width, [_held(kinds) for kinds in seen]


def _check_unpacked(file: IO[bytes]) -> None:
    """Spreadsheets but the oldest are zips, whose parts are read into memory."""
    try:
        with zipfile.ZipFile(file) as parts:
            size = sum(part.file_size for part in parts.infolist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        file.seek(0)
        wrapped = file.read(len(_ENCRYPTED)) == _ENCRYPTED
        raise PasswordNeeded if wrapped else DamagedFile(reason="it is no workbook") from error
    if size > MAX_UNPACKED:
        raise ExpandsTooMuch(size=size, limit=MAX_UNPACKED)


def _sheet(source: EngineFile, options: Mapping[str, Any]) -> CalamineSheet:
    wanted = options["sheet"]
    with opened(source, options) as workbook:
        names = workbook.sheet_names
        told = {"sheet": wanted, "sheets": ", ".join(names)[:500]}
        if wanted not in names and wanted.isdecimal() and 1 <= int(wanted) <= len(names):
            wanted = names[int(wanted) - 1]
        if wanted not in names:
            raise NoSuchSheet(**told)
        found = workbook.get_sheet_by_name(wanted)
        if not found.width:
            raise EmptySheet(**told)
        return found


@contextmanager
def opened(source: EngineFile, options: Mapping[str, Any]) -> Iterator[CalamineWorkbook]:
    """The workbook, by the password of the options if they have one. What is wrong with it, also when it shows inside,
    is told in our words."""
    password = options.get("password")
    try:
        with source.path.open("rb") as file:
            plain = unlocked(file, password) if password else file
            if source.format != "xls":
                _check_unpacked(plain)
            plain.seek(0)
            yield CalamineWorkbook.from_filelike(plain)
    except PasswordError as error:
        raise PasswordNeeded from error
    except CalamineError as error:
        raise DamagedFile(reason=" ".join(str(error).split())[:200]) from error


def names_of(workbook: CalamineWorkbook) -> list[str]:
    """The names of the sheets that hold cells; not of those that are a chart."""
    return [sheet.name for sheet in workbook.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]


def texts(sheet: CalamineSheet) -> Iterator[list[str]]:
    """The rows of a sheet as text."""
    return ([_text(value) for value in row] for row in _rows(sheet))


def _rows(sheet: CalamineSheet) -> Iterator[list[Any]]:
    """Without the empty ones above; those beside are left out already."""
    first, _ = sheet.start or (0, 0)
    return islice(sheet.iter_rows(), first, None)


def _look(row: list[Any], seen: list[set[Holds]]) -> None:
    for kinds, value in zip(seen, row, strict=True):
        if value != "":
            kinds.add(_kind(value))


def _kind(value: Any) -> Holds:
    if isinstance(value, float):
        return Holds.INTEGER if value.is_integer() and abs(value) < _EXACT else Holds.NUMBER
    return _KINDS.get(type(value), Holds.TEXT)


def _held(kinds: set[Holds]) -> Holds:
    return next(iter(kinds)) if len(kinds) == 1 else _WIDER.get(frozenset(kinds), Holds.TEXT)


def _text(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer() and abs(value) < _PLAIN:
            return str(int(value))
        case datetime():
            return value.isoformat(" ")
        case date() | time():
            return value.isoformat()
    return str(value)
