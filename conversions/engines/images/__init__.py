"""Pictures, by libvips: what it reads and writes here."""

from typing import Any

from conversions.catalog import formats
from conversions.engines import limits, options
from conversions.engines.engine import Engine, Kind, Stage, Way

READS = ("jpeg", "png", "webp", "avif", "gif", "tiff")
# The share of reading, measured with photographs of 24 megapixels on two cores; the rest is encoding.
WRITES = {"jpeg": 0.7, "png": 0.15, "webp": 0.1, "avif": 0.05, "gif": 0.05, "tiff": 0.15}
MEASURED = frozenset({"jpeg", "png", "webp", "tiff"})
QUALITY = {"jpeg": 85, "webp": 80, "avif": 60}
METADATA = frozenset(WRITES) - {"gif"}


def _way(source: formats.Format, target: formats.Format) -> Way:
    taken: dict[str, Any] = options.size()
    if target.lossy:
        taken["quality"] = options.quality(QUALITY[target.id])
    if target.id in METADATA:
        taken |= options.metadata()
    if loses_alpha := source.alpha and not target.alpha:
        taken["background"] = options.background()
    loses_frames = source.animated and not target.animated
    return Way(
        source=source.id,
        target=target.id,
        stages=(Stage("reading", WRITES[target.id]), Stage("encoding", 1 - WRITES[target.id])),
        progress=Kind.MEASURED if target.id in MEASURED else Kind.PHASED,
        options=taken,
        loss=target.lossy + 2 * loses_alpha + 2 * loses_frames + 2 * (target.id == "gif"),
        limits=(limits.PIXELS, limits.FRAMES),
    )


ENGINE = Engine(
    id="images",
    work="conversions.engines.images.work",
    distributions=("pyvips", "pyvips-binary", "pillow"),
    ways=tuple(
        _way(formats.by_id(source), formats.by_id(target))
        for source in READS
        for target in WRITES
        if (source, target) != ("tiff", "tiff")  # whose other pages would be lost
    ),
)
