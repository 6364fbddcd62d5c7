"""How the layer is: a look at all of it, and what beat's tasks do with the connection records, as plain functions."""

import asyncio
import time
from dataclasses import dataclass
from datetime import timedelta

from asgiref.sync import async_to_sync
from django.db.models import Count, Q
from django.utils import timezone

from realtime.backoff import AWAY
from realtime.conf import conf
from realtime.history import History, connect
from realtime.models import ConnectionRecord, ConnectionState

CLOSED_KEPT = timedelta(days=1)

PATIENCE = 3.0  # seconds for Valkey to answer


@dataclass(frozen=True)
class Health:
    """What `perform_health_check` found. `valkey_ms` is None where Valkey does not answer; `grades` counts the open
    connections by quality, an empty grade being one that is not known yet."""

    valkey_ms: float | None
    open: int
    stale: int
    grades: dict[str, int]

    @property
    def ok(self) -> bool:
        """Whether events get through."""
        return self.valkey_ms is not None


def perform_health_check() -> Health:
    """Ask Valkey, and count the connections of all processes by their records, in one query. Raises nothing while
    Valkey is away; takes at most some seconds."""
    counted = ConnectionRecord.objects.order_by().values_list("state", "quality").annotate(Count("pk"))
    found = {(state, grade): number for state, grade, number in counted}
    grades = {grade: number for (state, grade), number in found.items() if state == ConnectionState.OPEN}
    stale = sum(number for (state, _), number in found.items() if state == ConnectionState.STALE)
    return Health(async_to_sync(_valkey_ms)(), sum(grades.values()), stale, grades)


async def _valkey_ms() -> float | None:
    history, asked_at = History(connect()), time.perf_counter()
    try:
        async with asyncio.timeout(PATIENCE):
            await history.positions(["realtime.health"])
        return round((time.perf_counter() - asked_at) * 1000, 3)
    except AWAY:
        return None
    finally:
        await history.close()


def check_connections() -> int:
    """Mark as stale what its process has not reported for an interval and a half; returns how many."""
    silent = timezone.now() - timedelta(seconds=1.5 * conf.HEALTH_CHECK_INTERVAL)
    return ConnectionRecord.objects.filter(state=ConnectionState.OPEN, reported_at__lt=silent).update(
        state=ConnectionState.STALE
    )


def clean_stale_connections() -> int:
    """Delete what was closed a day ago, and what its process has not reported for two intervals: the process is dead.
    A process that was only paused writes its records anew. Returns how many."""
    now = timezone.now()
    dead = Q(reported_at__lt=now - timedelta(seconds=2 * conf.HEALTH_CHECK_INTERVAL)) & ~Q(state=ConnectionState.CLOSED)
    return ConnectionRecord.objects.filter(dead | Q(closed_at__lt=now - CLOSED_KEPT)).delete()[0]
