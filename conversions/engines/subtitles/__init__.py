"""Subtitles, by pysubs2: times and words in every format, styles where both have them."""

from conversions.engines.engine import Engine, Kind, Stage, Way

FORMATS = ("srt", "vtt", "ass", "ssa")
STYLED = frozenset({"ass", "ssa"})


def _way(source: str, target: str) -> Way:
    loss = 2.0 if source in STYLED and target not in STYLED else 0.0
    return Way(source, target, (Stage("encoding", 1.0),), Kind.PHASED, loss=loss, seconds=0.2)


ENGINE = Engine(
    id="subtitles",
    work="conversions.engines.subtitles.work",
    distributions=("pysubs2",),
    ways=tuple(_way(source, target) for source in FORMATS for target in FORMATS if source != target),
)
