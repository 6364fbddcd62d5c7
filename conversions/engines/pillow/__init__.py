"""Pictures that libvips does not know, by Pillow: into PNG, from which all others are made, and out of it."""

from typing import Any

from conversions.catalog import formats
from conversions.engines import limits, options
from conversions.engines.engine import Engine, Kind, Stage, Way

READS = ("heic", "bmp", "ico", "icns", "psd", "tga", "jp2", "ppm")
# The share of reading and the seconds of a photograph of 12 megapixels on two cores.
WRITES = {
    "heic": (0.1, 5.0),
    "bmp": (0.8, 0.6),
    "ico": (0.8, 0.7),
    "icns": (0.5, 1.0),
    "tga": (0.8, 0.6),
    "jp2": (0.2, 3.0),
    "ppm": (0.8, 0.6),
}
QUALITY = {"heic": 75, "jp2": 60}
ICONS = frozenset({"ico", "icns"})
KEEP_METADATA = frozenset({"png", "heic", "jp2"})
STAGES = (Stage("reading", 0.2), Stage("encoding", 0.8))


def _into_png(source: str) -> Way:
    return Way(source, "png", STAGES, options=_about("png"), seconds=2.0, limits=(limits.PIXELS,))


def _about(target: str) -> dict[str, Any]:
    size = {} if target in ICONS else options.size()
    return size | (options.metadata() if target in KEEP_METADATA else {})


def _out_of_png(target: formats.Format) -> Way:
    reading, seconds = WRITES[target.id]
    taken = _about(target.id)
    if target.lossy:
        taken["quality"] = options.quality(QUALITY[target.id])
    if not target.alpha:
        taken["background"] = options.background()
    return Way(
        source="png",
        target=target.id,
        stages=(Stage("reading", reading), Stage("encoding", 1 - reading)),
        progress=Kind.PHASED,
        options=taken,
        loss=target.lossy + 2 * (not target.alpha) + 5 * (target.id in ICONS),
        seconds=seconds,
        limits=(limits.PIXELS,),
    )


ENGINE = Engine(
    id="pillow",
    work="conversions.engines.pillow.work",
    distributions=("pillow", "pillow-heif"),
    ways=(*map(_into_png, READS), *(_out_of_png(formats.by_id(target)) for target in WRITES)),
)
