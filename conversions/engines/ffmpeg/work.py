"""Carries out what ffmpeg is for. How far it is, it says itself: the time of what it wrote, over all."""

import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from imageio_ffmpeg import get_ffmpeg_exe

from conversions.catalog import formats
from conversions.engines.engine import EngineFile, Report
from conversions.engines.pictures import check_size
from conversions.errors import DamagedFile, EngineFailed, NoSound

_DEMUXERS = {
    **dict.fromkeys(("mp4", "mov", "m4a"), "mov"),
    **dict.fromkeys(("mkv", "webm"), "matroska"),
    **dict.fromkeys(("ogg", "opus"), "ogg"),
}
_MUXERS = {"mkv": "matroska", "m4a": "ipod"}
_EVEN = "scale=trunc(iw/2)*2:trunc(ih/2)*2"
_X264 = ["-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-vf", _EVEN, "-c:a", "aac", "-b:a", "160k"]
_FAST_START = ["-movflags", "+faststart"]
_VP9 = [
    "-c:v",
    "libvpx-vp9",
    "-deadline",
    "realtime",
    "-cpu-used",
    "8",
    "-row-mt",
    "1",
    "-b:v",
    "0",
    "-pix_fmt",
    "yuv420p",
]
_ENCODERS = {
    "mp4": [*_X264, *_FAST_START],
    "mov": [*_X264, *_FAST_START],
    "mkv": _X264,
    "webm": [*_VP9, "-c:a", "libopus", "-b:a", "128k"],
    "avi": ["-c:v", "mpeg4", "-vf", _EVEN, "-c:a", "libmp3lame", "-b:a", "160k"],
    "mp3": ["-c:a", "libmp3lame"],
    "m4a": ["-c:a", "aac", *_FAST_START],
    "ogg": ["-c:a", "libvorbis"],
    "opus": ["-c:a", "libopus"],
    "flac": ["-c:a", "flac"],
    "wav": ["-c:a", "pcm_s16le"],
    "aiff": ["-c:a", "pcm_s16be", "-write_id3v2", "1"],
}
_GIF = "fps=12,scale='min(480,iw)':-2:flags=lanczos"
_LENGTH = re.compile(r"Duration: (\d+):(\d+):(\d+\.\d+)")
_PICTURES = re.compile(r"Stream #0:\d+.*: Video: .*?, (\d+)x(\d+)(?![^\n]*attached pic)")
_SOUND = re.compile(r"Stream #0:\d+.*: Audio: ")


class Content(NamedTuple):
    """What ffmpeg finds in a file: seconds (0: unknown), the size of its pictures if any, whether it sounds."""

    seconds: float
    size: tuple[int, int] | None
    sounds: bool


def convert(sources: Sequence[EngineFile], target: EngineFile, options: Mapping[str, Any], report: Report) -> None:
    """Convert the one source: its first pictures and its first sound, as far as the target holds them."""
    (source,) = sources
    content = _look(source)
    film = formats.by_id(target.format).kind != formats.Kind.AUDIO
    if not film and not content.sounds:
        raise NoSound(to=formats.by_id(target.format).name)
    if film:
        if content.size is None:
            raise DamagedFile(reason="it holds no pictures")
        check_size(*content.size, target.format)
    seconds = content.seconds or _measured(source)
    if target.format == "gif":
        _to_gif(source, target, seconds, report)
        return
    chosen = [*(["-map", "0:v:0"] if film else ["-vn"]), "-map", "0:a:0" if not film else "0:a:0?"]
    arguments = [*_input(source), *chosen, *_ENCODERS[target.format], *_wishes(target.format, options)]
    _run([*arguments, *_output(target)], seconds, "encoding", report)


def _to_gif(source: EngineFile, target: EngineFile, seconds: float, report: Report) -> None:
    """In two passes: the colours that suit the whole film are known when it has been seen."""
    palette = EngineFile(target.path.with_name("palette.png"), "png")
    _run(
        [*_input(source), "-vf", f"{_GIF},palettegen", "-update", "1", "-f", "image2", str(palette.path)],
        0,
        "reading",
        report,
    )
    both = ["-i", str(palette.path), "-lavfi", f"{_GIF}[x];[x][1:v]paletteuse"]
    _run([*_input(source), *both, *_output(target)], seconds, "encoding", report)


def _wishes(target: str, options: Mapping[str, Any]) -> list[str]:
    found: list[str] = []
    if "quality" in options and target != "avi":
        lowest, highest = (63, 15) if target == "webm" else (40, 12)
        found += ["-crf", str(round(lowest + (highest - lowest) * options["quality"] / 100))]
    elif "quality" in options:
        found += ["-q:v", str(round(31 - 29 * options["quality"] / 100))]
    if "audio_bitrate" in options:
        found += ["-b:a", f"{options['audio_bitrate']}k"]
    return found


def _input(source: EngineFile) -> list[str]:
    # What the content says it is, and nothing that its content may name: lists of other files and addresses.
    return [
        "-protocol_whitelist",
        "file,pipe",
        "-f",
        _DEMUXERS.get(source.format, source.format),
        "-i",
        f"file:{source.path}",
    ]


def _output(target: EngineFile) -> list[str]:
    return ["-f", _MUXERS.get(target.format, target.format), f"file:{target.path}"]


def _look(source: EngineFile) -> Content:
    command = [get_ffmpeg_exe(), "-nostdin", "-hide_banner", *_input(source)]
    told = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False).stderr.decode(
        errors="replace"
    )
    length, pictures, sounds = _LENGTH.search(told), _PICTURES.search(told), _SOUND.search(told)
    if pictures is None and sounds is None:
        raise DamagedFile(reason=_last_words(told))
    hours, minutes, seconds = map(float, length.groups()) if length else (0.0, 0.0, 0.0)
    size = (int(pictures[1]), int(pictures[2])) if pictures else None
    return Content(hours * 3600 + minutes * 60 + seconds, size, sounds is not None)


def _measured(source: EngineFile) -> float:
    """The length of what does not say it: read to its end, without decoding it."""
    arguments = [*_input(source), "-map", "0", "-c", "copy", "-f", "null", "-"]
    last = 0.0

    def reached(fraction: float, _: str) -> None:
        nonlocal last
        last = max(last, fraction)

    _run(arguments, 1.0, "", reached)
    return last


def _run(arguments: list[str], seconds: float, stage: str, report: Report) -> None:
    """Run it to its end; the fraction done is its own account of the time written, over `seconds`."""
    command = [get_ffmpeg_exe(), "-nostdin", "-hide_banner", "-nostats", "-loglevel", "error", "-y"]
    progress = ["-progress", "pipe:1", "-stats_period", "0.25"]
    log = Path("ffmpeg.log")
    report(0.0, stage)
    with (
        log.open("wb") as words,
        subprocess.Popen(  # a pipe for its words could fill up, and stop it
            [*command, *progress, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=words
        ) as process,
    ):
        assert process.stdout is not None  # noqa: S101 (for the type checker)
        for line in process.stdout:
            name, _, value = line.strip().partition(b"=")
            if name == b"out_time_us" and value.isdigit() and seconds:
                report(int(value) / 1e6 / seconds, stage)
    if process.returncode:
        said = log.read_text(errors="replace")
        error = DamagedFile if "Invalid data found" in said else EngineFailed
        raise error(reason=_last_words(said))


def _last_words(told: str) -> str:
    """The last thing that it complained of, without the paths of our files."""
    lines = [re.sub(r"\[[^]]*\] |file:\S+: ?|/\S+", "", line).strip(" .:") for line in told.splitlines()]
    return next(filter(None, reversed(lines)), "no details")[:200]
