"""What tests of engines share: a file through the route that is on offer, each step here or in its real process."""

from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from conversions.catalog import detection, options, routes
from conversions.catalog.formats import by_id
from conversions.engines.engine import EngineFile
from conversions.sandbox.job import Job
from tests.integration.conversions.engine_work import Run, Watch, apart


def convert(
    folder: Path, content: bytes, format: str, to: str, watch: Watch | None = None, run: Run = apart, **chosen: Any
) -> Path:
    """The result, whose beginning is that of the target; the folder may hold earlier ones."""
    route, file = routes.find(by_id(format), to), EngineFile(folder / "source0", format)
    file.path.write_bytes(content)
    wishes = options.validate(route, chosen)
    for number, step in enumerate(route.steps):
        work = Path(mkdtemp(dir=folder))
        source = EngineFile(file.path.rename(work / file.path.name), file.format)
        target = EngineFile(work / f"output{number}", step.way.target)
        run(Job(step.engine.work, [source], target, options.of_step(step, wishes)), work, watch or Watch())
        file = target
    return file.path


def recognised(path: Path, format: str) -> bool:
    """Whether the file is what it should be, going by its name where its content says nothing."""
    head = path.read_bytes()[: detection.HEAD_BYTES]
    return detection.detect(head, f"x.{by_id(format).extension}") is by_id(format)
