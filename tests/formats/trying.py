"""A conversion by the real engines in their real processes, outside of a test."""

import tempfile
from pathlib import Path

from conversions.catalog import options, routes
from conversions.catalog.formats import by_id
from conversions.catalog.routes import Route
from conversions.engines.engine import EngineFile
from conversions.engines.registry import Step
from conversions.sandbox import runner
from conversions.sandbox.job import Job
from tests.integration.conversions.engine_work import Watch


def carried_out(step: Step, content: bytes) -> bytes:
    """The result, which the runner has found to be of the target's format. Raises a `ConversionsError`."""
    with tempfile.TemporaryDirectory() as folder:
        source = EngineFile(Path(folder, "source"), step.way.source)
        target = EngineFile(Path(folder, "target"), step.way.target)
        source.path.write_bytes(content)
        wishes = options.of_step(step, options.validate(Route((step,)), {}))
        runner.run(Job(step.engine.work, [source], target, wishes), Path(folder), Watch())
        return target.path.read_bytes()


def converted(content: bytes, format: str, to: str) -> bytes:
    """By the route on offer, if it is not what is wanted already."""
    steps = routes.find(by_id(format), to).steps if format != to else ()
    for step in steps:
        content = carried_out(step, content)
    return content


def offered(format: str, to: str) -> bool:
    """Whether there is such a route."""
    return by_id(to) in routes.targets(by_id(format))
