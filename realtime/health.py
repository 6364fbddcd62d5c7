"""How the layer is: a look at all of it, what beat's tasks do with the connection records, and what any process can ask
of the hubs; as plain functions."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from asgiref.sync import async_to_sync
from django.db.models import Count, F, Q, QuerySet, Sum

from realtime import clock
from realtime.backoff import AWAY
from realtime.conf import conf
from realtime.counts import counts
from realtime.heartbeat import TEST_PATIENCE
from realtime.history import History, connect
from realtime.layer import HUBS, Action, control
from realtime.models import ConnectionRecord, ConnectionState
from realtime.publisher import tell
from realtime.quality import Grade
from realtime.records import ROWS_AT_ONCE

Records = QuerySet[ConnectionRecord]

CLOSED_KEPT = timedelta(days=1)

PATIENCE = 3.0  # seconds for Valkey to answer


@dataclass(frozen=True)
class Recoveries:
    """Reconnects as the clients themselves tell of them; who comes back at last may tell of the success alone."""

    attempts: int
    successes: int
    failures: int


@dataclass(frozen=True)
class Health:
    """What `perform_health_check` found. `valkey_ms` is None where Valkey does not answer; `grades` counts the open
    connections by quality, an empty grade being one that is not known yet; `recoveries` are those of all connections
    that have a record: the open ones, and those closed within a day."""

    valkey_ms: float | None
    open: int
    stale: int
    grades: dict[str, int]
    recoveries: Recoveries

    @property
    def ok(self) -> bool:
        """Whether events get through."""
        return self.valkey_ms is not None


def perform_health_check() -> Health:
    """Ask Valkey, and count the connections of all processes by their records, in one query. Raises nothing while
    Valkey is away; takes at most some seconds."""
    told = [Sum(f"recovery_{what}") for what in ("attempts", "successes", "failures")]
    rows = list(ConnectionRecord.objects.order_by().values_list("state", "quality").annotate(Count("pk"), *told))
    grades = {grade: number for state, grade, number, *_ in rows if state == ConnectionState.OPEN}
    stale = sum(number for state, _, number, *_ in rows if state == ConnectionState.STALE)
    recoveries = Recoveries(*(sum(row[column] for row in rows) for column in (3, 4, 5)))
    return Health(async_to_sync(_valkey_ms)(), sum(grades.values()), stale, grades, recoveries)


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


def request_connection_test(*connection_ids: str) -> None:
    """Let the hubs that have these connections ask their clients now whether they are there: `connection_test`. A
    record shows the answer within about a second; who does not answer is given up as after a ping.

    As all requests to the hubs it may be made anywhere, in any process, returns at once, and comes to nothing for
    connections that nobody has, or while Valkey is away. `flush` waits until it has left.
    """
    tell(HUBS, control(Action.TEST, connection_ids))


def trigger_connection_recovery(connection_id: str, reason: str) -> None:
    """Let the hub that has the connection send its client away, to come back on a new one and resume there:
    `connection_recovery` with the first 128 characters of `reason`, then close code 4408."""
    tell(HUBS, control(Action.RECOVER, [connection_id], reason))


def close_connection(*connection_ids: str) -> None:
    """Let the hubs that have these connections close them with 4410. A client comes back, as after a cut."""
    tell(HUBS, control(Action.CLOSE, connection_ids))


def check_connections() -> int:
    """Mark as stale what its process has not reported for an interval and a half, and let the hubs test what looks
    unwell. Two queries and a few messages, however many connections there are, and more queries only where many became
    stale; returns how many."""
    silent = clock.now() - timedelta(seconds=1.5 * conf.HEALTH_CHECK_INTERVAL)
    reported = ConnectionRecord.objects.order_by().filter(state=ConnectionState.OPEN)
    unreported = reported.filter(reported_at__lt=silent)
    stale = _in_slices(unreported, lambda some: some.update(state=ConnectionState.STALE))
    counts.swept["stale"] += stale
    # By the clock of its own process: a ping was due, and has been unanswered for longer than a test may be.
    quiet = F("reported_at") - timedelta(seconds=conf.HEARTBEAT_INTERVAL + TEST_PATIENCE)
    unwell = reported.filter(Q(quality=Grade.POOR) | Q(last_seen_at__lt=quiet))
    request_connection_test(*unwell.values_list("pk", flat=True))
    return stale


def clean_stale_connections() -> int:
    """Delete what was closed a day ago, and what its process has not reported for so long that it must be dead.
    Called four times an interval, it has them gone within two. A process that was only paused writes its records anew.
    Returns how many."""
    now = clock.now()
    silent = now - timedelta(seconds=dead_after())
    dead = Q(reported_at__lt=silent) & ~Q(state=ConnectionState.CLOSED)
    gone = ConnectionRecord.objects.order_by().filter(dead | Q(closed_at__lt=now - CLOSED_KEPT))
    total = _in_slices(gone, lambda some: some.delete()[0])
    counts.swept["records"] += total
    return total


def dead_after() -> float:
    """Seconds without a word after which a process is dead."""
    return 1.75 * conf.HEALTH_CHECK_INTERVAL


def _in_slices(records: Records, write: Callable[[Records], int]) -> int:
    """Let `write` change these records so that none of them is left, no more in a transaction than other writers can
    wait for. Returns how many it changed."""
    total, changed = 0, ROWS_AT_ONCE
    while changed == ROWS_AT_ONCE:
        changed = write(records.filter(pk__in=records.values("pk")[:ROWS_AT_ONCE]))
        total += changed
    return total
