"""Workbooks of each kind for tests, all with the same sheet of names and rows before an empty one."""

import struct
import zipfile
from collections.abc import Sequence
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

import xlsxwriter
import xlwt

Rows = Sequence[Sequence[Any]]
_ODS = "urn:oasis:names:tc:opendocument:xmlns"


def workbook(format: str, rows: Rows) -> bytes:
    """A workbook whose first sheet is called Data, and whose second, Other, holds one word."""
    file = BytesIO()
    {"xlsx": _xlsx, "xls": _xls, "xlsb": _xlsb, "ods": _ods}[format](file, {"Data": rows, "Other": [["word"]]})
    return file.getvalue()


def _xlsx(file: BytesIO, sheets: dict[str, Rows]) -> None:
    with xlsxwriter.Workbook(file) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)


def _xls(file: BytesIO, sheets: dict[str, Rows]) -> None:
    book = xlwt.Workbook()
    for name, rows in sheets.items():
        sheet = book.add_sheet(name)
        for number, row in enumerate(rows):
            for place, value in enumerate(row):
                sheet.write(number, place, value)
    book.save(file)


def _ods(file: BytesIO, sheets: dict[str, Rows]) -> None:
    tables = "".join(
        f'<table:table table:name="{name}">{"".join(map(_ods_row, rows))}</table:table>'
        for name, rows in sheets.items()
    )
    names = " ".join(f'xmlns:{name}="{_ODS}:{name}:1.0"' for name in ("office", "table", "text"))
    body = f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body>"
    with zipfile.ZipFile(file, "w") as parts:
        parts.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        parts.writestr("content.xml", f"<office:document-content {names}>{body}</office:document-content>")
        parts.writestr("META-INF/manifest.xml", "<manifest/>")


def _ods_row(row: Sequence[Any]) -> str:
    cells = (
        f'<table:table-cell office:value-type="float" office:value="{value}"/>'
        if isinstance(value, int | float)
        else f'<table:table-cell office:value-type="string"><text:p>{escape(value)}</text:p></table:table-cell>'
        for value in row
    )
    return f"<table:table-row>{''.join(cells)}</table:table-row>"


def _xlsb(file: BytesIO, sheets: dict[str, Rows]) -> None:
    """By [MS-XLSB]: records of a type, a size and a content."""
    relations = "".join(
        f'<Relationship Id="r{i}" Type="x/worksheet" Target="worksheets/sheet{i}.bin"/>' for i, _ in enumerate(sheets)
    )
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("[Content_Types].xml", '<Types><Default Extension="bin" ContentType="sheet.binary"/></Types>')
        parts.writestr("xl/_rels/workbook.bin.rels", f"<Relationships>{relations}</Relationships>")
        bundles = (
            _record(156, struct.pack("<II", 0, i) + _wide(f"r{i}") + _wide(name)) for i, name in enumerate(sheets)
        )
        parts.writestr("xl/workbook.bin", b"".join([_record(143), *bundles, _record(144), _record(157), _record(132)]))
        for i, rows in enumerate(sheets.values()):
            parts.writestr(f"xl/worksheets/sheet{i}.bin", _xlsb_sheet(rows))


def _xlsb_sheet(rows: Rows) -> bytes:
    width = max(map(len, rows))
    records = [_record(129), _record(148, struct.pack("<IIII", 0, len(rows) - 1, 0, width - 1)), _record(145)]
    for number, row in enumerate(rows):
        records.append(_record(0, struct.pack("<I", number) + bytes(13)))
        for place, value in enumerate(row):
            at = struct.pack("<II", place, 0)
            number_or_text = isinstance(value, int | float)
            content = struct.pack("<d", value) if number_or_text else _wide(value)
            records.append(_record(5 if number_or_text else 6, at + content))
    return b"".join([*records, _record(146), _record(130)])


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def _record(type: int, content: bytes = b"") -> bytes:
    head = bytes([type]) if type < 0x80 else bytes([type & 0x7F | 0x80, type >> 7])
    size, left = bytearray(), len(content)
    while left >= 0x80:
        size.append(left & 0x7F | 0x80)
        left >>= 7
    size.append(left)
    return head + size + content
