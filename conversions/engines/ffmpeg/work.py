"""Carries out what ffmpeg is for. How far it is, it says itself: the time of what it wrote, over all."""

import errno
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from imageio_ffmpeg import get_ffmpeg_exe

from conversions.catalog import formats
from conversions.engines import programs
from conversions.engines.engine import EngineFile, Report
from conversions.engines.ffmpeg import FRAMES, SERIES, commands, longest, series
from conversions.engines.limits import Limit
from conversions.engines.pictures import check_size
from conversions.errors import (
    CannotHold,
    DamagedFile,
    EngineFailed,
    NoSound,
    NoSpace,
    NoSubtitles,
    StartTooLate,
    TooLong,
)

# Lines of its own: those of titles and other words of the file stand further in.
_LENGTH = re.compile(r"^  Duration: (\d+):(\d+):(\d+\.\d+)", re.MULTILINE)
_PICTURES = re.compile(r"^  Stream #0:\d+.*: Video: .*?, (\d+)x(\d+)(?![^\n]*attached pic)", re.MULTILINE)
_SOUND = re.compile(r"^  Stream #0:\d+.*: Audio: ", re.MULTILINE)
_SUBTITLES = re.compile(r"^  Stream #0:\d+.*: Subtitle: (\w+)", re.MULTILINE)
_DRAWN = frozenset({"dvd_subtitle", "dvb_subtitle", "hdmv_pgs_subtitle", "xsub"})
_OUR_FAULT = "Could not write header"  # which ffmpeg calls invalid data, too
_LAST_PART = 3  # seconds in which the last picture is looked for
_FULL_DISK = 256 - errno.ENOSPC  # its status where it could not write
_INEXACT = 60  # seconds, by which what is written may be longer than what was told


class Content(NamedTuple):
    """What ffmpeg finds in a file: seconds (0: unknown), the size of its pictures if any, whether it sounds, and the
    kinds of its subtitles."""

    seconds: float
    size: tuple[int, int] | None
    sounds: bool
    subtitles: list[str]


def convert(sources: Sequence[EngineFile], target: EngineFile, options: Mapping[str, Any], report: Report) -> None:
    """Convert the one source, or the part of it that was chosen."""
    (source,) = sources
    content = _look(source)
    kind = formats.by_id(target.format).kind
    if kind == formats.Kind.SUBTITLES:
        _check_subtitles(content, target, options)
        arguments = commands.subtitles(target.format, options)
    elif kind == formats.Kind.AUDIO:
        if not content.sounds:
            raise NoSound(to=formats.by_id(target.format).name)
        arguments = commands.sound(target.format, options)
    else:
        if content.size is None:
            raise DamagedFile(reason="it holds no pictures")
        check_size(*content.size, options.get("picture", target.format))
        arguments = [] if target.format == SERIES else _of_pictures(target.format, options)
    seconds = _wanted(content.seconds or _measured(source), options)
    limit = longest(formats.by_id(target.format))
    if limit and seconds > limit.most:
        raise TooLong(seconds=seconds, limit=limit.most)
    if target.format == "gif":
        _to_gif(source, target, options, seconds, report)
    elif target.format == SERIES:
        _to_series(source, target, options, seconds, report)
    else:
        one = ["-frames:v", "1"] if target.format in FRAMES else []
        whole = [*commands.reading(source, options), *arguments, *one, *commands.writing(target, options)]
        _run(whole, seconds, "encoding", report, limit)
    if target.format in FRAMES and not target.path.exists():
        # The time that was wanted is that of the last picture, or after it.
        ending = ["-sseof", f"-{_LAST_PART}", *commands.reading(source, {})]
        _run([*ending, *arguments, *commands.writing(target, {})], 0, "encoding", report)


def _of_pictures(target: str, options: Mapping[str, Any]) -> list[str]:
    if target in FRAMES:
        return commands.frame(target, options)
    return commands.moving(options) if target == "webp" else [] if target == "gif" else commands.film(target, options)


def _check_subtitles(content: Content, target: EngineFile, options: Mapping[str, Any]) -> None:
    if options["track"] > len(content.subtitles):
        raise NoSubtitles(count=len(content.subtitles))
    if content.subtitles[options["track"] - 1] in _DRAWN:
        raise CannotHold(to=formats.by_id(target.format).name, what="its subtitles are pictures")


def _wanted(seconds: float, options: Mapping[str, Any]) -> float:
    """How long the result is to be. Raises `StartTooLate`."""
    start = options.get("start") or options.get("time") or 0
    if start and start >= seconds:
        raise StartTooLate(seconds=seconds, start=start)
    left = seconds - start
    return min(left, options.get("duration") or left)


def _to_gif(source: EngineFile, target: EngineFile, options: Mapping[str, Any], seconds: float, report: Report) -> None:
    """In two passes: the colours that suit the whole film are known when it has been seen."""
    palette = EngineFile(target.path.with_name("palette.png"), "png")
    reading, short = commands.reading(source, options), commands.short(options)
    first = ["-vf", f"{short},palettegen", "-update", "1", *commands.writing(palette, options)]
    _run([*reading, *first], 0, "reading", report)
    both = ["-i", f"file:{palette.path}", "-lavfi", f"{short}[x];[x][1:v]paletteuse"]
    whole = [*reading, *both, *commands.writing(target, options)]
    _run(whole, seconds, "encoding", report, longest(formats.by_id(target.format)))


def _to_series(
    source: EngineFile, target: EngineFile, options: Mapping[str, Any], seconds: float, report: Report
) -> None:
    series.check(seconds, options)
    series.FOLDER.mkdir()
    made = EngineFile(series.FOLDER / "%06d", options["picture"])
    arguments = [*commands.reading(source, options), *commands.series(options, series.MOST)]
    _run([*arguments, *commands.writing(made, options)], seconds, "reading", report)
    report(1.0, "reading")
    series.pack(target.path, options["picture"], report)


def _look(source: EngineFile) -> Content:
    command = [get_ffmpeg_exe(), "-nostdin", "-hide_banner", *commands.reading(source, {})]
    ended = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    told = ended.stderr.decode(errors="replace")
    programs.check_end(ended.returncode, told)
    length, pictures, sounds = _LENGTH.search(told), _PICTURES.search(told), _SOUND.search(told)
    if pictures is None and sounds is None:
        raise DamagedFile(reason=_last_words(told))
    hours, minutes, seconds = map(float, length.groups()) if length else (0.0, 0.0, 0.0)
    size = (int(pictures[1]), int(pictures[2])) if pictures else None
    return Content(hours * 3600 + minutes * 60 + seconds, size, sounds is not None, _SUBTITLES.findall(told))


def _measured(source: EngineFile) -> float:
    """The length of what does not say it: read to its end, without decoding it."""
    arguments = [*commands.reading(source, {}), "-map", "0", "-c", "copy", "-f", "null", "-"]
    last = 0.0

    def reached(fraction: float, _: str) -> None:
        nonlocal last
        last = max(last, fraction)

    _run(arguments, 1.0, "", reached)
    return last


def _run(arguments: list[str], seconds: float, stage: str, report: Report, limit: Limit | None = None) -> None:
    """Run it to its end; the fraction done is its own account of the time written, over `seconds`. Past the limit,
    which a file that lies about its length can reach, it is ended, and `TooLong` is raised."""
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
            if name != b"out_time_us" or not value.isdigit():
                continue
            written = int(value) / 1e6
            if limit and written > limit.most + _INEXACT:
                process.kill()
                raise TooLong(seconds=written, limit=limit.most)
            if seconds:
                report(written / seconds, stage)
    said = log.read_text(errors="replace")
    programs.check_end(process.returncode, said)
    if process.returncode == _FULL_DISK:
        raise NoSpace
    if process.returncode:
        error = DamagedFile if "Invalid data found" in said and _OUR_FAULT not in said else EngineFailed
        raise error(reason=_last_words(said))


def _last_words(told: str) -> str:
    """The last thing that it complained of, without the paths of our files."""
    lines = [re.sub(r"\[[^]]*\] |file:\S+: ?|/\S+", "", line).strip(" .:") for line in told.splitlines()]
    return next(filter(None, reversed(lines)), "no details")[:200]
