"""Subtitles, by pysubs2: times and words in every format, styles where both have them."""

from typing import Any

from conversions.engines import limits, options
from conversions.engines.engine import Engine, Kind, Stage, Way

WRITES = ("srt", "vtt", "ass", "ssa", "sub", "mpl2", "ttml")
READS = (*WRITES, "sami")
STYLED = frozenset({"ass", "ssa"})
COARSE = frozenset({"sub", "mpl2"})
"""What counts in frames, or in tenths of a second."""

_RATE = {"type": "number", "minimum": 1, "maximum": 120, "default": 25}
_RATE_OF_SOURCE = {**_RATE, "title": "Frames a second, if the file does not say it"}
_RATE_OF_TARGET = {**_RATE, "title": "Frames a second of the film"}


def _options(source: str, target: str) -> dict[str, Any]:
    taken: dict[str, Any] = {"encoding": options.encoding()} if source != "ttml" else {}  # which is XML, and says it
    if "sub" in (source, target):
        taken["frame_rate"] = _RATE_OF_SOURCE if source == "sub" else _RATE_OF_TARGET
    return taken


def _way(source: str, target: str) -> Way:
    return Way(
        source=source,
        target=target,
        stages=(Stage("encoding", 1.0),),
        progress=Kind.PHASED,
        options=_options(source, target),
        loss=2.0 * (source in STYLED and target not in STYLED) + 1.0 * (target in COARSE),
        seconds=0.2,
        limits=(limits.CUES,),
        wall_seconds=120,
    )


ENGINE = Engine(
    id="subtitles",
    work="conversions.engines.subtitles.work",
    distributions=("pysubs2", "defusedxml"),
    ways=tuple(_way(source, target) for source in READS for target in WRITES if source != target),
)
