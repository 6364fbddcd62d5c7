"""Carries out what the tables engine is for: reads the table, then writes it."""

import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from conversions.engines.engine import EngineFile, Report
from conversions.engines.tables import pages, sources, splitting, trees, workbook
from conversions.engines.tables.columns import Column, Holds, Table
from conversions.engines.tables.database import Database, named, quoted
from conversions.engines.tables.delimited import character
from conversions.engines.tables.sources import Reading
from conversions.errors import CannotHold

ENCODING = "encoding"
_EVERY = 1_000  # rows between two reports
_ENDLESS = r"[:\[,] *(NaN|nan|-?Infinity|-?inf)[,\]}]"  # in JSON of DuckDB, or in a text
_OF_YAML = frozenset({Holds.INTEGER, Holds.NUMBER, Holds.TRUTH})


class Writing(NamedTuple):
    """What writing a table needs."""

    table: Table
    target: EngineFile
    options: Mapping[str, Any]
    database: Database
    report: Report


def convert(sources_: Sequence[EngineFile], target: EngineFile, options: Mapping[str, Any], report: Report) -> None:
    """Convert the one source, of a workbook one sheet or all; text is UTF-8."""
    (source,) = sources_
    if target.format == "zip":
        splitting.each_sheet(source, target, options, report)
        return
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as scratch:
        folder = Path(scratch)
        database = Database(folder, [source.path, target.path, *sources.copies(folder)])
        table = sources.read(Reading(source, options, database, folder, report))
        report(0.0, ENCODING)
        _WRITERS[target.format](Writing(table, target, options, database, report))
    report(1.0, ENCODING)


def _delimited(writing: Writing) -> None:
    """With the names as they came, also if two are the same."""
    table = writing.table
    delimiter = "tab" if writing.target.format == "tsv" else writing.options.get("output_delimiter", ",")
    form = f"FORMAT csv, DELIMITER {quoted(character(delimiter))}"
    ids = ", ".join(column.text for column in table.columns)
    if table.named_in_source:
        _copy(writing, f"SELECT {ids} FROM {table.named_in_source}", f"{form}, HEADER false")
    else:
        _copy(writing, _selected(table, lambda column: column.text), f"{form}, HEADER {_has_names(table)}")


def _has_names(table: Table) -> str:
    return "true" if any(column.name for column in table.columns) else "false"


def _objects(writing: Writing) -> None:
    """JSON has no dates: they stay as they were written."""
    _check_numbers(writing)
    array = "true" if writing.target.format == "json" else "false"
    _copy(writing, _selected(writing.table, _for_json), f"FORMAT json, ARRAY {array}")


def _for_json(column: Column) -> str:
    return column.text if column.holds in (Holds.DATE, Holds.TIME) else column.json or column.value


def _check_numbers(writing: Writing) -> None:
    """Raise `CannotHold` where numbers within lists or objects are none, or without end."""
    for column in writing.table.columns:
        if column.nested:
            few = f"{column.text} FROM {writing.table.source} WHERE regexp_matches({column.text}, {quoted(_ENDLESS)})"
            for (text,) in writing.database.ask(f"SELECT {few} LIMIT 100"):
                json.loads(text, parse_constant=partial(_cannot_hold, column.name))


def _cannot_hold(name: str, number: str) -> None:
    raise CannotHold(to="JSON", what=f"{number} within “{name}”")


def _columnar(writing: Writing) -> None:
    _copy(writing, _selected(writing.table, lambda column: column.value), "FORMAT parquet, COMPRESSION zstd")


def _copy(writing: Writing, query: str, form: str) -> None:
    statement = f"COPY ({query}) TO {quoted(str(writing.target.path))} ({form}, USE_TMP_FILE false)"
    writing.database.run(statement, writing.report, ENCODING)


def _selected(table: Table, value: Callable[[Column], str]) -> str:
    wanted = (f"{value(column)} AS {named(name)}" for column, name in zip(table.columns, table.names, strict=True))
    return f"SELECT {', '.join(wanted)} FROM {table.source}"


def _workbook(writing: Writing) -> None:
    table = writing.table
    workbook.check_size(table.rows, len(table.columns))
    rows = _rows(writing, lambda column: column.text if column.holds is Holds.TEXT else column.value, share=0.9)
    workbook.write(writing.target.path, [column.name for column in table.columns], rows)


def _text(form: Callable[[Sequence[str], Iterable[Any]], Iterator[str]]) -> Callable[[Writing], None]:
    """A writer of text that takes names and rows."""

    def write(writing: Writing) -> None:
        rows = _rows(writing, lambda column: column.text)
        with writing.target.path.open("w", encoding="utf-8") as file:
            file.writelines(form(writing.table.names, rows))

    return write


def _yaml(writing: Writing) -> None:
    """Numbers and truths as such, and what is within a value as what it is; all else as text."""
    columns = writing.table.columns
    nested = [place for place, column in enumerate(columns) if column.nested]
    with writing.target.path.open("w", encoding="utf-8") as file:
        for found in _rows(writing, lambda column: column.value if column.holds in _OF_YAML else column.text):
            row = list(found)
            for place in nested:
                row[place] = row[place] and json.loads(row[place])
            file.writelines(trees.as_yaml(writing.table.names, [row]))


def _rows(writing: Writing, value: Callable[[Column], str], share: float = 1.0) -> Iterator[Sequence[Any]]:
    """Each row, telling how many of all are done; together they are that share of the writing."""
    total = max(1, writing.table.rows)
    for number, row in enumerate(writing.database.rows(_selected(writing.table, value))):
        if not number % _EVERY:
            writing.report(share * number / total, ENCODING)
        yield row


_WRITERS: dict[str, Callable[[Writing], None]] = {
    **dict.fromkeys(("csv", "tsv"), _delimited),
    **dict.fromkeys(("json", "ndjson"), _objects),
    "parquet": _columnar,
    "xlsx": _workbook,
    "md": _text(pages.markdown),
    "html": _text(pages.html),
    "xml": _text(trees.as_xml),
    "yaml": _yaml,
}
