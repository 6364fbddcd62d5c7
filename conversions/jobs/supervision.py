"""Carries out one conversion: claims it, has it converted in a process of its own, and keeps the result."""

import logging
import time
from contextlib import ExitStack
from pathlib import Path

from django.conf import settings

from conversions import metrics, storage
from conversions.catalog import formats, options, routes
from conversions.catalog.routes import Route
from conversions.engines.engine import EngineFile, Kind
from conversions.engines.registry import Step
from conversions.errors import ConversionsError, EngineCrashed, FileMissing, NoSpace, StorageUnavailable
from conversions.jobs import durations, leases, lifecycle, pending, switches
from conversions.jobs.leases import RENEW_INTERVAL
from conversions.jobs.patience import AWAY, leniently, patiently
from conversions.jobs.progress import Progress
from conversions.models import Conversion
from conversions.sandbox import folders, runner
from conversions.sandbox.job import Job
from conversions.sandbox.limits import Limits
from conversions.tracing import request_id_of

logger = logging.getLogger(__name__)


def perform(conversion: Conversion) -> None:
    """Do the work of a claimed conversion, and end it one way or another. Blocks until then. While the database is away
    for longer than `patiently` waits it does not end: it is taken up again when the lease is over."""
    logger.info("conversion started", extra={"to": conversion.to})
    try:
        _perform(conversion)
    except AWAY as error:
        logger.warning("conversion %s waits for its lease to run out, the database is away: %s", conversion.pk, error)
    else:
        leniently(lambda: pending.settle(conversion), None)


def _perform(conversion: Conversion) -> None:
    try:
        with ExitStack() as stack:
            folder = patiently(lambda: stack.enter_context(folders.private_folder(settings.WORK_DIR)), NoSpace)
            output = _convert(conversion, folder)
            with leases.kept(conversion):
                completed = lifecycle.complete(conversion, output)
        if completed:
            logger.info("conversion completed", extra={"size": conversion.output_size})
    except runner.Stopped:
        logger.info("conversion %s was cancelled, or is another worker's by now", conversion.pk)
    except SystemExit:  # the worker stops, and has waited as long as it may
        leniently(lambda: lifecycle.hand_back(conversion), None)
        raise
    except AWAY:
        raise
    except ConversionsError as error:
        logger.warning("conversion failed", extra={"error": type(error).__name__, "code": error.code})
        lifecycle.fail(conversion, error)
    except Exception:  # whatever it was, the conversion must end and say so
        logger.exception("conversion %s failed in an unforeseen way", conversion.pk)
        lifecycle.fail(conversion, ConversionsError())


def _convert(conversion: Conversion, folder: Path) -> Path:
    """The result. A step that crashes is gone around once, where there is another way."""
    with leases.kept(conversion):
        files = patiently(lambda: _fetched(conversion, folder), NoSpace, StorageUnavailable, *AWAY)
    route = _route(conversion, files)
    watch = Watch(conversion, route)
    try:
        return patiently(lambda: _tried(route, files, folder, watch), NoSpace)
    except EngineCrashed:
        other = routes.around(route, route.steps[watch.step])
        if other is None:
            raise
    logger.warning("conversion %s goes another way: %s", conversion.pk, [step.engine.id for step in other.steps])
    lifecycle.reroute(conversion, other)
    watch = Watch(conversion, other)
    return patiently(lambda: _tried(other, files, folder, watch), NoSpace)


def _tried(route: Route, sources: list[EngineFile], folder: Path, watch: "Watch") -> Path:
    """The result; of a try that fails nothing stays, which would fill the disk, or be in the way of the next."""
    try:
        return _carried_out(route, sources, folder, watch)
    except (NoSpace, EngineCrashed):
        folders.empty(folder, but=[source.path for source in sources])
        raise


def _carried_out(route: Route, sources: list[EngineFile], folder: Path, watch: "Watch") -> Path:
    files = list(sources)
    for number, step in enumerate(route.steps):
        place = slice(None) if step.of is None else slice(step.of, step.of + 1)
        taken = files[place]
        size, began = sum(file.path.stat().st_size for file in taken), time.monotonic()
        watch.begun(number, step, size)
        target = EngineFile(folder / f"output{number}", step.way.target, taken[0].name)
        chosen = options.of_step(step, watch.conversion.options)
        job = Job(step.engine.work, taken, target, chosen, Limits.of(step.way), request_id_of(watch.conversion))
        with metrics.step(step.engine.id):
            runner.run(job, folder, watch)
        if step.way.progress is Kind.ESTIMATED:
            took = time.monotonic() - began
            leniently(lambda: durations.record(step, size, took), None)  # noqa: B023 (called at once)
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
        estimated = step.way.progress is Kind.ESTIMATED
        expected = leniently(lambda: durations.expected(step, size), None) if estimated else None
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
        if now - self._renewed_at < RENEW_INTERVAL:
            return leniently(lambda: lifecycle.is_ours(self.conversion), True)
        wanted = leniently(lambda: lifecycle.renew(self.conversion), None)
        if wanted is not None:
            self._renewed_at = now
        return wanted is not False

    def _tell(self) -> None:
        if news := self._progress.due(time.monotonic()):
            leniently(lambda: lifecycle.report(self.conversion, news), None)
