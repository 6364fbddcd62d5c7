"""What tests of engines share: a conversion by the real engine in its real process."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from conversions.catalog import options, routes
from conversions.catalog.formats import by_id
from conversions.engines.engine import EngineFile, Way
from conversions.sandbox import runner
from conversions.sandbox.job import Job
from tests.integration.conversions.test_images import Watch


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
    folder: Path, content: bytes | str, format: str, to: str, watch: Watch | None = None, **chosen: Any
) -> Path:
    """Convert what may be text; the way must be a direct one."""
    source, target = folder / "input", EngineFile(folder / "output", to)
    source.write_bytes(content.encode() if isinstance(content, str) else content)
    return convert_file(source, format, target, watch, **chosen)


def convert_file(source: Path, format: str, target: EngineFile, watch: Watch | None = None, **chosen: Any) -> Path:
    """Convert a file."""
    route = routes.find(by_id(format), target.format)
    (step,) = route.steps
    job = Job(step.engine.work, [EngineFile(source, format)], target, options.validate(route, chosen))
    runner.run(job, source.parent, watch or Watch())
    return target.path
