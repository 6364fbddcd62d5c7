"""`make bench-health`: what looking after 10,000 connections costs. The figures are in docs/operating.md.

One process is the web server, whose hub has the connections; the tasks of beat run here too, in a thread, as the worker
would run them elsewhere.
"""

import asyncio
import os
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from realtime.models import ConnectionRecord

FOLDER = tempfile.TemporaryDirectory(prefix="convertsite-bench-")
os.environ |= {"DATA_DIR": FOLDER.name, "ENV_FILE": os.devnull, "DJANGO_SETTINGS_MODULE": "convertsite.settings"}
for _name in ("DATABASE_URL", "REDIS_URL"):
    os.environ.pop(_name, None)
CONNECTIONS = 10_000
TOPICS = 2  # that each follows, in its record
INTERVAL = 5.0  # seconds, in place of a minute, in which all records are written
LOOK = 0.001  # seconds between looks at whether the loop stands still


class Stillness:
    """How long a callback held the loop at most, in processor time, which does not depend on what else the machine
    does; and how late the loop was, which does, and in which the work of this process's threads is seen."""

    def __init__(self) -> None:
        self.held = self.late = 0.0
        run = asyncio.Handle._run

        def timed_run(handle: asyncio.Handle) -> None:
            began = time.thread_time()
            run(handle)
            self.held = max(self.held, time.thread_time() - began)

        asyncio.Handle._run = timed_run

    async def watch(self) -> None:
        """Look, until cancelled."""
        while True:
            before = time.perf_counter()
            await asyncio.sleep(LOOK)
            self.late = max(self.late, time.perf_counter() - before - LOOK)

    def told(self) -> str:
        """Both since it was last asked."""
        held, late = self.held, self.late
        self.held = self.late = 0.0
        return f"the loop was held for {1000 * held:.0f} ms at most, and {1000 * late:.0f} ms late"


def main() -> None:
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from tests.processes import start_valkey, stop
    from tests.waiting import wait_for

    call_command("migrate", verbosity=0)
    settings.REALTIME_HEALTH_CHECK_INTERVAL = INTERVAL
    valkey = start_valkey(Path(settings.VALKEY_SOCKET))
    try:
        wait_for(Path(settings.VALKEY_SOCKET).exists)
        asyncio.run(web())
    finally:
        stop(valkey)


async def web() -> None:
    from realtime import health, hub, overview, samples, tasks
    from realtime.connection import Connection
    from realtime.models import ConnectionRecord
    from tests.waiting import await_for

    own, stillness = hub.current(), Stillness()
    now = time.monotonic()
    for _ in range(CONNECTIONS):
        connection = Connection(owner="", address="", user_agent="Browser/1", now=now, wake=lambda: None)
        own.open(connection)
        connection.topics |= {f"owner.{number}" for number in range(TOPICS)}
    watch = asyncio.create_task(stillness.watch())
    written = ConnectionRecord.objects.filter(details__isnull=False)
    await await_for(lambda: all_are(written), 60)
    say("all records written for the first time", stillness.told())
    await asyncio.sleep(2.5 * INTERVAL)
    say("ticks, pings, records of all, reports, metrics", stillness.told())
    await timed("check_connections", tasks.check_connections, stillness)
    await timed("check_connections again", tasks.check_connections, stillness)
    names = [name async for name in ConnectionRecord.objects.values_list("pk", flat=True)]
    await timed("asking the hub to test all of them", lambda: health.request_connection_test(*names), stillness)
    await asyncio.sleep(2)
    say("testing all of them", stillness.told())
    await timed("the page of health", overview.look, stillness)
    await timed("a sample", samples.take, stillness)
    await timed("clean_stale_connections, nothing to do", tasks.clean_stale_connections, stillness)
    watch.cancel()
    own._task.cancel()
    with suppress(asyncio.CancelledError):
        await own._task
    await ConnectionRecord.objects.aupdate(reported_at="2026-01-01T00:00:00Z")
    await timed("clean_stale_connections, all dead", tasks.clean_stale_connections, stillness)


async def all_are(records: "QuerySet[ConnectionRecord]") -> bool:
    return await records.acount() == CONNECTIONS


async def timed(name: str, work: Callable[[], object], stillness: Stillness) -> None:
    def measured() -> tuple[float, float]:
        began, used = time.perf_counter(), time.thread_time()
        work()
        return 1000 * (time.perf_counter() - began), 1000 * (time.thread_time() - used)

    took, used = await asyncio.to_thread(measured)
    say(f"{name}: {took:.0f} ms, of which {used:.0f} of the processor", stillness.told())


def say(what: str, told: str) -> None:
    print(f"{what}; {told}")  # noqa: T201 (what was asked for)


if __name__ == "__main__":
    main()
