"""Reads each kind of table, so that SQL can ask for its rows."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from conversions.engines import limits
from conversions.engines.engine import EngineFile, Report
from conversions.engines.options import AUTO
from conversions.engines.tables import columns, delimited, integers, pages, sheets, trees
from conversions.engines.tables.columns import Column, Holds, Table, unique
from conversions.engines.tables.database import Database, named, quoted
from conversions.engines.texts import as_utf8
from conversions.errors import CannotHold, DamagedFile, ExpandsTooMuch

READING = "reading"
MAX_UNPACKED = limits.COLUMNAR.most  # its packing can say billions of equal rows
_STAGED = "staged"
_KINDS = {
    **dict.fromkeys(("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"), Holds.INTEGER),
    **dict.fromkeys(("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"), Holds.INTEGER),
    **dict.fromkeys(("FLOAT", "DOUBLE", "DECIMAL"), Holds.NUMBER),
    "BOOLEAN": Holds.TRUTH,
    "DATE": Holds.DATE,
    "TIMESTAMP": Holds.TIME,
}


# JSON has no number that is none or without end: the text is what JavaScript calls them.
_ENDLESS = "CASE WHEN isnan({0}) THEN 'NaN' WHEN {0} > 0 THEN 'Infinity' ELSE '-Infinity' END"
# Nor would what reads it have all digits of a decimal that is no floating-point number: it is text as well.
_KEPT = "CASE WHEN {0} IS NULL OR try_cast(CAST({0} AS DOUBLE) AS {2}) = {0} THEN to_json({0}) ELSE to_json({1}) END"
_FINITE = f"CASE WHEN {{0}} IS NULL OR isfinite({{0}}) THEN to_json({{0}}) ELSE to_json({_ENDLESS}) END"


class Reading(NamedTuple):
    """What reading a table needs."""

    source: EngineFile
    options: Mapping[str, Any]
    database: Database
    folder: Path
    report: Report


def read(reading: Reading) -> Table:
    """The table in the source."""
    table = _READERS[reading.source.format](reading)
    columns.check_size(table.rows, len(table.columns))
    return table


def copies(folder: Path) -> list[Path]:
    """The files that reading may make of a source, which the database has to be allowed."""
    return [folder / "recoded", folder / "cells.csv", folder / "rows.json"]


def _delimited(reading: Reading) -> Table:
    """DuckDB reads rows that are all alike, and tells how far it is; Python reads the others."""
    recoded, cells, _ = copies(reading.folder)
    encoding, header = reading.options["encoding"], reading.options["header"]
    reading.report(0.0, READING)
    path = as_utf8(reading.source.path, None if encoding == AUTO else encoding, recoded)
    delimiter = "tab" if reading.source.format == "tsv" else reading.options["delimiter"]
    character = delimited.guess(path) if delimiter == AUTO else delimited.character(delimiter)
    columns.check_size(0, delimited.width(path, character))
    form = f"delim = {quoted(character)}, {_QUOTES}, header = false, all_varchar = true, comment = '', skip = 0"
    try:
        _stage(reading, f"read_csv({quoted(str(path))}, {form}, null_padding = true, parallel = false)")
    except DamagedFile:
        return _cells(reading, cells, delimited.write_cells(path, character, cells, reading.report), header, None)
    return _of_text(reading, header, None)


_QUOTES = "quote = '\"', escape = '\"', max_line_size = 8388608"


def _sheet(reading: Reading) -> Table:
    _, cells, _ = copies(reading.folder)
    options = reading.options
    width, held = sheets.write_cells(reading.source, options, cells, reading.report)
    return _cells(reading, cells, width, options["header"], held)


def _page(reading: Reading) -> Table:
    _, cells, _ = copies(reading.folder)
    width = pages.write_cells(reading.source, cells)
    return _cells(reading, cells, width, True, None)


def _cells(reading: Reading, cells: Path, width: int, header: bool, held: list[Holds] | None) -> Table:
    """What we wrote ourselves, so that there is nothing to guess."""
    columns.check_size(0, width)
    types = ", ".join(f"'column{i}': 'VARCHAR'" for i in range(width))
    form = f"delim = ',', {_QUOTES}, new_line = '\\n', header = false, auto_detect = false, columns = {{{types}}}"
    _stage(reading, f"read_csv({quoted(str(cells))}, {form})")
    return _of_text(reading, header, held)


def _stage(reading: Reading, function: str) -> None:
    statement = f"CREATE TABLE {_STAGED} AS SELECT * FROM {function}"
    reading.database.run(statement, reading.report, READING)


def _of_text(reading: Reading, header: bool, held: list[Holds] | None) -> Table:
    """The table that is staged as text, with a row of names if so said."""
    database = reading.database
    ids = [row[0] for row in database.ask(f"DESCRIBE {_STAGED}")]
    columns.check_size(0, len(ids))
    ((rows,),) = database.ask(f"SELECT count(*) FROM {_STAGED}")
    if not rows:
        raise DamagedFile(reason="there is not one row in it")
    (first,) = database.ask(f"SELECT * FROM {_STAGED} WHERE rowid = 0")
    names = [str(name or "") for name in first] if header else [""] * len(ids)
    body = f"{_STAGED} WHERE rowid > 0" if header else _STAGED
    if held is None:
        typed = reading.options.get("types", False)
        held = columns.of_text(database, body, ids, reading.report) if typed else [Holds.TEXT] * len(ids)
    found = [
        Column(name, named(id), f"CAST({named(id)} AS {kind})" if kind is not Holds.TEXT else named(id), kind)
        for name, id, kind in zip(names, ids, held, strict=True)
    ]
    return Table(found, body, rows - header, _STAGED if header else "")


def _records(reading: Reading) -> Table:
    """Objects, by the names of what they have; of lists and objects inside them, their JSON."""
    recoded, _, _ = copies(reading.folder)
    path = as_utf8(reading.source.path, None, recoded)
    form = "newline_delimited" if reading.source.format == "ndjson" else "array"
    return _objects(reading, path, form)


def _tree(reading: Reading) -> Table:
    _, _, rows = copies(reading.folder)
    trees.write_json(reading.source, rows)
    return _objects(reading, rows, "array")


def _objects(reading: Reading, path: Path, form: str) -> Table:
    database, whole = reading.database, "records = 'true', sample_size = -1, map_inference_threshold = -1"
    said = f"{quoted(str(path))}, format = '{form}', {whole}"
    try:
        described = database.ask(f"DESCRIBE SELECT * FROM read_json({said})")
    except DamagedFile as error:
        if "expected records" in str(error.params) or "top-level JSON array" in str(error.params):
            raise CannotHold(to="A table", what="it is no list of objects") from error
        raise
    columns.check_size(0, len(described))
    long = integers.columns_of(path, described)
    kinds = ["VARCHAR" if place in long else _as_written(type) for place, (_, type, *_) in enumerate(described)]
    types = ", ".join(f"{quoted(name)}: {quoted(kind)}" for (name, *_), kind in zip(described, kinds, strict=True))
    statement = f"CREATE TABLE {_STAGED} AS SELECT * FROM read_json({said}, columns = {{{types}}})"
    database.run(statement, reading.report, READING)
    return integers.kept(database, _of_values(database, _STAGED), long)


def _as_written(type: str) -> str:
    """JSON has no dates, and no identifiers of other kinds: what looks like one stays the text that it is."""
    for kind in ("TIMESTAMP WITH TIME ZONE", "TIMESTAMP_NS", "TIMESTAMP", "DATE", "TIME", "UUID"):
        type = type.replace(kind, "VARCHAR")
    return type


def _columnar(reading: Reading) -> Table:
    path, database = quoted(str(reading.source.path)), reading.database
    ((rows,),) = database.ask(f"SELECT num_rows FROM parquet_file_metadata({path})")
    unpacked = f"SELECT sum(total_uncompressed_size) FROM parquet_metadata({path})"
    ((size,),) = database.ask(unpacked)
    if (size or 0) > MAX_UNPACKED:
        raise ExpandsTooMuch(size=int(size), limit=MAX_UNPACKED)
    ((width,),) = database.ask(f"SELECT count(*) FROM parquet_schema({path})")
    columns.check_size(rows, width)
    database.run(f"CREATE VIEW {_STAGED} AS SELECT * FROM read_parquet({path})", reading.report, READING)
    return _of_values(database, _STAGED)


def _of_values(database: Database, table: str) -> Table:
    ((rows,),) = database.ask(f"SELECT count(*) FROM {table}")
    described = database.ask(f"DESCRIBE {table}")
    names = unique([name for name, *_ in described])
    found = [_column(name, id, type) for name, (id, type, *_) in zip(names, described, strict=True)]
    return Table(found, table, rows)


def _column(name: str, id: str, type: str) -> Column:
    column, kind = named(id), type.partition("(")[0]
    text, holds = f"CAST({column} AS VARCHAR)", _KINDS.get(kind, Holds.TEXT)
    if type.endswith("]") or type.startswith(("STRUCT", "MAP", "UNION", "JSON")):
        return Column(name, f"CAST(to_json({column}) AS VARCHAR)", column, nested=True)
    if type == "BLOB":
        return Column(name, f"base64({column})", f"base64({column})")
    if kind == "DECIMAL":
        return Column(name, text, column, holds, json=_KEPT.format(column, text, type))
    return Column(name, text, column, holds, json=_FINITE.format(column) if kind in ("FLOAT", "DOUBLE") else "")


_READERS: dict[str, Callable[[Reading], Table]] = {
    **dict.fromkeys(("csv", "tsv"), _delimited),
    **dict.fromkeys(("xlsx", "xls", "xlsb", "ods"), _sheet),
    **dict.fromkeys(("json", "ndjson"), _records),
    "html": _page,
    "yaml": _tree,
    "parquet": _columnar,
}
