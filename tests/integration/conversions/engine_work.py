"""What tests of engines share: a conversion by the real engine, here or in its real process."""

import warnings
from collections.abc import Callable, Iterable
from contextlib import chdir
from pathlib import Path
from typing import Any

import pytest

from conversions.catalog import detection, options, routes
from conversions.catalog.formats import by_id
from conversions.engines import loading
from conversions.engines.engine import EngineFile, Way
from conversions.sandbox import runner
from conversions.sandbox.job import Job


class Watch:
    """Who looks on, and keeps what was reported."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, float]] = []

    def reached(self, stage: str, fraction: float) -> None:
        self.seen.append((stage, fraction))

    def goes_on(self) -> bool:
        return True


Run = Callable[[Job, Path, Watch], None]
apart: Run = runner.run
"""In a process of its own, with its limits and bounds: a third of a second more. So each pair is tried once."""


def here(job: Job, folder: Path, watch: Watch) -> None:
    """In this process, for what a process of its own does not change: what an engine makes of a file."""
    with chdir(folder), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as nobody hears them in a process of its own
        work = loading.load(job.work)
        work(job.sources, job.target, job.options, lambda fraction, stage: watch.reached(stage, fraction))
    with job.target.path.open("rb") as file:
        assert detection.is_format(file.read(detection.HEAD_BYTES), by_id(job.target.format))


def pairs(ways: Iterable[Way]) -> list[Any]:
    """The ways as parameters of a test; slow but for as many as it takes to have each source and each target once."""
    all_ways, fast, sources, targets = list(ways), set(), set(), set()
    for wanted in (all, any):  # first those that have both for the first time
        for way in all_ways:
            if wanted((way.source not in sources, way.target not in targets)):
                sources.add(way.source)
                targets.add(way.target)
                fast.add((way.source, way.target))
    return [
        pytest.param(
            way,
            id=f"{way.source}-{way.target}",
            marks=[] if (way.source, way.target) in fast else [pytest.mark.slow],
        )
        for way in all_ways
    ]


def slow(value: Any) -> Any:
    """A parameter that `make test-all` tries only."""
    return pytest.param(value, marks=pytest.mark.slow)


def crossed(firsts: Iterable[Any], seconds: Iterable[Any]) -> list[Any]:
    """Each of the first with each of the second as parameters of a test; slow but for one with each."""
    rows, columns = list(firsts), list(seconds)
    return [
        pytest.param(row, column, marks=[] if i % len(columns) == j or j % len(rows) == i else [pytest.mark.slow])
        for i, row in enumerate(rows)
        for j, column in enumerate(columns)
    ]


def convert(
    folder: Path,
    content: bytes | str,
    format: str,
    to: str,
    watch: Watch | None = None,
    run: Run = here,
    **chosen: Any,
) -> Path:
    """Convert what may be text; the way must be a direct one."""
    source, target = folder / "input", EngineFile(folder / "output", to)
    source.write_bytes(content.encode() if isinstance(content, str) else content)
    return convert_file(source, format, target, watch, run, **chosen)


def convert_file(
    source: Path, format: str, target: EngineFile, watch: Watch | None = None, run: Run = here, **chosen: Any
) -> Path:
    """Convert a file."""
    route = routes.find(by_id(format), target.format)
    (step,) = route.steps
    job = Job(step.engine.work, [EngineFile(source, format)], target, options.validate(route, chosen))
    run(job, source.parent, watch or Watch())
    return target.path
