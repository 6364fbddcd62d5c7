"""Carries out what pysubs2 is for."""

from collections.abc import Mapping, Sequence
from typing import Any

import pysubs2

from conversions.engines.engine import EngineFile, Report
from conversions.engines.texts import decoded
from conversions.errors import DamagedFile


def convert(sources: Sequence[EngineFile], target: EngineFile, options: Mapping[str, Any], report: Report) -> None:
    """Convert the one source; the result is UTF-8."""
    (source,) = sources
    report(0.0, "encoding")
    try:
        found = pysubs2.SSAFile.from_string(decoded(source.path.read_bytes()), format_=source.format)
    except (pysubs2.Pysubs2Error, ValueError, IndexError, KeyError) as error:
        raise DamagedFile(reason=type(error).__name__) from error
    if not found.events:
        raise DamagedFile(reason="there is not one subtitle in it")
    target.path.write_text(found.to_string(target.format), encoding="utf-8")
    report(1.0, "encoding")
