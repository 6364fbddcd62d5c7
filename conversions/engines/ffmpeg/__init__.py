"""Films and sound, by the program ffmpeg, which comes with a package: what it reads and writes here."""

from itertools import chain
from typing import Any

from conversions.catalog import formats
from conversions.catalog.formats import Format
from conversions.engines import options
from conversions.engines.engine import Engine, Kind, Stage, Way

FILMS = ("mp4", "webm", "mkv", "mov", "avi")
SOUNDS = ("mp3", "m4a", "ogg", "opus", "flac", "wav", "aiff")
BITRATES = {"mp3": 192, "m4a": 160, "ogg": 160, "opus": 128}
# For a film, or a piece of music, of a few minutes.
SECONDS = {"film": 60.0, "gif": 30.0, "sound": 5.0}


def _way(source: Format, target: Format) -> Way:
    taken: dict[str, Any] = {}
    if target.kind == formats.Kind.VIDEO:
        taken["quality"] = options.quality(65)
    if target.id in BITRATES:
        taken["audio_bitrate"] = options.bitrate(BITRATES[target.id])
    loses_pictures = source.kind != formats.Kind.AUDIO and target.kind == formats.Kind.AUDIO
    return Way(
        source=source.id,
        target=target.id,
        stages=(Stage("encoding", 1.0),) if target.id != "gif" else (Stage("reading", 0.4), Stage("encoding", 0.6)),
        progress=Kind.MEASURED if target.id != "gif" else Kind.PHASED,
        options=taken,
        loss=target.lossy + 5 * loses_pictures + 3 * (target.id == "gif"),
        seconds=SECONDS["gif" if target.id == "gif" else "film" if target.kind == formats.Kind.VIDEO else "sound"],
    )


def _ways(sources: tuple[str, ...], targets: tuple[str, ...]) -> list[Way]:
    return [
        _way(formats.by_id(source), formats.by_id(target))
        for source in sources
        for target in targets
        if source != target
    ]


ENGINE = Engine(
    id="ffmpeg",
    work="conversions.engines.ffmpeg.work",
    distributions=("imageio-ffmpeg",),
    ways=tuple(chain(_ways(FILMS, (*FILMS, *SOUNDS, "gif")), _ways(SOUNDS, SOUNDS), _ways(("gif",), FILMS))),
)
