"""Fonts, by fontTools: the same outlines in another wrapping."""

from conversions.engines.engine import Engine, Kind, Stage, Way

FORMATS = ("ttf", "otf", "woff", "woff2")
SECONDS = {"woff2": 2.0}


def _ways() -> list[Way]:
    """But from TrueType to OpenType and back, whose outlines are of two kinds."""
    stages = (Stage("reading", 0.3), Stage("encoding", 0.7))
    return [
        Way(source, target, stages, Kind.PHASED, seconds=SECONDS.get(target, 1.0), wall_seconds=300)
        for source in FORMATS
        for target in FORMATS
        if source != target and {source, target} != {"ttf", "otf"}
    ]


ENGINE = Engine(
    id="fonts", work="conversions.engines.fonts.work", distributions=("fonttools", "brotli"), ways=tuple(_ways())
)
