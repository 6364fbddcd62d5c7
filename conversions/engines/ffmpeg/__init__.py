"""Films and sound, by the program ffmpeg, which comes with a package: what it reads and writes here."""

from itertools import chain
from typing import Any

from conversions.catalog import formats
from conversions.catalog.formats import Format
from conversions.engines import limits, options
from conversions.engines.engine import Engine, Kind, Stage, Way
from conversions.engines.limits import Limit

FILMS = ("mp4", "webm", "mkv", "mov", "avi", "wmv", "flv", "mpeg", "ts", "3gp", "ogv")
SOUNDS = ("mp3", "m4a", "ogg", "opus", "flac", "wav", "aiff", "aac", "ac3", "mp2", "wma", "amr")
SHORT = ("gif", "webp")  # films without sound, as pictures that move
FRAMES = ("png", "jpeg")
WITH_SUBTITLES, SUBTITLES = ("mkv", "mp4", "mov", "webm"), ("srt", "vtt", "ass")
SERIES = "zip"  # of pictures, one every so many seconds
FROM_GIF = ("mp4", "webm", "mkv", "mov", "avi")
BITRATES = {"mp3": 192, "m4a": 160, "ogg": 160, "opus": 128, "aac": 160, "ac3": 192, "mp2": 192, "wma": 160}
CODECS = {
    "mp4": ("h264", "h265", "av1"),
    "mov": ("h264", "h265"),
    "mkv": ("h264", "h265", "av1", "vp9"),
    "webm": ("vp9", "av1"),
}
# For a film, or a piece of music, of a few minutes.
SECONDS = {formats.Kind.VIDEO: 60.0, formats.Kind.AUDIO: 5.0, formats.Kind.SUBTITLES: 1.0, formats.Kind.IMAGE: 30.0}
KEEP = "keep"
_WALL_SECONDS = {formats.Kind.VIDEO: 7_200.0, formats.Kind.AUDIO: 1_800.0}
_FILM_BYTES = 3 * 1024**3  # encoders of large films keep many pictures

_START = {"type": "number", "title": "Begin at (seconds)", "minimum": 0, "maximum": 360_000, "default": 0}
_LENGTH = {**_START, "title": "Length (seconds; 0: to the end)"}
_TIME = {**_START, "title": "Time of the picture (seconds)"}
_TRACK = {"type": "integer", "title": "Which of the subtitles", "minimum": 1, "maximum": 50, "default": 1}
_FRAME_RATE = {
    "type": "number",
    "title": "Frames a second (0: as it is)",
    "minimum": 0,
    "maximum": 120,
    "default": 0,
}
_SHORT_RATE = {"type": "number", "title": "Frames a second", "minimum": 1, "maximum": 30, "default": 12}
_WIDTH = {"type": "integer", "title": "Width at most", "minimum": 16, "maximum": 1920, "default": 480}
_SAMPLE_RATE = {
    "title": "Samples a second",
    "enum": [KEEP, "16000", "22050", "44100", "48000"],
    "default": KEEP,
}
_EVERY = {
    "type": "number",
    "title": "Seconds from one picture to the next",
    "minimum": 0.02,
    "maximum": 3_600,
    "default": 1,
}
_PICTURE = {"title": "What each picture becomes", "enum": list(FRAMES), "default": FRAMES[0]}
_RESAMPLED = frozenset({"mp3", "m4a", "ogg", "flac", "wav", "aiff", "aac"})
_FIXED_RATES = frozenset({"mpeg"})


def _options(target: Format) -> dict[str, Any]:
    if target.kind == formats.Kind.SUBTITLES:
        return {"track": _TRACK}
    if target.id in FRAMES:
        return {"time": _TIME, **({"quality": options.quality(85)} if target.lossy else {})}
    taken: dict[str, Any] = {"start": _START, "duration": _LENGTH}
    if target.id in SHORT:
        taken |= {"frame_rate": _SHORT_RATE, "width": _WIDTH}
    elif target.kind == formats.Kind.VIDEO and target.id not in _FIXED_RATES:
        taken["frame_rate"] = _FRAME_RATE
    if target.id in CODECS:
        taken["codec"] = {"title": "Codec", "enum": list(CODECS[target.id]), "default": CODECS[target.id][0]}
    if target.kind != formats.Kind.AUDIO and target.lossy:
        taken["quality"] = options.quality(65)
    if target.id in BITRATES:
        taken["audio_bitrate"] = options.bitrate(BITRATES[target.id])
    if target.id in _RESAMPLED:
        taken["sample_rate"] = _SAMPLE_RATE
    return taken


def _loss(source: Format, target: Format) -> float:
    """Sound or subtitles of a film leave most of it behind, and so does one picture; those that move, its sound."""
    if target.id in FRAMES or (source.kind != target.kind and target.id not in SHORT and source.id != "gif"):
        return 5.0 + target.lossy
    return target.lossy + 3.0 * (target.id in SHORT)


def longest(target: Format) -> Limit | None:
    """How long what becomes such a file may be; None: it does not matter."""
    if target.id in FRAMES or target.kind == formats.Kind.SUBTITLES:
        return None
    if target.id in SHORT:
        return limits.SHORT
    return limits.SOUND if target.kind == formats.Kind.AUDIO else limits.FILM


def _way(source: Format, target: Format) -> Way:
    two_passes = target.id == "gif"
    whole = target.kind in (formats.Kind.VIDEO, formats.Kind.AUDIO) or target.id == "webp"
    length, pictures = longest(target), target.kind in (formats.Kind.VIDEO, formats.Kind.IMAGE)
    return Way(
        source=source.id,
        target=target.id,
        stages=(Stage("reading", 0.4), Stage("encoding", 0.6)) if two_passes else (Stage("encoding", 1.0),),
        progress=Kind.MEASURED if whole else Kind.PHASED,
        options=_options(target),
        loss=_loss(source, target),
        seconds=1.0 if target.id in FRAMES else SECONDS[target.kind],
        limits=((length,) if length else ()) + (limits.PIXELS,) * pictures,
        wall_seconds=_WALL_SECONDS.get(target.kind, Way.wall_seconds),
        memory_bytes=_FILM_BYTES if target.kind == formats.Kind.VIDEO else Way.memory_bytes,
    )


def _series(source: str) -> Way:
    return Way(
        source=source,
        target=SERIES,
        stages=(Stage("reading", 0.8), Stage("encoding", 0.2)),
        progress=Kind.MEASURED,
        options={"picture": _PICTURE, "every": _EVERY, "start": _START, "duration": _LENGTH},
        loss=5.0,
        seconds=30.0,
        limits=(limits.FILM_PICTURES, limits.PIXELS),
        wall_seconds=_WALL_SECONDS[formats.Kind.VIDEO],
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
    ways=tuple(
        chain(
            _ways(FILMS, (*FILMS, *SOUNDS, *SHORT, *FRAMES)),
            map(_series, FILMS),
            _ways(SOUNDS, SOUNDS),
            _ways(("gif",), FROM_GIF),
            _ways(WITH_SUBTITLES, SUBTITLES),
        )
    ),
)
