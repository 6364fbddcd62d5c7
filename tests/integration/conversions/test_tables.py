"""Tables through the real engine, each pair in its real process, and read again by other programs than wrote them."""

import csv
import html
import io
import json
import re
import zipfile
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import duckdb
import pytest
import python_calamine
import xlsxwriter
import yaml
from msoffcrypto.format.ooxml import OOXMLFile

from conversions.engines.tables import ENGINE, SHEETS, sheets, work
from conversions.errors import (
    CannotHold,
    DamagedFile,
    EmptySheet,
    ExpandsTooMuch,
    NoSuchSheet,
    OutOfMemory,
    PasswordNeeded,
    PasswordWrong,
    TooManyColumns,
    TooManyRows,
)
from tests.integration.conversions.engine_work import Watch, apart, convert, crossed, pairs
from tests.integration.conversions.workbooks import workbook

NAMES = ["id", "name", "zip", "price"]
ROWS = [[1, "naïve, ☃", "007", 1.5], [2, 'a "b" | <c>', "012", 20.25]]
TEXT = [[str(value) for value in row] for row in ROWS]
CSV = 'id,name,zip,price\n1,"naïve, ☃",007,1.5\n2,"a ""b"" | <c>",012,20.25\n'
OBJECTS = [dict(zip(NAMES, row, strict=True)) for row in ROWS]
OLE = bytes.fromhex("d0cf11e0a1b11ae1")


def parquet(query: str, folder: Path) -> bytes:
    path = folder / "made.parquet"
    duckdb.sql(query).write_parquet(str(path))
    return path.read_bytes()


def sample(format: str, folder: Path) -> bytes:
    """The same table in each format."""
    if format in SHEETS:
        return workbook(format, [NAMES, *ROWS])
    if format == "parquet":
        (folder / "rows.ndjson").write_text("\n".join(map(json.dumps, OBJECTS)))
        return parquet(f"FROM read_json('{folder / 'rows.ndjson'}')", folder)
    cells = "".join(f"<tr>{''.join(f'<td>{html.escape(str(v))}' for v in row)}" for row in [NAMES, *ROWS])
    texts = {
        "csv": CSV,
        "tsv": "".join("\t".join(row) + "\n" for row in [NAMES, *TEXT]).replace('a "b" | <c>', '"a ""b"" | <c>"'),
        "json": json.dumps(OBJECTS),
        "ndjson": "".join(json.dumps(row) + "\n" for row in OBJECTS),
        "yaml": yaml.safe_dump(OBJECTS, allow_unicode=True, sort_keys=False),
        "html": f"<!doctype html><p>Before</p><table>{cells}</table><table><tr><td>small</table>",
    }
    return texts[format].encode()


def by_calamine(path: Path) -> list[list[Any]]:
    return list(python_calamine.CalamineWorkbook.from_path(path).get_sheet_by_index(0).iter_rows())


def by_xml(path: Path) -> list[list[Any]]:
    rows = ElementTree.parse(path).getroot()  # noqa: S314 (our own)
    return [[cell.tag for cell in rows[0]], *([cell.text for cell in row] for row in rows)]


def by_page(path: Path) -> list[list[Any]]:
    rows = re.findall(r"<tr>(.*)</tr>", path.read_text())
    return [[html.unescape(cell) for cell in re.findall(r"<t[hd]>(.*?)</t[hd]>", row)] for row in rows]


def by_markdown(path: Path) -> list[list[Any]]:
    lines = path.read_text().splitlines()
    assert set(lines.pop(1)) == set("| -")
    cells = (re.split(r" (?<!\\)\| ", line.removeprefix("| ").removesuffix(" |")) for line in lines)
    return [[re.sub(r"\\(.)", r"\1", html.unescape(cell)) for cell in row] for row in cells]


def by_zip(path: Path) -> list[list[Any]]:
    """The first sheet."""
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == ["1 Data.csv", "2 Other.csv"]
        assert archive.read("2 Other.csv") == b"word\n"
        return list(csv.reader(io.StringIO(archive.read("1 Data.csv").decode(), newline="")))


def of_objects(rows: Sequence[dict[str, Any]]) -> list[list[Any]]:
    return [list(rows[0]), *(list(row.values()) for row in rows)]


READERS: dict[str, Callable[[Path], list[list[Any]]]] = {
    "csv": lambda path: list(csv.reader(io.StringIO(path.read_text(), newline=""))),
    "tsv": lambda path: list(csv.reader(io.StringIO(path.read_text(), newline=""), delimiter="\t")),
    "json": lambda path: of_objects(json.loads(path.read_text())),
    "ndjson": lambda path: of_objects([json.loads(line) for line in path.read_text().splitlines()]),
    "yaml": lambda path: of_objects(yaml.safe_load(path.read_text())),
    "parquet": lambda path: [NAMES, *map(list, duckdb.read_parquet(str(path)).fetchall())],
    "xlsx": by_calamine,
    "xml": by_xml,
    "html": by_page,
    "md": by_markdown,
    "zip": by_zip,
}
AS_TEXT = {"csv", "tsv", "md", "html", "xml", "zip"}


@pytest.mark.parametrize("way", pairs(ENGINE.ways))
def test_each_pair_keeps_names_rows_and_kinds(tmp_path: Path, way: Any) -> None:
    watch = Watch()
    result = convert(tmp_path, sample(way.source, tmp_path), way.source, way.target, watch, apart)
    assert READERS[way.target](result) == [NAMES, *(TEXT if way.target in AS_TEXT else ROWS)]
    assert {stage for stage, _ in watch.seen} == {stage.id for stage in way.stages}


def typed(folder: Path, *values: str, **chosen: Any) -> list[Any]:
    """What a column with these values becomes in JSON."""
    result = convert(folder, "x\n" + "".join(f"{value}\n" for value in values), "csv", "json", **chosen)
    return [row["x"] for row in json.loads(result.read_text())]


@pytest.mark.parametrize(
    ("values", "become"),
    [
        (["1", "-2", "0"], [1, -2, 0]),
        (["1", "2.5", "1e-05"], [1, 2.5, 1e-05]),
        (["0.14285714285714285", "85714.28571428571"], [0.14285714285714285, 85714.28571428571]),
        (["1.50", "2.00"], [1.5, 2]),
        (["true", "FALSE"], [True, False]),
        (["007", "8"], ["007", "8"]),
        (["1.9", "1.10"], ["1.9", "1.10"]),
        (["12E4", "1"], ["12E4", "1"]),
        (["1234567890123456", "1"], ["1234567890123456", "1"]),
        (["0.1234567890123456789", "1"], ["0.1234567890123456789", "1"]),
        (["1,5", "2"], ["1,5", "2"]),
        (["2024-01-02", "2024-02-30"], ["2024-01-02", "2024-02-30"]),
        (["2024-01-02", "2024-01-03"], ["2024-01-02", "2024-01-03"]),
        (["+49 30 1", "5"], ["+49 30 1", "5"]),
    ],
)
def test_text_becomes_what_all_of_its_column_is(tmp_path: Path, values: list[str], become: list[Any]) -> None:
    quoted = [f'"{value}"' for value in values]
    assert typed(tmp_path, *quoted) == become


def test_text_stays_text_where_no_types_are_wanted(tmp_path: Path) -> None:
    assert typed(tmp_path, "1", "2.50", types=False) == ["1", "2.50"]


def test_a_column_that_turns_to_text_late_is_text(tmp_path: Path) -> None:
    values = typed(tmp_path, *map(str, range(300_000)), "n/a")
    assert (len(values), values[0], values[-1]) == (300_001, "0", "n/a")


def test_dates_are_dates_in_workbooks_and_columnar_files(tmp_path: Path) -> None:
    content = "day,at\n2024-01-02,2024-01-02T03:04:05\n"
    when = datetime(2024, 1, 2, 3, 4, 5)  # noqa: DTZ001
    assert by_calamine(convert(tmp_path, content, "csv", "xlsx"))[1] == [when.date(), when]
    assert duckdb.read_parquet(str(convert(tmp_path, content, "csv", "parquet"))).fetchall() == [(when.date(), when)]


def test_what_begins_like_a_formula_stays_text_in_a_workbook(tmp_path: Path) -> None:
    content = "a,b\n=1+1,@x\n{=2},http://example.com\n"
    result = convert(tmp_path, content, "csv", "xlsx")
    assert by_calamine(result)[1:] == [["=1+1", "@x"], ["{=2}", "http://example.com"]]
    with zipfile.ZipFile(result) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
        assert not any("hyperlink" in name for name in parts.namelist())
    assert "<f>" not in sheet


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_text_is_read_in_every_usual_encoding(tmp_path: Path, encoding: str) -> None:
    result = convert(tmp_path, "größe;naïve\n1;ü\n".encode(encoding), "csv", "json")
    assert json.loads(result.read_text()) == [{"größe": 1, "naïve": "ü"}]


@pytest.mark.parametrize(("encoding", "text"), [("windows-1251", "имя"), ("shift_jis", "名前"), ("utf-16", "größe")])
def test_an_encoding_can_be_said(tmp_path: Path, encoding: str, text: str) -> None:
    result = convert(tmp_path, f"{text}\nx\n".encode(encoding), "csv", "tsv", encoding=encoding)
    assert result.read_text() == f"{text}\nx\n"


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        ("a;b\n1,5;2\n", [["a", "b"], ["1,5", "2"]]),
        ("a|b\n1|2\n", [["a", "b"], ["1", "2"]]),
        ("a\tb\n1\t2\n", [["a", "b"], ["1", "2"]]),
        ("alone\nbob\n", [["alone"], ["bob"]]),
        ("# no comment,x\n1,2\n", [["# no comment", "x"], ["1", "2"]]),
        ("a,a\n1,2\n", [["a", "a"], ["1", "2"]]),
        ('a,b\n"of\ntwo",2\n', [["a", "b"], ["of\ntwo", "2"]]),
        ("a,b\n1\n1,2,3\n", [["a", "b", ""], ["1", "", ""], ["1", "2", "3"]]),
        ("a,b\r\n1,2\r\n", [["a", "b"], ["1", "2"]]),
    ],
)
def test_rows_are_read_as_they_are(tmp_path: Path, content: str, rows: list[list[str]]) -> None:
    assert READERS["tsv"](convert(tmp_path, content, "csv", "tsv")) == rows


def test_the_delimiters_can_be_said(tmp_path: Path) -> None:
    assert convert(tmp_path, "a;b,c\n", "csv", "tsv", delimiter=";").read_text() == "a\tb,c\n"
    assert convert(tmp_path, "a\tb\n", "tsv", "csv", output_delimiter=";").read_text() == "a;b\n"


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_a_table_without_names_keeps_its_first_row(tmp_path: Path, format: str) -> None:
    content = b"1,2\n3,4\n" if format == "csv" else workbook("xlsx", [[1, 2], [3, 4]])
    rows = json.loads(convert(tmp_path, content, format, "json", header=False).read_text())
    assert rows == [{"column 1": 1, "column 2": 2}, {"column 1": 3, "column 2": 4}]
    assert convert(tmp_path, content, format, "tsv", header=False).read_text() == "1\t2\n3\t4\n"


def test_names_that_are_there_twice_or_empty_are_told_apart(tmp_path: Path) -> None:
    rows = json.loads(convert(tmp_path, "a,A,,a\n1,2,3,4\n", "csv", "json").read_text())
    assert rows == [{"a": 1, "A 2": 2, "column 3": 3, "a 3": 4}]


@pytest.mark.parametrize(("format", "sheet"), crossed(SHEETS, ["2", "Other"]))
def test_a_sheet_is_found_by_number_and_name(tmp_path: Path, format: str, sheet: str) -> None:
    result = convert(tmp_path, workbook(format, [["a"], [1]]), format, "csv", sheet=sheet)
    assert result.read_text() == "word\n"


@pytest.mark.parametrize("sheet", ["3", "0", "Nowhere"])
def test_a_sheet_that_is_not_there_is_told_with_those_that_are(tmp_path: Path, sheet: str) -> None:
    with pytest.raises(NoSuchSheet) as caught:
        convert(tmp_path, workbook("xlsx", [["a"], [1]]), "xlsx", "csv", sheet=sheet)
    assert caught.value.params["sheets"] == "Data, Other"


def test_a_sheet_that_is_empty_is_told_with_the_others(tmp_path: Path) -> None:
    with pytest.raises(EmptySheet) as caught:
        convert(tmp_path, workbook("xlsx", []), "xlsx", "csv")
    assert caught.value.params == {"sheet": "1", "sheets": "Data, Other"}


def test_values_within_values_stay_json(tmp_path: Path) -> None:
    content = json.dumps([{"a": {"b": [1, 2]}, "when": "2024-01-01T10:00:00Z"}, {"late": 1}])
    (names, first, second) = READERS["csv"](convert(tmp_path, content, "json", "csv"))
    assert names == ["a", "when", "late"]
    assert (json.loads(first[0]), first[1:], second) == ({"b": [1, 2]}, ["2024-01-01T10:00:00Z", ""], ["", "", "1"])
    assert json.loads(convert(tmp_path, content, "json", "ndjson").read_text().splitlines()[0])["a"] == {"b": [1, 2]}


@pytest.mark.parametrize(
    ("format", "content"), [("json", "[1]"), ("json", '{"a": 1}'), ("json", "[]"), ("yaml", "a: 1")]
)
def test_what_is_no_table_is_told(tmp_path: Path, format: str, content: str) -> None:
    with pytest.raises(CannotHold):
        convert(tmp_path, content, format, "csv")


def test_a_page_without_a_table_is_told(tmp_path: Path) -> None:
    with pytest.raises(CannotHold):
        convert(tmp_path, "<html><p>words", "html", "csv")


@pytest.mark.parametrize(
    ("format", "content"),
    [
        ("json", b'[{"a": 1}, {'),
        ("json", b"[" * 100_000),
        ("ndjson", b'{"a": 1}\n{'),
        ("csv", b"a\0b,c\n"),
        ("parquet", b"PAR1" + bytes(100)),
        ("xlsx", b"PK\3\4" + bytes(100)),
        ("xls", OLE + bytes(3000)),
        ("ods", b"PK\3\4" + bytes(100)),
        ("xlsb", b"junk"),
    ],
)
def test_what_is_broken_is_damaged(tmp_path: Path, format: str, content: bytes) -> None:
    with pytest.raises(DamagedFile):
        convert(tmp_path, content, format, "tsv")


def test_an_encrypted_workbook_needs_its_password(tmp_path: Path) -> None:
    with pytest.raises(PasswordNeeded):
        convert(tmp_path, OLE + bytes(3000), "xlsx", "csv")


def test_two_cells_that_span_all_of_a_sheet_need_too_much(tmp_path: Path) -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, 1)
        sheet.write(1_048_575, 16_383, 1)
    with pytest.raises(OutOfMemory):
        convert(tmp_path, file.getvalue(), "xlsx", "csv", run=apart)


def test_a_workbook_that_unpacks_to_too_much_is_not_read(tmp_path: Path) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as parts:
        parts.writestr("xl/workbook.xml", b"")
        parts.infolist()[0].file_size = sheets.MAX_UNPACKED + 1  # what the archive says of it
    with pytest.raises(ExpandsTooMuch):
        convert(tmp_path, file.getvalue(), "xlsx", "csv")


def test_rows_that_pack_well_are_counted_before_they_are_read(tmp_path: Path) -> None:
    content = parquet("FROM range(20000001)", tmp_path)
    with pytest.raises(TooManyRows):
        convert(tmp_path, content, "parquet", "csv")


def test_a_workbook_holds_no_more_rows_columns_or_letters_than_excel_reads(tmp_path: Path) -> None:
    with pytest.raises(TooManyRows):
        convert(tmp_path, parquet("FROM range(1048576)", tmp_path), "parquet", "xlsx")
    with pytest.raises(TooManyColumns):
        convert(tmp_path, ",".join(["a"] * 16_385) + "\n" + ",".join(["1"] * 16_385), "csv", "tsv")
    with pytest.raises(CannotHold):
        convert(tmp_path, "a\n" + "x" * 40_000 + "\n", "csv", "xlsx")


def test_progress_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "input").write_text("a,b\n" + "".join(f"{i},naïve {i}\n" for i in range(400_000)))
    monkeypatch.chdir(tmp_path)
    seen: list[tuple[str, float]] = []
    chosen = {"delimiter": "auto", "encoding": "auto", "header": True, "types": True}
    work.convert(
        [work.EngineFile(tmp_path / "input", "csv")],
        work.EngineFile(tmp_path / "output", "parquet"),
        chosen,
        lambda fraction, stage: seen.append((stage, fraction)),
    )
    assert any(stage == "reading" and 0 < fraction < 1 for stage, fraction in seen)
    assert seen[-1] == ("encoding", 1.0)


def test_all_sheets_have_names_of_their_own_that_sort(tmp_path: Path) -> None:
    file, watch = io.BytesIO(), Watch()
    names = ["a<b>", "A|B", *(f"sheet {number}" for number in range(3, 11)), "empty"]
    with xlsxwriter.Workbook(file) as book:
        for number, name in enumerate(names, 1):
            sheet = book.add_worksheet(name)
            if name != "empty":
                sheet.write_row(0, 0, [f"sheet {number}", "x;y"])
        chart = book.add_chart({"type": "line"})
        chart.add_series({"values": "=empty!$A$1:$A$2"})
        book.add_chartsheet("chart").set_chart(chart)
    result = convert(tmp_path, file.getvalue(), "xlsx", "zip", watch, output_delimiter=";")
    with zipfile.ZipFile(result) as archive:
        found = archive.namelist()
        assert found == sorted(found)
        assert found[:3] == ["01 a_b_.csv", "02 A_B.csv", "03 sheet 3.csv"]
        assert found[10:] == ["11 empty.csv"]
        assert archive.read("10 sheet 10.csv") == b'sheet 10;"x;y"\n'
        assert archive.read("11 empty.csv") == b""
    told = [fraction for _, fraction in watch.seen]
    assert told == sorted(told)


@pytest.mark.parametrize(
    ("content", "error"), [(OLE + bytes(3000), PasswordNeeded), (b"PK\3\4" + bytes(9), DamagedFile)]
)
def test_a_workbook_that_cannot_be_opened_has_no_sheets(tmp_path: Path, content: bytes, error: Any) -> None:
    with pytest.raises(error):
        convert(tmp_path, content, "xlsx", "zip")


@pytest.mark.parametrize("to", ["csv", "zip"])
def test_an_encrypted_workbook_opens_by_its_password(tmp_path: Path, to: str) -> None:
    file = io.BytesIO()
    OOXMLFile(io.BytesIO(workbook("xlsx", [NAMES, *ROWS]))).encrypt("pässwörd", file)
    assert READERS[to](convert(tmp_path, file.getvalue(), "xlsx", to, password="pässwörd")) == [NAMES, *TEXT]
    with pytest.raises(PasswordWrong):
        convert(tmp_path, file.getvalue(), "xlsx", to, password="Pässwörd")
    with pytest.raises(PasswordNeeded):
        convert(tmp_path, file.getvalue(), "xlsx", to)


@pytest.mark.parametrize(
    ("content", "error"), [(None, None), (OLE + bytes(3000), PasswordNeeded), (b"PK\3\4", DamagedFile)]
)
def test_a_password_changes_nothing_of_other_workbooks(tmp_path: Path, content: bytes | None, error: Any) -> None:
    if content is None:
        result = convert(tmp_path, workbook("xlsx", [NAMES, *ROWS]), "xlsx", "csv", password="secret")
        assert READERS["csv"](result) == [NAMES, *TEXT]
    else:
        with pytest.raises(error):
            convert(tmp_path, content, "xlsx", "csv", password="secret")


KINDS = """SELECT TIME '12:00:01' AS "time", DATE '2020-01-02' AS "day", TIMESTAMPTZ '2020-01-02 10:00:00+00' AS "zone",
INTERVAL 3 DAY AS "span", 1.10::DECIMAL(30, 2) AS "exact", 12345678901234567890.12::DECIMAL(30, 2) AS "long",
'00000000-0000-4000-8000-000000000001'::UUID AS "id", 'ab'::BLOB AS "bytes", {'at': TIME '12:00:01', 'l': [1]} AS "in"
"""


def test_values_of_every_kind_are_told_in_yaml_and_json(tmp_path: Path) -> None:
    content = parquet(KINDS, tmp_path)
    text = convert(tmp_path, content, "parquet", "yaml").read_text()
    (found,) = yaml.safe_load(text)
    assert found.pop("zone").startswith("2020-01-02 10:00:00")
    assert found == {
        "time": "12:00:01",
        "day": "2020-01-02",
        "span": "3 days",
        "exact": 1.1,
        "long": 12345678901234567890.12,
        "id": "00000000-0000-4000-8000-000000000001",
        "bytes": "YWI=",
        "in": {"at": "12:00:01", "l": [1]},
    }
    assert "exact: 1.10\nlong: 12345678901234567890.12\n" in text.replace("  ", "")
    written = convert(tmp_path, content, "parquet", "json").read_text()
    assert {**json.loads(written)[0], "zone": ""} == {**found, "long": "12345678901234567890.12", "zone": ""}


def test_numbers_without_end_are_text_in_json(tmp_path: Path) -> None:
    rows = "FROM (VALUES ('NaN'::DOUBLE), ('-inf'::DOUBLE), (NULL), (1.5)) AS t(x)"
    text = convert(tmp_path, parquet(rows, tmp_path), "parquet", "json").read_text()
    assert [row["x"] for row in json.loads(text, parse_constant=pytest.fail)] == ["NaN", "-Infinity", None, 1.5]


def test_numbers_without_end_within_lists_are_told(tmp_path: Path) -> None:
    with pytest.raises(CannotHold):
        convert(tmp_path, parquet("SELECT ['NaN'::DOUBLE, 1] AS x", tmp_path), "parquet", "json")
    harmless = parquet("SELECT [1.5] AS x, {'a': 'so ,NaN, so'} AS y", tmp_path)
    assert json.loads(convert(tmp_path, harmless, "parquet", "json").read_text())[0]["x"] == [1.5]


@pytest.mark.parametrize("number", [1234567890123456, 9007199254740991])
def test_long_integers_keep_all_their_digits(tmp_path: Path, number: int) -> None:
    content = workbook("xlsx", [["id"], [number], [1]])
    assert convert(tmp_path, content, "xlsx", "csv").read_text() == f"id\n{number}\n1\n"
    assert f'"id":{number}}}' in convert(tmp_path, content, "xlsx", "json").read_text()
    again = convert(tmp_path, f'[{{"id": {number}}}]', "json", "xlsx")
    assert by_calamine(again) == [["id"], [str(number)]]


def test_exact_numbers_are_numbers_in_a_workbook(tmp_path: Path) -> None:
    content = parquet("SELECT 1.10::DECIMAL(30, 2) AS a, 12345678901234567890.12::DECIMAL(30, 2) AS b", tmp_path)
    assert by_calamine(convert(tmp_path, content, "parquet", "xlsx"))[1] == [1.1, "12345678901234567890.12"]


@pytest.mark.parametrize(
    ("rows", "become"),
    [
        (
            "<tr><th colspan=2>ab<th>c<tr><td rowspan=2>1<td>2<td>3<tr><td>4<td>5",
            [["ab", "ab", "c"], ["1", "2", "3"], ["1", "4", "5"]],
        ),
        ("<tr><td>a<td rowspan=0>b<td>c<tr><td>d<td>e<tr>", [["a", "b", "c"], ["d", "b", "e"], ["", "b", ""]]),
        ("<tr><td rowspan=2 colspan=2>a<td>b<tr><td>c<tr><td>d", [["a", "a", "b"], ["a", "a", "c"], ["d", "", ""]]),
        ("<tr><td colspan=0>a<td colspan=x>b", [["a", "b"]]),
    ],
)
def test_a_cell_of_a_page_is_at_all_places_that_it_covers(tmp_path: Path, rows: str, become: list[list[str]]) -> None:
    assert READERS["tsv"](convert(tmp_path, f"<table>{rows}</table>", "html", "tsv")) == become


def test_a_cell_of_a_page_covers_no_more_columns_than_a_table_has(tmp_path: Path) -> None:
    with pytest.raises(TooManyColumns):
        convert(tmp_path, f"<table><tr>{'<td colspan=1000>a' * 3}</table>", "html", "csv")


def test_each_document_of_yaml_may_be_a_row(tmp_path: Path) -> None:
    assert convert(tmp_path, "a: 1\n---\na: 2\n", "yaml", "csv").read_text() == "a\n1\n2\n"


@pytest.mark.parametrize("to", ["csv", "ndjson", "xlsx", "parquet"])
def test_integers_of_json_keep_all_their_digits(tmp_path: Path, to: str) -> None:
    long = ["123456789012345678901234567890", "12345678901234567890"]
    content = f'[{{"a": {long[0]}, "b": {long[1]}, " c ": 1234567890123456, "d": "x"}}, {{"a": 2, "b": 3, " c ": 1.5}}]'
    result = convert(tmp_path, content, "json", to)
    if to == "ndjson":
        assert f'"a":{long[0]},"b":{long[1]},"c":1234567890123456' in result.read_text()
    elif to == "parquet":
        assert duckdb.read_parquet(str(result)).fetchall()[0] == (*long, 1234567890123456, "x")
    else:
        assert READERS[to](result)[1] == [*long, "1234567890123456", "x"]
