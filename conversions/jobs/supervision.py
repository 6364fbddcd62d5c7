"""Carries out one conversion: claims it, has it converted in a process of its own, and keeps the result."""

import logging
import time
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, close_old_connections

from conversions import metrics, storage
from conversions.catalog import formats, options, routes
from conversions.catalog.routes import Route
from conversions.engines.engine import EngineFile, Kind
from conversions.engines.registry import Step
from conversions.errors import ConversionsError, EngineCrashed, FileMissing, NoSpace, StorageUnavailable
from conversions.jobs import durations, lifecycle, pending, switches
from conversions.jobs.patience import patiently
from conversions.jobs.progress import Progress
from conversions.models import Conversion
from conversions.sandbox import runner
from conversions.sandbox.folders import private_folder
from conversions.sandbox.job import Job
from conversions.sandbox.limits import Limits
from conversions.tracing import request_id_of

RENEW_INTERVAL = 5.0  # seconds; the page calls a worker silent after 10 (view.js)
logger = logging.getLogger(__name__)


def perform(conversion: Conversion) -> None:
    """Do the work of a claimed conversion, and end it one way or another. Blocks until then."""
    logger.info("conversion started", extra={"to": conversion.to})
    try:
        with private_folder(settings.WORK_DIR) as folder:
            if lifecycle.complete(conversion, _convert(conversion, folder)):
                logger.info("conversion completed", extra={"size": conversion.output_size})
    except runner.Stopped:
        logger.info("conversion %s was cancelled, or is another worker's by now", conversion.pk)
    except SystemExit:  # the worker stops, and has waited as long as it may
        lifecycle.hand_back(conversion)
        raise
    except ConversionsError as error:
        logger.warning("conversion failed", extra={"error": type(error).__name__, "code": error.code})
        lifecycle.fail(conversion, error)
    except Exception:  # whatever it was, the conversion must end and say so
        logger.exception("conversion %s failed in an unforeseen way", conversion.pk)
        lifecycle.fail(conversion, ConversionsError())
    pending.settle(conversion)


def _convert(conversion: Conversion, folder: Path) -> Path:
    """The result. A step that crashes is gone around once, where there is another way."""
    files = patiently(lambda: _fetched(conversion, folder), NoSpace, StorageUnavailable)
    route = _route(conversion, files)
    watch = Watch(conversion, route)
    try:
        return patiently(lambda: _carried_out(route, files, folder, watch), NoSpace)
    except EngineCrashed:
        other = routes.around(route, route.steps[watch.step])
        if other is None:
            raise
    logger.warning("conversion %s goes another way: %s", conversion.pk, [step.engine.id for step in other.steps])
    lifecycle.reroute(conversion, other)
    return _carried_out(other, files, folder, Watch(conversion, other))


def _carried_out(route: Route, sources: list[EngineFile], folder: Path, watch: "Watch") -> Path:
    files = list(sources)
    for number, step in enumerate(route.steps):
        place = slice(None) if step.of is None else slice(step.of, step.of + 1)
        taken = files[place]
        size, began = sum(file.path.stat().st_size for file in taken), time.monotonic()
        watch.begun(number, step, size)
        target = EngineFile(folder / f"output{number}", step.way.target, taken[0].name)
        target.path.unlink(missing_ok=True)  # of a way that was given up
        chosen = options.of_step(step, watch.conversion.options)
        with metrics.step(step.engine.id):
            job = Job(step.engine.work, taken, target, chosen, Limits.of(step.way), request_id_of(watch.conversion))
        runner.run(job, folder, watch)
        if step.way.progress is Kind.ESTIMATED:
            durations.record(step, size, time.monotonic() - began)
        files[place] = [target]
    watch.storing()
    return files[0].path


def _route(conversion: Conversion, files: list[EngineFile]) -> Route:
    switches.look()
    if not conversion.route:  # it is older than routes
        return routes.find(formats.by_id(files[0].format), conversion.to)
    kept = routes.thawed(conversion.route)
    route = routes.switched_on(kept)
    if route is not kept:
        logger.warning("conversion %s goes around what is switched off", conversion.pk)
        lifecycle.reroute(conversion, route)
    return route


def _fetched(conversion: Conversion, folder: Path) -> list[EngineFile]:
    sources = []
    for source in conversion.sources.all():
        path = folder / f"source{source.position}"
        storage.fetch(source.file.name or "", path)
        sources.append(EngineFile(path, source.format, source.name))
    if not sources:
        raise FileMissing
    return sources


class Watch:
    """What the runner calls while the process works: passes progress on, keeps the lease, notices a cancel."""

    step = 0
    """The step of the route that is under way."""

    def __init__(self, conversion: Conversion, route: Route) -> None:
        self.conversion = conversion
        now = self._renewed_at = time.monotonic()
        self._progress = Progress(route.stages, route.progress, now, conversion.percent or 0.0)

    def begun(self, number: int, step: Step, size: int) -> None:
        """A step of the route begins, with so many bytes."""
        self.step = number
        expected = durations.expected(step, size) if step.way.progress is Kind.ESTIMATED else None
        self._progress.begun(number, time.monotonic(), expected)

    def reached(self, stage: str, fraction: float) -> None:
        """The engine has done this fraction of the stage."""
        self._progress.reached(self.step, stage, fraction)
        self._tell()

    def storing(self) -> None:
        """All steps are done, and the result is being kept."""
        self._progress.storing()
        self._tell()

    def goes_on(self) -> bool:
        """Whether the work is still wanted; asked a few times a second. While the database does not answer it is: if
        another takes it over meanwhile, what comes of it here is thrown away at the end."""
        self._tell()
        now = time.monotonic()
        try:
            if now - self._renewed_at < RENEW_INTERVAL:
                return lifecycle.is_ours(self.conversion)
            wanted = lifecycle.renew(self.conversion)
        except DatabaseError as error:
            _database_is_away(error)
            return True
        self._renewed_at = now
        return wanted

    def _tell(self) -> None:
        if news := self._progress.due(time.monotonic()):
            try:
                lifecycle.report(self.conversion, news)
            except DatabaseError as error:
                _database_is_away(error)


def _database_is_away(error: DatabaseError) -> None:
    logger.warning("the database does not answer, and the conversion goes on: %s", error)
    close_old_connections()
