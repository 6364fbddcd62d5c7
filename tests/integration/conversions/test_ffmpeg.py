"""Films and sound through the real engine in its real process, and heard again by ffmpeg."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from imageio_ffmpeg import get_ffmpeg_exe
from PIL import Image

from conversions.catalog import options, routes
from conversions.catalog.formats import Kind, by_id
from conversions.engines.engine import EngineFile
from conversions.engines.ffmpeg import ENGINE, FILMS, SOUNDS, work
from conversions.errors import DamagedFile, NoSound
from conversions.sandbox import runner
from conversions.sandbox.job import Job
from tests.integration.conversions.test_images import Watch

PICTURES = ["-f", "lavfi", "-i", "testsrc=size=64x48:rate=12:duration=1"]
SOUND = ["-f", "lavfi", "-i", "sine=frequency=440:duration=1"]
MUXERS = {"mkv": "matroska", "m4a": "ipod"}
WAYS = [way for way in ENGINE.ways if way.source in ("mkv", "wav", "gif") or way.target in ("mp4", "mp3")]


def ffmpeg(*arguments: str) -> str:
    command = [get_ffmpeg_exe(), "-nostdin", "-hide_banner", "-y", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False).stderr


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of each format, of a second."""
    folder = tmp_path_factory.mktemp("samples")
    for format in (*FILMS, *SOUNDS, "gif"):
        inputs = PICTURES if format == "gif" else SOUND if format in SOUNDS else [*PICTURES, *SOUND]
        codecs = ["-c:v", "libvpx-vp9", "-c:a", "libopus"] if format == "webm" else []
        ffmpeg(*inputs, *codecs, "-f", MUXERS.get(format, format), str(folder / format))
    return folder


def convert(samples: Path, folder: Path, format: str, to: str, watch: Watch | None = None, **chosen: Any) -> Path:
    source, target = folder / "input", EngineFile(folder / "output", to)
    if not source.exists():
        source.write_bytes((samples / format).read_bytes())
    route = routes.find(by_id(format), to)
    assert len(route.steps) == 1
    job = Job(ENGINE.work, [EngineFile(source, format)], target, options.validate(route, chosen))
    runner.run(job, folder, watch or Watch())
    return target.path


@pytest.mark.parametrize("way", WAYS, ids=lambda way: f"{way.source}-{way.target}")
def test_each_pair_has_the_length_the_pictures_and_the_sound(samples: Path, tmp_path: Path, way: Any) -> None:
    result = convert(samples, tmp_path, way.source, way.target)
    told = ffmpeg("-i", str(result))
    hours, minutes, seconds = map(float, re.search(r"Duration: (\d+):(\d+):([\d.]+)", told).groups())
    assert 0.9 <= hours * 3600 + minutes * 60 + seconds <= 1.3
    film = by_id(way.target).kind != Kind.AUDIO
    assert ("Video: " in told) == film
    assert not film or "64x48" in told
    assert ("Audio: " in told) == (way.target != "gif" and way.source != "gif")


def test_a_gif_shows_the_film(samples: Path, tmp_path: Path) -> None:
    with Image.open(convert(samples, tmp_path, "mp4", "gif")) as image:
        assert (image.format, image.n_frames) == ("GIF", 12)


def test_quality_makes_a_difference(samples: Path, tmp_path: Path) -> None:
    ffmpeg("-f", "lavfi", "-i", "testsrc2=size=320x240:duration=1", "-f", "matroska", str(tmp_path / "input"))
    for to in ("mp4", "webm", "avi"):
        sizes = [convert(samples, tmp_path, "mkv", to, quality=quality).stat().st_size for quality in (5, 95)]
        assert sizes[0] * 1.2 < sizes[1], to


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


@pytest.mark.parametrize(
    "content", [b"#EXTM3U\n#EXTINF:1,\n/etc/passwd\n", b"ffconcat version 1.0\nfile /etc/passwd\n"]
)
def test_a_list_of_other_files_is_no_film(samples: Path, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "input").write_bytes(content)
    with pytest.raises(DamagedFile) as caught:
        convert(samples, tmp_path, "mp4", "mkv")
    assert "passwd" not in str(caught.value.params)
