"""A workbook of one sheet, written row by row by XlsxWriter."""

import math
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter

from conversions.errors import CannotHold, TooManyColumns, TooManyRows

MAX_ROWS, MAX_COLUMNS, MAX_TEXT = 1_048_576, 16_384, 32_767
_EXACT, _DIGITS = 10**15, 15  # of which Excel keeps no more
_PLAIN = 1e21  # below which no exponent is written
_EARLIEST = 1900
# What begins with = stays the text that it is: a formula out of a stranger's file could send the reader's data away.
_AS_IT_IS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def check_size(rows: int, columns: int) -> None:
    """Raise what says that a sheet does not hold so much; `rows` is without the names."""
    if rows >= MAX_ROWS:
        raise TooManyRows(rows=rows, limit=MAX_ROWS - 1)
    if columns > MAX_COLUMNS:
        raise TooManyColumns(columns=columns, limit=MAX_COLUMNS)


def write(path: Path, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write the names in bold, and each value as what it is."""
    kept = {"constant_memory": True, "tmpdir": str(path.parent), "default_date_format": "yyyy-mm-dd hh:mm:ss"}
    with xlsxwriter.Workbook(str(path), {**_AS_IT_IS, **kept}) as workbook:
        sheet = workbook.add_worksheet("Table")
        sheet.freeze_panes(1, 0)
        bold, day = workbook.add_format({"bold": True}), workbook.add_format({"num_format": "yyyy-mm-dd"})
        for place, name in enumerate(names):
            sheet.write_string(0, place, name[:MAX_TEXT], bold)
        for number, row in enumerate(rows, 1):
            for place, value in enumerate(row):
                if value is not None:
                    _write(sheet, number, place, value, day)


def _write(sheet: Any, row: int, column: int, value: Any, day: Any) -> None:
    match value:
        case bool():
            sheet.write_boolean(row, column, value)
        case int() | float() if math.isfinite(value) and abs(value) < _EXACT:
            sheet.write_number(row, column, value)
        case float() if value.is_integer() and abs(value) < _PLAIN:
            _write_text(sheet, row, column, str(int(value)))
        case Decimal() if len(value.as_tuple().digits) <= _DIGITS:
            sheet.write_number(row, column, float(value))
        case datetime() if value.year >= _EARLIEST and value.tzinfo is None:
            sheet.write_datetime(row, column, value)
        case date() if value.year >= _EARLIEST and not isinstance(value, datetime):
            sheet.write_datetime(row, column, value, day)
        case _:
            _write_text(sheet, row, column, str(value))


def _write_text(sheet: Any, row: int, column: int, text: str) -> None:
    if len(text) > MAX_TEXT:
        raise CannotHold(to="Excel", what=f"a cell of row {row + 1} has {len(text):,} characters")
    sheet.write_string(row, column, text)
