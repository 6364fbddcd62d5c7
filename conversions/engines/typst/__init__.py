"""Documents into PDF and pictures of their pages: set by Typst, which gets them from pandoc."""

from typing import Any

from conversions.engines import limits, options
from conversions.engines.documents import READS, counted
from conversions.engines.engine import Engine, Kind, Stage, Way

_PAPER = {"type": "string", "title": "Paper", "enum": ["a4", "us-letter"], "default": "a4"}
QUICK_SECONDS = 120.0  # what Typst is given as it is may hold a program without end
_TAKEN = {"png": {"page": options.page(), "dpi": options.dpi()}, "tiff": {"dpi": options.dpi()}}


def _way(source: str, target: str) -> Way:
    taken: dict[str, Any] = dict(_TAKEN.get(target, {}))
    if source != "typst":
        taken["paper"] = _PAPER
    stages = (Stage("reading", 0.5), Stage("encoding", 0.5))
    drawn = {"png": (limits.PIXELS,), "tiff": (limits.PIXELS, limits.DRAWN_PAGES)}.get(target, ())
    return Way(
        source,
        target,
        stages,
        Kind.PHASED,
        taken,
        loss=1 + 2 * (target != "pdf"),
        seconds=2,
        limits=(*(() if source == "typst" else counted(source)), *drawn),
        wall_seconds=QUICK_SECONDS if source == "typst" else Way.wall_seconds,
    )


ENGINE = Engine(
    id="typst",
    work="conversions.engines.typst.work",
    distributions=("typst", "pypandoc-binary", "pypdfium2", "pillow", "fontpkg-noto-sans"),
    ways=(
        *(_way(source, target) for source in READS for target in ("pdf", "png", "tiff")),
        Way("svg", "pdf", (Stage("encoding", 1.0),), Kind.ESTIMATED, wall_seconds=QUICK_SECONDS),
    ),
)
