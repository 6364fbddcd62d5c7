"""Carries out what the archives engine is for: takes each member out and packs it anew."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from conversions.catalog import formats
from conversions.catalog.insides import is_tar
from conversions.engines.archives import COMPRESSIONS
from conversions.engines.archives.compression import BLOCK, compressing, damage_told, uncompressing
from conversions.engines.archives.members import Member, allowed
from conversions.engines.archives.reading import members
from conversions.engines.archives.writing import writing
from conversions.engines.engine import EngineFile, Report
from conversions.errors import CannotHold, ExpandsTooMuch

ENCODING = "encoding"
_TAR = "it is a tar, which only shows when it is called so (.tar.bz2)"


def convert(sources: Sequence[EngineFile], target: EngineFile, options: Mapping[str, Any], report: Report) -> None:
    """Convert the one source. Archives in it stay as they are."""
    (source,) = sources
    level = options.get("compression", 6)
    with damage_told():
        if source.format in COMPRESSIONS:
            _recompress(source, target, level, report)
        else:
            with tempfile.TemporaryDirectory(dir=Path.cwd()) as scratch:
                found = members(source, options.get("password", ""), Path(scratch), report)
                _repack(found, target, level, Path(scratch), report)
    report(1.0, ENCODING)


def _repack(found: Sequence[Member], target: EngineFile, level: int, scratch: Path, report: Report) -> None:
    total, done = max(1, sum(member.size for member in found)), 0

    def advance(size: int) -> None:
        nonlocal done
        done += size
        report(done / total, ENCODING)

    report(0.0, ENCODING)
    with writing(target.path, target.format, level, scratch) as add:
        for member in found:
            add(member, advance)


def _recompress(source: EngineFile, target: EngineFile, level: int, report: Report) -> None:
    limit, size = allowed(source.path.stat().st_size), 0
    report(0.0, ENCODING)
    with (
        uncompressing(source.path, source.format) as (inside, fraction),
        compressing(target.path, target.format, level) as file,
    ):
        while block := inside.read(BLOCK):
            if not size and is_tar(block):
                raise CannotHold(to=formats.by_id(target.format).name, what=_TAR)
            size += len(block)
            if size > limit:
                raise ExpandsTooMuch(size=size, limit=limit)
            file.write(block)
            report(fraction(), ENCODING)
