"""What the columns of a table hold. Of text, a column is what every one of its values is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from conversions.engines import limits
from conversions.engines.engine import Report
from conversions.engines.tables.database import Database, named
from conversions.errors import TooManyColumns, TooManyRows

MAX_ROWS, MAX_COLUMNS = limits.ROWS.most, limits.COLUMNS.most


class Holds(StrEnum):
    """What a column holds."""

    TEXT = "VARCHAR"
    INTEGER = "BIGINT"
    NUMBER = "DOUBLE"
    TRUTH = "BOOLEAN"
    DATE = "DATE"
    TIME = "TIMESTAMP"


Counts = dict[str, int]
_AT_ONCE = 50  # columns in one query
_FIRST = 1_000  # rows
CHECKING = "checking"
ALL, ROUNDED, FEWEST, MOST = "all", "rounded", "fewest", "most"
_KINDS = (Holds.INTEGER, Holds.NUMBER, Holds.TRUTH, Holds.DATE, Holds.TIME)
# No zero in front, and not more digits than a floating-point number holds, or just those that it is written with.
_INTEGER = r"-?[1-9]\d{{0,14}}|0"
_NUMBER = r"-?(?:[1-9]\d*|0)(?:\.\d+)?(?:[eE][-+]\d{{1,2}})?"
_DECIMALS = "CASE WHEN strpos({0}, '.') > 0 THEN length({0}) - strpos({0}, '.') ELSE 0 END"
_DIGITS = "length(regexp_replace({0}, '[eE].*|[^0-9]', '', 'g'))"
_DAY = r"\d{{4}}-\d\d-\d\d"
_MOMENT = rf"{_DAY}[ T]\d\d:\d\d(?::\d\d(?:\.\d{{{{1,6}}}})?)?"
_CONDITIONS: dict[str, str] = {
    ALL: "count({0})",
    Holds.INTEGER: f"count_if(regexp_full_match({{0}}, '{_INTEGER}'))",
    Holds.NUMBER: f"count_if(regexp_full_match({{0}}, '{_NUMBER}') "
    f"AND ({_DIGITS} <= 15 OR CAST(try_cast({{0}} AS DOUBLE) AS VARCHAR) = {{0}}))",
    Holds.TRUTH: "count_if({0} IN ('true', 'false', 'True', 'False', 'TRUE', 'FALSE'))",
    Holds.DATE: f"count_if(regexp_full_match({{0}}, '{_DAY}') AND try_cast({{0}} AS DATE) IS NOT NULL)",
    Holds.TIME: f"count_if(regexp_full_match({{0}}, '{_MOMENT}') AND try_cast({{0}} AS TIMESTAMP) IS NOT NULL)",
    ROUNDED: r"count_if(regexp_full_match({0}, '.*\.\d*0'))",
    FEWEST: f"min({_DECIMALS})",
    MOST: f"max({_DECIMALS})",
}


@dataclass(frozen=True)
class Column:
    """A column, and the SQL that gives it as text, as what it holds and, where that is something else, as JSON has it.
    Of what is `nested`, the text is JSON."""

    name: str
    text: str
    value: str
    holds: Holds = Holds.TEXT
    json: str = ""
    nested: bool = False


@dataclass(frozen=True)
class Table:
    """What was read. `source` is the SQL that gives its rows; `named_in_source` says that the first is the names."""

    columns: Sequence[Column]
    source: str
    rows: int
    named_in_source: str = ""

    @property
    def names(self) -> list[str]:
        """The names, each of which is there once."""
        return unique([column.name for column in self.columns])


def check_size(rows: int, columns: int) -> None:
    """Raise `TooManyRows` or `TooManyColumns`."""
    if rows > MAX_ROWS:
        raise TooManyRows(rows=rows, limit=MAX_ROWS)
    if columns > MAX_COLUMNS:
        raise TooManyColumns(columns=columns, limit=MAX_COLUMNS)


def unique(names: Sequence[str]) -> list[str]:
    """The names, of which those that are empty or there already get a number. DuckDB sees no capitals."""
    seen: set[str] = set()
    found = []
    for place, name in enumerate(names, 1):
        candidate, number = name.strip() or f"column {place}", 1
        while candidate.casefold() in seen:
            number += 1
            candidate = f"{name.strip() or f'column {place}'} {number}"
        seen.add(candidate.casefold())
        found.append(candidate)
    return found


def of_text(database: Database, table: str, ids: Sequence[str], report: Report) -> list[Holds]:
    """What each of a table's columns of text holds, by all of its rows. The first ones tell what need not be asked."""
    database.run(f"CREATE TABLE first AS FROM {table} LIMIT {_FIRST}", report, CHECKING)
    candidates = _counts(database, "first", {id: list(_CONDITIONS) for id in ids}, report)
    wanted = {id: [fact for fact in _CONDITIONS if _may_be(candidates[id], fact)] for id in ids}
    counts = _counts(database, table, wanted, report)
    return [_held(counts[id]) for id in ids]


def _may_be(counts: Counts, fact: str) -> bool:
    return fact == ALL or counts[Holds.NUMBER if fact in (ROUNDED, FEWEST, MOST) else fact] == counts[ALL]


def _counts(database: Database, table: str, wanted: Mapping[str, Sequence[str]], report: Report) -> dict[str, Counts]:
    """How many values of each column are of the wanted kinds."""
    found: dict[str, Counts] = {}
    ids = list(wanted)
    for first in range(0, len(ids), _AT_ONCE):
        asked = [(id, fact) for id in ids[first : first + _AT_ONCE] for fact in wanted[id]]
        counts = ", ".join(_CONDITIONS[fact].format(named(id)) for id, fact in asked)
        (answers,) = database.run(f"SELECT {counts} FROM {table}", report, CHECKING)
        for (id, fact), answer in zip(asked, answers, strict=True):
            found.setdefault(id, {})[fact] = answer
    return found


def _held(counts: Counts) -> Holds:
    """Numbers that end in a zero are prices if they all have as many decimals, and else versions: 1.9, 1.10."""
    whole = [kind for kind in _KINDS if counts.get(kind) == counts[ALL] > 0]
    if whole[:1] == [Holds.NUMBER] and counts[ROUNDED] and counts[FEWEST] != counts[MOST]:
        return Holds.TEXT
    return whole[0] if whole else Holds.TEXT
