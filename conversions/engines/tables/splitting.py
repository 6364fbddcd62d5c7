"""A workbook into a ZIP of one CSV a sheet."""

import csv
import io
import re
import zipfile
from collections.abc import Mapping
from typing import Any

from conversions.engines import zips
from conversions.engines.engine import EngineFile, Report
from conversions.engines.tables import columns, sheets
from conversions.engines.tables.delimited import character

_NOT_IN_NAMES = re.compile(r'[/\\:*?"<>|\x00-\x1f]')
_EVERY = 1_000  # rows between two reports


def each_sheet(source: EngineFile, target: EngineFile, options: Mapping[str, Any], report: Report) -> None:
    """All sheets, called by their place and name; text is UTF-8."""
    delimiter = character(options["output_delimiter"])
    report(0.0, "encoding")
    with sheets.opened(source, options) as workbook, zipfile.ZipFile(target.path, "w") as archive:
        names = sheets.names_of(workbook)
        for number, name in enumerate(names):
            sheet = workbook.get_sheet_by_name(name)
            columns.check_size(sheet.height, sheet.width)
            member = zips.member(f"{zips.numbered(number + 1, len(names))} {_NOT_IN_NAMES.sub('_', name)}.csv")
            with (
                archive.open(member, "w", force_zip64=True) as file,
                io.TextIOWrapper(file, encoding="utf-8", newline="") as text,
            ):
                writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
                for done, row in enumerate(sheets.texts(sheet)):
                    writer.writerow(row)
                    if not done % _EVERY:
                        report((number + done / sheet.height) / len(names), "encoding")
    report(1.0, "encoding")
