"""Archives into each other, and single compressed files. Names, dates and the right to execute stay; links too, where
they lead to another member. What could do harm when it is unpacked is refused."""

from typing import Any

from conversions.engines import limits, options
from conversions.engines.engine import Engine, Kind, Stage, Way

COMPRESSIONS = ("gz", "bz2", "xz", "zst")
FORMATS = ("zip", "7z", "tar", *(f"tar.{by}" for by in COMPRESSIONS))
ENCRYPTED = ("zip", "7z")
# The seconds that 50 MB take; what is first unpacked as a whole; what keeps no owners.
_SECONDS = {"7z": 20.0, "xz": 20.0, "tar.xz": 20.0, "bz2": 8.0, "tar.bz2": 8.0, "zip": 3.0, "gz": 3.0, "tar.gz": 3.0}
_AT_ONCE = frozenset({"zip", "tar", *COMPRESSIONS})
_OWNERLESS = frozenset({"zip", "7z"})


def _way(source: str, target: str) -> Way:
    taken: dict[str, Any] = {"compression": options.compression()} if target != "tar" else {}
    if source in ENCRYPTED:
        taken["password"] = options.password()
    return Way(
        source=source,
        target=target,
        stages=(Stage("encoding", 1.0),) if source in _AT_ONCE else (Stage("reading", 0.3), Stage("encoding", 0.7)),
        progress=Kind.MEASURED,
        options=taken,
        loss=0.5 * (target in _OWNERLESS and source not in _OWNERLESS),
        seconds=_SECONDS.get(target, 1.0),
        limits=(*((limits.MEMBERS,) if source in FORMATS else ()), limits.UNPACKED, limits.RATIO),
    )


ENGINE = Engine(
    id="archives",
    work="conversions.engines.archives.work",
    distributions=("py7zr",),
    ways=tuple(
        _way(source, target)
        for group in (FORMATS, COMPRESSIONS)
        for source in group
        for target in group
        if source != target
    ),
)
