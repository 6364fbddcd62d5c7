"""Tables: rows and columns of text files (DuckDB), columnar files and spreadsheets (calamine, XlsxWriter).

Text says of no column what it holds. A column becomes one of numbers, dates or truths only if each of its values is one
and says the same when it is written back: `007` stays text, and so does a column that turns to text at its last row.
"""

from typing import Any

from conversions.engines import limits, options
from conversions.engines.engine import Engine, Kind, Stage, Way
from conversions.engines.limits import Limit

SHEETS = ("xlsx", "xls", "xlsb", "ods")
ENCRYPTED = ("xlsx",)
TEXTS = ("csv", "tsv")
READS = ("csv", "tsv", "json", "ndjson", "parquet", *SHEETS, "yaml", "html")
WRITES = ("csv", "tsv", "json", "ndjson", "parquet", "xlsx", "md", "html", "yaml", "xml")
TYPED = frozenset({"json", "ndjson", "parquet", "xlsx", "yaml"})
"""Targets whose values can be more than text."""

DELIMITERS = (",", ";", "tab", "|")
_DELIMITER = {"title": "Delimiter of the file", "enum": [options.AUTO, *DELIMITERS], "default": options.AUTO}
_HEADER = {"type": "boolean", "title": "The first row holds the names of columns", "default": True}
_SHEET = {
    "type": "string",
    "title": "Sheet, by its number or name",
    "pattern": r"[^\x00-\x1f]{1,100}",
    "expected": "a sheet's number or name",
    "default": "1",
}
_TYPES = {"type": "boolean", "title": "Numbers and dates as such, not as text", "default": True}
_OUTPUT_DELIMITER = {"title": "Delimiter of the result", "enum": list(DELIMITERS), "default": ","}

# What is lost of tables by each target: nothing, the kinds of columns, all that is not shown.
_LOSS = {"csv": 0.5, "tsv": 0.5, "xml": 0.5, "md": 3.0, "html": 3.0}


def _options(source: str, target: str) -> dict[str, Any]:
    """Those of reading the source, then those of writing the target."""
    found: dict[str, Any] = {}
    if source in SHEETS:
        found["sheet"] = _SHEET
    if source in ENCRYPTED:
        found["password"] = options.password()
    if source == "csv":
        found["delimiter"] = _DELIMITER
    if source in TEXTS:
        found["encoding"] = options.encoding()
    if source in (*TEXTS, *SHEETS):
        found["header"] = _HEADER
    if source in (*TEXTS, "html") and target in TYPED:
        found["types"] = _TYPES
    if target == "csv" and source != "csv":
        found["output_delimiter"] = _OUTPUT_DELIMITER
    return found


def _stages(target: str, typed: bool) -> tuple[Stage, ...]:
    """Of which a workbook's writing takes the most. For the types of columns all rows are looked at."""
    encoding = 0.8 if target == "xlsx" else 0.5
    reading = (Stage("reading", 0.6 - 0.6 * encoding), Stage("checking", 0.4 - 0.4 * encoding))
    return (*(reading if typed else [Stage("reading", 1 - encoding)]), Stage("encoding", encoding))


def _unpacked(source: str) -> tuple[Limit, ...]:
    if source in SHEETS:
        return (limits.SHEET_PARTS,) * (source != "xls")
    found = {"parquet": limits.COLUMNAR, "yaml": limits.ALIASES}.get(source)
    return (found,) if found else ()


def _way(source: str, target: str) -> Way:
    taken = _options(source, target)
    return Way(
        source=source,
        target=target,
        stages=_stages(target, "types" in taken),
        progress=Kind.MEASURED,
        options=taken,
        loss=_LOSS.get(target, 0.0) + 1.0 * (source in (*SHEETS, "html")),
        seconds=5.0 if target == "xlsx" else 2.0,
        limits=(limits.ROWS, limits.COLUMNS, *_unpacked(source)),
    )


def _all_sheets(source: str) -> Way:
    """Each a CSV in a ZIP."""
    taken: dict[str, Any] = {"output_delimiter": _OUTPUT_DELIMITER}
    if source in ENCRYPTED:
        taken["password"] = options.password()
    counted = (limits.ROWS, limits.COLUMNS, *_unpacked(source))
    return Way(source, "zip", (Stage("encoding", 1.0),), Kind.MEASURED, taken, loss=1, seconds=4, limits=counted)


def _is_table(source: str, target: str) -> bool:
    """A pair for which there is no better way: data stay data, and a page is no table."""
    pair = {source, target}
    return len(pair) == 2 and not pair <= {"json", "yaml", "xml"} and pair != {"html", "md"}


ENGINE = Engine(
    id="tables",
    work="conversions.engines.tables.work",
    distributions=("duckdb", "python-calamine", "XlsxWriter", "PyYAML", "msoffcrypto-tool"),
    ways=(
        *(_way(source, target) for source in READS for target in WRITES if _is_table(source, target)),
        *map(_all_sheets, SHEETS),
    ),
)
