"""Films and sound through the real engine, each pair in its real process, and heard again by ffmpeg."""

import re
import signal
import subprocess
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import psutil
import pysubs2
import pytest
from imageio_ffmpeg import get_ffmpeg_exe
from PIL import Image

from conversions.catalog import options, routes
from conversions.catalog.detection import HEAD_BYTES, detect
from conversions.catalog.formats import Kind, by_id
from conversions.engines.engine import EngineFile
from conversions.engines.ffmpeg import CODECS as OFFERED
from conversions.engines.ffmpeg import ENGINE, FILMS, FRAMES, SOUNDS, SUBTITLES, WITH_SUBTITLES, work
from conversions.engines.programs import ProgramDied
from conversions.errors import (
    CannotHold,
    DamagedFile,
    EngineFailed,
    NoSound,
    NoSubtitles,
    StartTooLate,
    TooLong,
    TooManyPictures,
)
from conversions.sandbox.job import Job
from tests.integration.conversions.engine_work import Run, Watch, apart, crossed, here, pairs, slow

PICTURES = ["-f", "lavfi", "-i", "testsrc=size=64x48:rate=12:duration=1"]
SOUND = ["-f", "lavfi", "-i", "sine=frequency=440:duration=1"]
MUXERS = {
    "mkv": "matroska",
    "m4a": "ipod",
    "wmv": "asf",
    "wma": "asf",
    "mpeg": "vob",
    "ts": "mpegts",
    "ogv": "ogg",
    "aac": "adts",
}
CODECS = {
    "webm": ["-c:v", "libvpx-vp9", "-c:a", "libopus"],
    "wmv": ["-c:v", "wmv2", "-c:a", "wmav2"],
    "flv": ["-c:v", "flv", "-c:a", "libmp3lame", "-ar", "44100"],
    "mpeg": ["-r", "25", "-c:v", "mpeg2video", "-c:a", "mp2"],
    "3gp": ["-c:v", "libx264", "-c:a", "libopencore_amrnb", "-ar", "8000", "-ac", "1"],
    "ogv": ["-c:v", "libtheora", "-c:a", "libvorbis"],
    "amr": ["-c:a", "libopencore_amrnb", "-ar", "8000", "-ac", "1"],
    "wma": ["-c:a", "wmav2"],
}
MOVING = [way for way in ENGINE.ways if way.target in (*FILMS, *SOUNDS, "gif")]


def ffmpeg(*arguments: str) -> str:
    command = [get_ffmpeg_exe(), "-nostdin", "-hide_banner", "-y", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False).stderr


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of each format, of a second."""
    folder = tmp_path_factory.mktemp("samples")
    for format in (*FILMS, *SOUNDS, "gif"):
        inputs = PICTURES if format == "gif" else SOUND if format in SOUNDS else [*PICTURES, *SOUND]
        told = ffmpeg(*inputs, *CODECS.get(format, []), "-f", MUXERS.get(format, format), str(folder / format))
        assert (folder / format).stat().st_size, told
    return folder


def convert(
    samples: Path, folder: Path, format: str, to: str, watch: Watch | None = None, run: Run = here, **chosen: Any
) -> Path:
    source, target = folder / "input", EngineFile(folder / "output", to)
    if not source.exists():
        source.write_bytes((samples / format).read_bytes())
    route = routes.find(by_id(format), to)
    assert len(route.steps) == 1
    job = Job(ENGINE.work, [EngineFile(source, format)], target, options.validate(route, chosen))
    run(job, folder, watch or Watch())
    return target.path


@pytest.mark.parametrize("format", [*FILMS, *SOUNDS])
def test_each_format_is_told_by_its_content(samples: Path, format: str) -> None:
    assert detect((samples / format).read_bytes()[:HEAD_BYTES]) is by_id(format)


@pytest.mark.parametrize("way", pairs(MOVING))
def test_each_pair_has_the_length_the_pictures_and_the_sound(samples: Path, tmp_path: Path, way: Any) -> None:
    result = convert(samples, tmp_path, way.source, way.target, run=apart)
    told = ffmpeg("-i", str(result))
    hours, minutes, seconds = map(float, re.search(r"Duration: (\d+):(\d+):([\d.]+)", told).groups())
    assert 0.85 <= hours * 3600 + minutes * 60 + seconds <= 1.4
    film = by_id(way.target).kind != Kind.AUDIO
    assert ("Video: " in told) == film
    assert not film or "64x48" in told
    assert ("Audio: " in told) == (way.target != "gif" and way.source != "gif")


def test_a_gif_shows_the_film(samples: Path, tmp_path: Path) -> None:
    with Image.open(convert(samples, tmp_path, "mp4", "gif")) as image:
        assert (image.format, image.n_frames) == ("GIF", 12)


def test_a_moving_webp_shows_the_film(samples: Path, tmp_path: Path) -> None:
    with Image.open(convert(samples, tmp_path, "mp4", "webp", frame_rate=6, width=32)) as image:
        assert (image.format, image.n_frames, image.width) == ("WEBP", 6, 32)


@pytest.fixture(scope="module")
def red_then_blue(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A film that is red for a second, and then blue for another."""
    path = tmp_path_factory.mktemp("colours") / "film"
    colours = ["-f", "lavfi", "-i", "color=red:s=64x48:r=10:d=1", "-f", "lavfi", "-i", "color=blue:s=64x48:r=10:d=1"]
    ffmpeg(*colours, "-filter_complex", "[0][1]concat=n=2", "-f", "matroska", str(path))
    return path.read_bytes()


@pytest.mark.parametrize(("to", "at"), crossed(FRAMES, [(0, True), (0.5, True), (1.5, False), (1.99, False)]))
def test_a_picture_is_that_of_the_time(
    samples: Path, tmp_path: Path, red_then_blue: bytes, to: str, at: tuple[float, bool]
) -> None:
    time, red = at
    (tmp_path / "input").write_bytes(red_then_blue)
    with Image.open(convert(samples, tmp_path, "mkv", to, time=time)) as image:
        r, _, b = image.convert("RGB").getpixel((30, 20))
        assert image.size == (64, 48)
    assert (r > b) == red


@pytest.mark.parametrize("format", [FILMS[0], *map(slow, FILMS[1:])])
def test_each_film_has_a_picture(samples: Path, tmp_path: Path, format: str) -> None:
    with Image.open(convert(samples, tmp_path, format, "jpeg")) as image:
        assert (image.format, image.size) == ("JPEG", (64, 48))


@pytest.mark.parametrize("picture", FRAMES)
def test_a_zip_has_a_picture_every_so_many_seconds(
    samples: Path, tmp_path: Path, red_then_blue: bytes, picture: str
) -> None:
    (tmp_path / "input").write_bytes(red_then_blue)
    watch = Watch()
    with ZipFile(convert(samples, tmp_path, "mkv", "zip", watch, picture=picture, every=0.5)) as pictures:
        ending = by_id(picture).extension
        assert pictures.namelist() == [f"picture-{number:03}.{ending}" for number in range(1, 5)]
        reds = []
        for name in pictures.namelist():
            with Image.open(pictures.open(name)) as image:
                assert (image.format, image.size) == (picture.upper(), (64, 48))
                r, _, b = image.convert("RGB").getpixel((30, 20))
                reds.append(r > b)
    assert reds == [True, True, False, False]
    packed = {fraction for stage, fraction in watch.seen if stage == "encoding"}
    assert "reading" in {stage for stage, _ in watch.seen}
    assert packed
    assert packed <= {0.25, 0.5, 0.75, 1.0}


def test_a_zip_has_the_pictures_of_the_part_that_was_chosen(
    samples: Path, tmp_path: Path, red_then_blue: bytes
) -> None:
    (tmp_path / "input").write_bytes(red_then_blue)
    with ZipFile(convert(samples, tmp_path, "mkv", "zip", every=0.2, start=1, duration=0.6)) as pictures:
        assert len(pictures.namelist()) == 3
        with Image.open(pictures.open("picture-001.png")) as image:
            r, _, b = image.convert("RGB").getpixel((30, 20))
    assert b > r


def test_a_film_that_is_shorter_than_the_time_between_pictures_has_one(samples: Path, tmp_path: Path) -> None:
    with ZipFile(convert(samples, tmp_path, "mp4", "zip", every=3_600)) as pictures:
        assert pictures.namelist() == ["picture-001.png"]


def test_too_many_pictures_are_told_before_one_is_made(samples: Path, tmp_path: Path) -> None:
    long = ["-f", "lavfi", "-i", "color=red:s=16x16:r=1:d=100"]
    ffmpeg(*long, "-f", "matroska", str(tmp_path / "input"))
    watch = Watch()
    with pytest.raises(TooManyPictures) as caught:
        convert(samples, tmp_path, "mkv", "zip", watch, every=0.02)
    assert caught.value.params == {"pictures": 5_000, "limit": 3_600}
    assert not watch.seen


def seconds_of(path: Path) -> float:
    hours, minutes, seconds = map(float, re.search(r"Duration: (\d+):(\d+):([\d.]+)", ffmpeg("-i", str(path))).groups())
    return hours * 3600 + minutes * 60 + seconds


@pytest.mark.parametrize("to", ["mp4", "gif", slow("webm")])
def test_a_part_can_be_chosen(samples: Path, tmp_path: Path, red_then_blue: bytes, to: str) -> None:
    (tmp_path / "input").write_bytes(red_then_blue)
    watch = Watch()
    result = convert(samples, tmp_path, "mkv", to, watch, start=1.2, duration=0.5)
    assert 0.3 <= seconds_of(result) <= 0.8
    assert watch.seen[-1][1] <= 1.3
    frame = tmp_path / "frame.png"
    ffmpeg("-i", str(result), "-frames:v", "1", "-update", "1", str(frame))
    with Image.open(frame) as image:
        r, _, b = image.convert("RGB").getpixel((30, 20))
    assert b > r


@pytest.mark.parametrize(("to", "chosen"), [("mp3", {"start": 5}), ("png", {"time": 5})])
def test_a_part_after_the_end_is_told(samples: Path, tmp_path: Path, to: str, chosen: dict[str, float]) -> None:
    with pytest.raises(StartTooLate):
        convert(samples, tmp_path, "mp4", to, **chosen)


ALL_CODECS = [(to, codec) for to, codecs in OFFERED.items() for codec in codecs]
SAMPLE_OF_CODECS = [("mp4", "h265"), ("mkv", "vp9"), ("webm", "av1")]


@pytest.mark.parametrize(
    ("to", "codec"),
    [pytest.param(*each, marks=[pytest.mark.slow] * (each not in SAMPLE_OF_CODECS)) for each in ALL_CODECS],
)
def test_a_codec_can_be_chosen(samples: Path, tmp_path: Path, to: str, codec: str) -> None:
    told = ffmpeg("-i", str(convert(samples, tmp_path, "avi", to, codec=codec)))
    assert f"Video: {'hevc' if codec == 'h265' else codec}" in told


def test_rates_can_be_chosen(samples: Path, tmp_path: Path) -> None:
    assert " 5 fps" in ffmpeg("-i", str(convert(samples, tmp_path, "mkv", "mp4", frame_rate=5)))
    assert "22050 Hz" in ffmpeg("-i", str(convert(samples, tmp_path, "mkv", "mp3", sample_rate="22050")))
    assert "192 kb/s" in ffmpeg("-i", str(convert(samples, tmp_path, "mkv", "mp2", audio_bitrate=200)))


@pytest.mark.parametrize(("rate", "to"), crossed(["8000", "16000", "44100"], ["ogg", "mp2", "opus", "mp3"]))
def test_slow_sound_of_one_channel_takes_every_bit_rate(tmp_path: Path, rate: str, to: str) -> None:
    ffmpeg(*SOUND, "-ar", rate, "-ac", "1", "-f", "wav", str(tmp_path / "input"))
    assert convert(tmp_path, tmp_path, "wav", to, audio_bitrate=320).stat().st_size > 1_000


@pytest.mark.parametrize("to", ["wma", "mp3", "ogg"])
def test_surround_sound_and_high_rates_become_what_the_target_takes(tmp_path: Path, to: str) -> None:
    surround = ["-af", "pan=5.1|FL=c0|FR=c0|FC=c0|LFE=c0|BL=c0|BR=c0"]
    told = ffmpeg("-f", "lavfi", "-i", "sine=440:r=96000:d=1", *surround, "-f", "flac", str(tmp_path / "input"))
    assert "5.1" in told
    assert abs(seconds_of(convert(tmp_path, tmp_path, "flac", to)) - 1) < 0.2


@pytest.mark.parametrize(("layout", "to"), [("7.1", "aac"), ("7.1", "ts"), ("7.1", "m4a"), ("5.1(side)", "aac")])
def test_sound_of_many_loudspeakers_is_mixed_for_what_takes_fewer(tmp_path: Path, layout: str, to: str) -> None:
    film = to == "ts"
    sound = ["-af", f"aformat=channel_layouts={layout}", "-c:a", "flac", "-t", "1"]
    source = ["-f", "lavfi", "-i", "sine=440:r=48000:d=1,aformat=channel_layouts=stereo"]
    told = ffmpeg(
        *(PICTURES if film else []), *source, *sound, "-f", "matroska" if film else "flac", str(tmp_path / "input")
    )
    assert layout.partition("(")[0] in told
    result = convert(tmp_path, tmp_path, "mkv" if film else "flac", to)
    assert ("7.1" if to == "m4a" else "5.1") in ffmpeg("-i", str(result))
    assert abs(seconds_of(result) - 1) < 0.4


@pytest.mark.parametrize("to", ["mp4", "mov", "3gp", *(slow(to) for to in FILMS if to not in ("mp4", "mov", "3gp"))])
def test_a_film_may_have_slow_sound_of_one_channel(tmp_path: Path, to: str) -> None:
    source = "avi" if to == "mov" else "mov"
    slow = ["-ar", "8000", "-ac", "1", "-c:a", "pcm_s16le"]
    ffmpeg(*PICTURES, *SOUND, *slow, "-f", source, str(tmp_path / "input"))
    assert convert(tmp_path, tmp_path, source, to).stat().st_size > 1_000


def test_what_the_target_does_not_take_is_no_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    sound = ["-f", "lavfi", "-i", "sine=440:d=1,aformat=channel_layouts=7.1"]
    with pytest.raises(EngineFailed):
        work._run([*sound, "-c:a", "aac", "-f", "adts", str(tmp_path / "output")], 0, "encoding", lambda *_: None)


WORDS = "1\n00:00:00,100 --> 00:00:00,900\nNaïve words\n"


def with_subtitles(folder: Path, format: str, samples: Path) -> None:
    """A film with words of two languages."""
    (folder / "one.srt").write_text(WORDS)
    (folder / "two.srt").write_text(WORDS.replace("words", "Wörter"))
    codec = {"mkv": "srt", "webm": "webvtt"}.get(format, "mov_text")
    words = ["-i", str(folder / "one.srt"), "-i", str(folder / "two.srt")]
    maps = ["-map", "0:v", "-map", "1", "-map", "2", "-c:v", "copy", "-c:s", codec]
    ffmpeg("-i", str(samples / format), *words, *maps, "-f", MUXERS.get(format, format), str(folder / "input"))


@pytest.mark.parametrize(("format", "to"), crossed(WITH_SUBTITLES, SUBTITLES))
def test_subtitles_come_out_of_films(samples: Path, tmp_path: Path, format: str, to: str) -> None:
    with_subtitles(tmp_path, format, samples)
    found = pysubs2.load(str(convert(samples, tmp_path, format, to)), format_=to)
    assert [(event.start, event.end, event.plaintext) for event in found] == [(100, 900, "Naïve words")]
    assert "Wörter" in convert(samples, tmp_path, format, to, track=2).read_text()
    with pytest.raises(NoSubtitles):
        convert(samples, tmp_path, format, to, track=3)


def test_subtitles_that_are_pictures_are_told(samples: Path, tmp_path: Path) -> None:
    (tmp_path / "one.srt").write_text(WORDS)
    told = ffmpeg(
        "-f",
        "lavfi",
        "-i",
        "color=s=64x48:d=1",
        "-i",
        str(tmp_path / "one.srt"),
        "-c:s",
        "copy",
        "-f",
        "matroska",
        str(tmp_path / "input"),
    )
    content = (tmp_path / "input").read_bytes()
    assert b"S_TEXT/UTF8" in content, told
    (tmp_path / "input").write_bytes(content.replace(b"S_TEXT/UTF8", b"S_VOBSUB\0\0\0"))
    with pytest.raises(CannotHold):
        convert(samples, tmp_path, "mkv", "srt")


@pytest.mark.parametrize("to", ["mp4", "webm", *map(slow, ("avi", "wmv", "mpeg", "ogv"))])
def test_quality_makes_a_difference(samples: Path, tmp_path: Path, to: str) -> None:
    ffmpeg("-f", "lavfi", "-i", "testsrc2=size=320x240:rate=10:duration=1", "-f", "matroska", str(tmp_path / "input"))
    sizes = [convert(samples, tmp_path, "mkv", to, quality=quality).stat().st_size for quality in (5, 95)]
    assert sizes[0] * 1.2 < sizes[1]


def test_bit_rate_is_kept(samples: Path, tmp_path: Path) -> None:
    told = ffmpeg("-i", str(convert(samples, tmp_path, "wav", "mp3", audio_bitrate=64)))
    assert "64 kb/s" in told


def test_a_film_without_sound_makes_no_sound(samples: Path, tmp_path: Path) -> None:
    ffmpeg(*PICTURES, "-f", "mp4", str(tmp_path / "input"))
    with pytest.raises(NoSound):
        convert(samples, tmp_path, "mp4", "mp3")


def reports(folder: Path, format: str, to: str, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What the engine itself reports of a stage; the sandbox leaves out what comes too soon after the last."""
    seen: list[float] = []
    monkeypatch.chdir(folder)
    chosen = options.validate(routes.find(by_id(format), to), {})
    source, target = EngineFile(folder / "input", format), EngineFile(folder / "output", to)
    work.convert([source], target, chosen, lambda fraction, stage: seen.append(fraction))
    return seen


@pytest.mark.parametrize(("format", "to"), [("mp4", "webm"), ("wav", "mp3"), ("mkv", "flac")])
def test_progress_is_the_time_that_was_written(
    samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format: str, to: str
) -> None:
    (tmp_path / "input").write_bytes((samples / format).read_bytes())
    seen = reports(tmp_path, format, to, monkeypatch)
    assert seen[0] == 0
    assert seen == sorted(seen)
    assert 0.8 < seen[-1] < 1.2


def test_a_film_that_does_not_say_its_length_is_measured_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = ffmpeg(*PICTURES, *SOUND, "-f", "matroska", "-live", "1", str(tmp_path / "input"))
    assert "rror" not in source
    assert "Duration: N/A" in ffmpeg("-i", str(tmp_path / "input"))
    assert reports(tmp_path, "mkv", "mp4", monkeypatch)[-1] > 0.8


@pytest.mark.parametrize("format", ["mp4", "mkv", "mp3", "wav"])
def test_a_file_that_only_begins_like_one_is_damaged(samples: Path, tmp_path: Path, format: str) -> None:
    (tmp_path / "input").write_bytes((samples / format).read_bytes()[:40] + bytes(400))
    with pytest.raises(DamagedFile):
        convert(samples, tmp_path, format, "mp3" if format == "wav" else "wav")


def test_a_part_of_a_film_that_is_too_long_can_be_had(samples: Path, tmp_path: Path) -> None:
    ffmpeg("-f", "lavfi", "-i", "color=s=16x16:r=0.01:d=15000", "-f", "matroska", str(tmp_path / "input"))
    with pytest.raises(TooLong) as caught:
        convert(samples, tmp_path, "mkv", "mp4")
    assert str(caught.value) == "It would be 4 h 10 min long; at most 4 h are accepted here."
    assert convert(samples, tmp_path, "mkv", "mp4", start=200, duration=500).stat().st_size
    assert convert(samples, tmp_path, "mkv", "png").stat().st_size


def test_a_program_that_is_killed_has_not_failed_but_crashed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    endless = ["-re", "-f", "lavfi", "-i", "anullsrc", "-f", "null", "-"]

    told: list[float] = []

    def report(fraction: float, _: str) -> None:
        told.append(fraction)
        if len(told) == 2:  # the first is told before it is started
            (program,) = [each for each in psutil.Process().children() if "anullsrc" in each.cmdline()]
            program.kill()

    with pytest.raises(ProgramDied) as caught:
        work._run(endless, 1.0, "encoding", report)
    assert caught.value.number == signal.SIGKILL
