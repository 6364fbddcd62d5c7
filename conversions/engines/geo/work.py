"""Carries out what GDAL is for."""

from collections.abc import Mapping, Sequence
from typing import Any

from conversions.engines.engine import EngineFile, Report
from conversions.engines.geo.reading import read
from conversions.engines.geo.writing import write


def convert(sources: Sequence[EngineFile], target: EngineFile, options: Mapping[str, Any], report: Report) -> None:
    """Convert the one source."""
    (source,) = sources
    report(0.0, "reading")
    features = read(source)
    report(0.0, "encoding")
    write(features, target.path, target.format)
    report(1.0, "encoding")
