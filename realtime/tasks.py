"""Celery tasks; beat's schedule names them."""

import logging
from collections.abc import Callable
from typing import Any

from celery import shared_task
from celery.signals import task_postrun

from realtime import health, metrics, reports, samples
from realtime.backoff import AWAY
from realtime.counts import counts
from realtime.publisher import flush
from realtime.valkey import alone

logger = logging.getLogger(__name__)
AFTER_TASK = 5.0  # seconds that a task's end waits for its events
LONGEST = 60.0  # seconds, after which a task is thought to be dead


@shared_task(name="realtime.check_connections")
def check_connections() -> int:
    """Mark connections that their process has stopped reporting, let the hubs test what looks unwell, and write how
    all are."""

    def check() -> int:
        stale = health.check_connections()
        samples.take()
        return stale

    return _once("check_connections", check)


@shared_task(name="realtime.clean_stale_connections")
def clean_stale_connections() -> int:
    """Delete the records of dead processes and of connections closed long ago, forget what such processes said, and
    make old samples fewer. Histories and acknowledgements go by their age, and the layer's groups with their process.
    """

    def clean() -> int:
        gone = health.clean_stale_connections()
        counts.swept["samples"] += samples.thin()
        try:
            counts.swept["processes"] += reports.forget_dead(health.dead_after())
        except AWAY as error:
            logger.warning("Valkey is away, dead processes are forgotten later: %s", error)
        return gone

    return _once("clean_stale_connections", clean)


def _once(name: str, work: Callable[[], int]) -> int:
    """Do it, unless it is being done: there may be two beats, or one that hurries after a pause."""
    with alone(name, LONGEST) as mine:
        done = work() if mine else 0
    counts.tasks["done" if mine else "skipped"] += 1
    metrics.flush()
    return done


@task_postrun.connect
def flush_events(**_: Any) -> None:
    """The process that ran the task may be ended at any time after it; its events should have left by then."""
    flush(AFTER_TASK)
