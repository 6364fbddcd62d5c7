"""The arguments that have ffmpeg do what is wanted."""

from collections.abc import Mapping, Sequence
from typing import Any

from conversions.catalog import formats
from conversions.engines import limits
from conversions.engines.engine import EngineFile
from conversions.engines.ffmpeg import CODECS, KEEP

_DEMUXERS = {
    **dict.fromkeys(("mp4", "mov", "m4a", "3gp"), "mov"),
    **dict.fromkeys(("mkv", "webm"), "matroska"),
    **dict.fromkeys(("ogg", "opus", "ogv"), "ogg"),
    **dict.fromkeys(("wmv", "wma"), "asf"),
    "ts": "mpegts",
    "mp2": "mp3",
}
_MUXERS = {
    **dict.fromkeys(("wmv", "wma"), "asf"),
    **dict.fromkeys(("png", "jpeg"), "image2"),
    "mkv": "matroska",
    "m4a": "ipod",
    "mpeg": "vob",
    "ts": "mpegts",
    "ogv": "ogg",
    "aac": "adts",
    "vtt": "webvtt",
}
_AAC, _FAST_START = ["-c:a", "aac", "-b:a", "160k"], ["-movflags", "+faststart"]
# The most that Opus takes for one channel; at which sample rates MP2 takes every bit rate.
_MOST_OPUS = 256
_NOT_SLOW = ["-af", "aformat=sample_rates=32000|44100|48000"]
# In its bare form, and that of broadcasts, AAC names no others: what has more loudspeakers is mixed.
_AS_ADTS = ["-af", "aformat=channel_layouts=mono|stereo|3.0|4.0|5.0|5.1"]
# Its encoder does not say what it takes.
_AS_WMA = ["-af", "aformat=sample_rates=8000|11025|16000|22050|32000|44100|48000:channel_layouts=mono|stereo"]
_SOUND_OF_FILM = {
    **{id: [*_AAC, *_FAST_START] for id in ("mp4", "mov", "3gp")},
    **dict.fromkeys(("mkv", "flv"), _AAC),
    "ts": [*_AAC, *_AS_ADTS],
    "webm": ["-c:a", "libopus", "-b:a", "128k"],
    "avi": ["-c:a", "libmp3lame", "-b:a", "160k"],
    "wmv": ["-c:a", "wmav2", "-b:a", "160k", *_AS_WMA],
    "mpeg": ["-c:a", "mp2", "-b:a", "192k", *_NOT_SLOW],
    "ogv": ["-c:a", "libvorbis", "-q:a", "5"],
}
_SOUND = {
    "mp3": ["-c:a", "libmp3lame"],
    "m4a": ["-c:a", "aac", *_FAST_START],
    "ogg": ["-c:a", "libvorbis"],
    "opus": ["-c:a", "libopus"],
    "flac": ["-c:a", "flac"],
    "wav": ["-c:a", "pcm_s16le"],
    "aiff": ["-c:a", "pcm_s16be", "-write_id3v2", "1"],
    "aac": ["-c:a", "aac", *_AS_ADTS],
    "ac3": ["-c:a", "ac3"],
    "mp2": ["-c:a", "mp2", *_NOT_SLOW],
    "wma": ["-c:a", "wmav2", *_AS_WMA],
    "amr": ["-c:a", "libopencore_amrnb", "-ar", "8000", "-ac", "1", "-b:a", "12.2k"],
}
_CODECS = {
    "h264": ["-c:v", "libx264", "-preset", "veryfast"],
    "h265": ["-c:v", "libx265", "-preset", "veryfast", "-x265-params", "log-level=error"],
    "av1": ["-c:v", "libsvtav1", "-preset", "10"],
    "vp9": ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-row-mt", "1", "-b:v", "0"],
    "mpeg4": ["-c:v", "mpeg4"],
    "wmv2": ["-c:v", "wmv2"],
    "mpeg2": ["-c:v", "mpeg2video"],
    "theora": ["-c:v", "libtheora"],
}
_OWN_CODEC = {"avi": "mpeg4", "wmv": "wmv2", "mpeg": "mpeg2", "ogv": "theora"}
# Of each codec's own scale, what 0 and 100 mean.
_SCALES = {
    "h264": ("-crf", 40, 12),
    "h265": ("-crf", 45, 15),
    "av1": ("-crf", 63, 18),
    "vp9": ("-crf", 63, 15),
    "theora": ("-q:v", 0, 10),
}
_COARSE_SCALE = ("-q:v", 31, 2)
# Encoders that take no other bit rates.
_STEPS = (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_STEPPED = frozenset({"mp2", "ac3"})
# What Vorbis has in place of bit rates, of which it takes no high ones for slow or mono sound: those of each quality.
_VORBIS = (64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_EVEN = "scale=trunc(iw/2)*2:trunc(ih/2)*2"


def reading(source: EngineFile, options: Mapping[str, Any]) -> list[str]:
    """Read it as what its content says it is, and nothing that it may name: lists of other files, addresses."""
    start = options.get("start") or options.get("time") or 0
    return [
        *(["-ss", f"{start:.3f}"] if start else []),
        "-protocol_whitelist",
        "file,pipe",
        "-max_pixels",
        str(limits.PIXELS.most),
        "-f",
        _DEMUXERS.get(source.format, source.format),
        "-i",
        f"file:{source.path}",
    ]


def writing(target: EngineFile, options: Mapping[str, Any]) -> list[str]:
    """Write it, so much of it as was wanted."""
    duration = options.get("duration") or 0
    form = _MUXERS.get(target.format, target.format)
    return [*(["-t", f"{duration:.3f}"] if duration else []), "-f", form, f"file:{target.path}"]


def film(target: str, options: Mapping[str, Any]) -> list[str]:
    """Its first pictures and its first sound, if any."""
    codec = options.get("codec") or _OWN_CODEC.get(target) or CODECS.get(target, ("h264",))[0]
    filters = [f"fps={rate:g}"] if (rate := options.get("frame_rate")) else []
    if codec != "vp9":
        filters.append(_EVEN)
    tagged = ["-tag:v", "hvc1"] if codec == "h265" and target in ("mp4", "mov") else []
    return [
        *("-map", "0:v:0", "-map", "0:a:0?"),
        *_CODECS[codec],
        *tagged,
        *("-pix_fmt", "yuv420p"),
        *(["-vf", ",".join(filters)] if filters else []),
        *_quality(codec, options),
        *_SOUND_OF_FILM[target],
    ]


def _quality(codec: str, options: Mapping[str, Any]) -> list[str]:
    name, lowest, highest = _SCALES.get(codec, _COARSE_SCALE)
    return [name, str(round(lowest + (highest - lowest) * options["quality"] / 100))]


def sound(target: str, options: Mapping[str, Any]) -> list[str]:
    """Its first sound alone."""
    found = ["-vn", "-map", "0:a:0", *_SOUND[target]]
    if bitrate := options.get("audio_bitrate"):
        found += _bitrate(target, bitrate)
    if (rate := options.get("sample_rate", KEEP)) != KEEP:
        found += ["-ar", rate]
    return found


def _bitrate(target: str, wanted: int) -> list[str]:
    if target == "ogg":
        return ["-q:a", str(_nearest(wanted, _VORBIS))]
    if target in _STEPPED:
        wanted = _STEPS[_nearest(wanted, _STEPS)]
    return ["-b:a", f"{min(wanted, _MOST_OPUS) if target == 'opus' else wanted}k"]


def _nearest(bitrate: int, steps: Sequence[int]) -> int:
    return min(range(len(steps)), key=lambda number: abs(steps[number] - bitrate))


def subtitles(target: str, options: Mapping[str, Any]) -> list[str]:
    """One of its subtitles."""
    return ["-map", f"0:s:{options['track'] - 1}", "-c:s", _MUXERS.get(target, target)]


def frame(target: str, options: Mapping[str, Any]) -> list[str]:
    """One picture."""
    if formats.by_id(target).lossy:
        scale = str(round(31 - 29 * options["quality"] / 100))
        return ["-map", "0:v:0", "-c:v", "mjpeg", "-pix_fmt", "yuvj420p", "-q:v", scale, "-update", "1"]
    return ["-map", "0:v:0", "-c:v", "png", "-update", "1"]


def series(options: Mapping[str, Any], most: int) -> list[str]:
    """A picture every so many seconds; of more than `most`, one more, which tells that there are."""
    every = f"fps=1/{options['every']:g}:start_time=0:round=up"
    return [*frame(options["picture"], {"quality": 85})[:-2], "-vf", every, "-frames:v", str(most + 1)]


def short(options: Mapping[str, Any]) -> str:
    """The filter of a film without sound, as pictures that move."""
    return f"fps={options['frame_rate']:g},scale='min({options['width']},iw)':-2:flags=lanczos"


def moving(options: Mapping[str, Any]) -> list[str]:
    """As WebP."""
    quality = str(options["quality"])
    return ["-map", "0:v:0", "-vf", short(options), "-c:v", "libwebp_anim", "-loop", "0", "-quality", quality]
