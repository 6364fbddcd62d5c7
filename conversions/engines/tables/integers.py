"""Integers of JSON that are too long for a column of numbers, which would round them: they stay the text they are."""

import mmap
import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from conversions.engines.tables.columns import Column, Holds, Table
from conversions.engines.tables.database import Database

_LONG = re.compile(rb"[\s:\[,]-?\d{16,}[\s,\]}]")
_KINDS = frozenset({"DOUBLE", "HUGEINT", "UHUGEINT"})  # of what BIGINT cannot hold
_ROUNDED = "try_cast(CAST({0} AS DOUBLE) AS HUGEINT) IS DISTINCT FROM try_cast({0} AS HUGEINT)"
_LONG_ONES = f"count_if(regexp_full_match({{0}}, '-?\\d{{{{16,}}}}') AND (length({{0}}) > 38 OR {_ROUNDED}))"


def columns_of(path: Path, described: Sequence[Any]) -> set[int]:
    """The places of those columns that DuckDB would round, or may."""
    with path.open("rb") as file:
        if not path.stat().st_size or not _has_long(file.fileno()):
            return set()
    return {place for place, (_, type, *_) in enumerate(described) if type in _KINDS}


def _has_long(file: int) -> bool:
    with mmap.mmap(file, 0, access=mmap.ACCESS_READ) as content:
        return _LONG.search(content) is not None


def kept(database: Database, table: Table, places: Collection[int]) -> Table:
    """The table, of whose columns of text at these places those become numbers that can."""
    columns = [_of(database, table, each) if place in places else each for place, each in enumerate(table.columns)]
    return replace(table, columns=columns)


def _of(database: Database, table: Table, column: Column) -> Column:
    ((count,),) = database.ask(f"SELECT {_LONG_ONES.format(column.text)} FROM {table.source}")
    if count:
        return replace(column, json=f"coalesce(try_cast({column.text} AS JSON), to_json({column.text}))")
    return replace(column, value=f"CAST({column.text} AS DOUBLE)", holds=Holds.NUMBER)
