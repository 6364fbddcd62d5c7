"""Structured data: JSON, YAML and TOML, each value as what it is, and XML, whose values are all text."""

from conversions.engines import limits
from conversions.engines.engine import Engine, Kind, Stage, Way

FORMATS = ("json", "yaml", "toml", "xml")


def _way(source: str, target: str) -> Way:
    return Way(
        source,
        target,
        (Stage("reading", 0.5), Stage("encoding", 0.5)),
        Kind.PHASED,
        loss=1.0 * (target == "xml"),
        seconds=0.2,
        limits=(limits.ALIASES,) * (source == "yaml"),
        wall_seconds=120,
    )


ENGINE = Engine(
    id="data",
    work="conversions.engines.data.work",
    distributions=("PyYAML", "tomli-w", "xmltodict", "defusedxml"),
    ways=tuple(_way(source, target) for source in FORMATS for target in FORMATS if source != target),
)
