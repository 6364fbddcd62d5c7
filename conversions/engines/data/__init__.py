"""Structured data: JSON, YAML and TOML, each value as what it is."""

from conversions.engines.engine import Engine, Kind, Stage, Way

FORMATS = ("json", "yaml", "toml")

ENGINE = Engine(
    id="data",
    work="conversions.engines.data.work",
    distributions=("PyYAML", "tomli-w"),
    ways=tuple(
        Way(source, target, (Stage("reading", 0.5), Stage("encoding", 0.5)), Kind.PHASED, seconds=0.2)
        for source in FORMATS
        for target in FORMATS
        if source != target
    ),
)
