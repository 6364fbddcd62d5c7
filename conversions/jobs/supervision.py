"""Carries out one conversion: claims it, has it converted in a process of its own, and keeps the result."""

import logging
import time
from pathlib import Path
from uuid import UUID

from django.conf import settings

from conversions import storage
from conversions.engines import registry
from conversions.engines.registry import EngineFile
from conversions.errors import ConversionsError, FileMissing
from conversions.jobs import lifecycle, pending
from conversions.jobs.progress import Progress
from conversions.models import Conversion
from conversions.sandbox import runner
from conversions.sandbox.folders import private_folder
from conversions.sandbox.job import Job

RENEW_INTERVAL = 5.0
logger = logging.getLogger(__name__)


def perform(conversion_id: UUID, attempt: int) -> None:
    """Do the work, if it is still to be done, and end the conversion one way or another. Blocks until then."""
    conversion = lifecycle.claim(conversion_id, attempt)
    if conversion is None:
        logger.info("conversion %s, attempt %s: nothing to do", conversion_id, attempt)
        return
    try:
        with private_folder(settings.WORK_DIR) as folder, storage.no_space_named():
            lifecycle.complete(conversion, _convert(conversion, folder))
    except runner.Stopped:
        logger.info("conversion %s was cancelled", conversion_id)
    except ConversionsError as error:
        lifecycle.fail(conversion, error)
    except Exception:  # whatever it was, the conversion must end and say so
        logger.exception("conversion %s failed in an unforeseen way", conversion_id)
        lifecycle.fail(conversion, ConversionsError())
    pending.settle(conversion)


def _convert(conversion: Conversion, folder: Path) -> Path:
    sources = _fetched(conversion, folder)
    engine = registry.engine_for(sources[0].format, conversion.to)
    if engine is None:  # the row is older than a change of the catalogue
        raise ConversionsError
    target = EngineFile(folder / "output", conversion.to)
    watch = Watch(conversion, engine)
    runner.run(Job(engine.module, sources, target, conversion.options), folder, watch)
    watch.reached(registry.STORING.id, 0)
    return target.path


def _fetched(conversion: Conversion, folder: Path) -> list[EngineFile]:
    sources = []
    for source in conversion.sources.all():
        path = folder / f"source{source.position}"
        storage.fetch(source.file.name or "", path)
        sources.append(EngineFile(path, source.format))
    if not sources:
        raise FileMissing
    return sources


class Watch:
    """What the runner calls while the process works: passes progress on, keeps the lease, notices a cancel."""

    def __init__(self, conversion: Conversion, engine: registry.Engine) -> None:
        self.conversion = conversion
        now = self._renewed_at = time.monotonic()
        stages = engine.stages[conversion.to]
        self._progress = Progress(stages, measured=conversion.progress == "measured", now=now)

    def reached(self, stage: str, fraction: float) -> None:
        """The engine has done this fraction of the stage."""
        self._progress.reached(stage, fraction)
        self._tell()

    def goes_on(self) -> bool:
        """Whether the work is still wanted; asked a few times a second."""
        self._tell()
        now = time.monotonic()
        if now - self._renewed_at >= RENEW_INTERVAL:
            self._renewed_at = now
            return lifecycle.renew(self.conversion)
        return lifecycle.is_ours(self.conversion)

    def _tell(self) -> None:
        if news := self._progress.due(time.monotonic()):
            lifecycle.report(self.conversion, news)
