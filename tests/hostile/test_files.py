"""Hostile files through the real engines in their real processes: each ends in words or in a result, and gets at
nothing outside."""

import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from tempfile import mkdtemp

import pytest
from PIL import Image

from conversions.catalog import options, routes
from conversions.catalog.detection import detect
from conversions.catalog.formats import by_id
from conversions.engines.engine import EngineFile
from conversions.errors import ConversionsError, TimedOut
from conversions.sandbox import folders, runner
from conversions.sandbox.job import Job
from conversions.sandbox.limits import Limits
from tests.hostile import bombs, members, references
from tests.hostile.outside import Outside, contents
from tests.hostile.sample import DONE, Sample
from tests.integration.conversions.engine_work import Watch

EMBEDDED = re.compile(rb"data:(?!text/css;|,)[a-z]+/")
PATIENCE = 20.0  # seconds for what may end in `timed_out`: what it does not do by then it never would
SAMPLES = [*references.SAMPLES, *bombs.SAMPLES, *members.SAMPLES]


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Outside]:
    """What lies around, and what was said to the log."""
    with Outside(tmp_path) as around:
        yield around


def converted(work: Path, sample: Sample, content: bytes) -> Path:
    """The result of the route that is on offer, each step with the limits of its way."""
    route, file = routes.find(by_id(sample.format), sample.to), EngineFile(work / "source0", sample.format)
    file.path.write_bytes(content)
    wishes = options.validate(route, {})
    for number, step in enumerate(route.steps):
        folder = Path(mkdtemp(dir=work))
        source = EngineFile(file.path.rename(folder / file.path.name), file.format)
        target, limits = EngineFile(folder / f"output{number}", step.way.target), Limits.of(step.way)
        if TimedOut.code in sample.ends:
            limits = replace(limits, wall_seconds=PATIENCE)
        runner.run(Job(step.engine.work, [source], target, options.of_step(step, wishes), limits), folder, Watch())
        file = target
    return file.path


def ending(work: Path, sample: Sample, content: bytes) -> tuple[str, str]:
    """The code in which it ends, and what people would read of it."""
    try:
        converted(work, sample, content)
    except ConversionsError as error:
        return error.code, str(error.as_json())
    return DONE, ""


@pytest.mark.parametrize(
    "sample",
    [pytest.param(each, id=str(each), marks=[pytest.mark.slow] if each.slow else []) for each in SAMPLES],
)
def test_a_hostile_file_ends_in_words_and_gets_at_nothing(
    tmp_path: Path, outside: Outside, caplog: pytest.LogCaptureFixture, sample: Sample
) -> None:
    caplog.set_level(logging.DEBUG)
    content = outside.named_in(sample.content())
    with folders.private_folder(tmp_path) as work:
        before = outside.facts(work)
        code, told = ending(work, sample, content)
        files = [path for path in work.rglob("*") if path.is_file() and not path.is_symlink()]
        shown = [path.name for path in files if any(map(outside.is_in, contents(path)))]
        embedded = [path.name for path in files if sample.to == "html" and EMBEDDED.search(path.read_bytes())]
        after = outside.facts(work)
    assert code in sample.ends, told
    assert shown == embedded == []
    assert str(tmp_path) not in told
    assert not outside.is_in((told + caplog.text).encode())
    assert outside.dialled == []
    assert after == before
    assert set(tmp_path.iterdir()) == {outside.beside}


def test_the_same_process_serves_the_next_honest_job(tmp_path: Path) -> None:
    """After all of the above, in the order in which they are run."""
    picture = BytesIO()
    Image.new("RGB", (9, 9), "red").save(picture, "PNG")
    honest = Sample("honest", "png", "webp", picture.getvalue, frozenset({DONE}))
    assert ending(tmp_path, honest, honest.content()) == (DONE, "")


def test_a_list_of_other_files_is_taken_in_under_no_name() -> None:
    for text in references.LISTS.values():
        for name in ("film.mkv", "film.mp4", "list.m3u8", "list.ffconcat", "film.mpd"):
            found = detect(text.format("/etc/passwd").encode(), name)
            assert found is None or found.id == "xml"
