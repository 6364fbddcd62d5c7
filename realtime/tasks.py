"""Celery tasks; beat's schedule names them."""

from typing import Any

from celery import shared_task
from celery.signals import task_postrun

from realtime import health
from realtime.publisher import flush

AFTER_TASK = 5.0  # seconds that a task's end waits for its events


@shared_task(name="realtime.check_connections")
def check_connections() -> int:
    """Mark connections that their process has stopped reporting, and let the hubs test what looks unwell."""
    return health.check_connections()


@shared_task(name="realtime.clean_stale_connections")
def clean_stale_connections() -> int:
    """Delete the records of dead processes and of connections closed long ago."""
    return health.clean_stale_connections()


@task_postrun.connect
def flush_events(**_: Any) -> None:
    """The process that ran the task may be ended at any time after it; its events should have left by then."""
    flush(AFTER_TASK)
