"""Packs files as they are."""

import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

from conversions.engines import zips
from conversions.engines.engine import EngineFile, Report
from conversions.names import distinct

_BLOCK = 1024 * 1024


def convert(sources: Sequence[EngineFile], target: EngineFile, options: Mapping[str, Any], report: Report) -> None:
    """Pack the sources in their order, each under its name; those that come again get a number."""
    total, done = max(1, sum(source.path.stat().st_size for source in sources)), 0
    report(0.0, "encoding")
    with zipfile.ZipFile(target.path, "w") as archive:
        for source, name in zip(sources, distinct(source.name for source in sources), strict=True):
            info = zips.member(name, options["compression"])
            info.file_size = source.path.stat().st_size
            with source.path.open("rb") as file, archive.open(info, "w") as packed:
                while block := file.read(_BLOCK):
                    packed.write(block)
                    done += len(block)
                    report(done / total, "encoding")
