"""What the web processes say of themselves every two seconds, in Valkey: how they are, and what they have counted since
the last sample (samples.py) was taken.

Nothing waits for it. While Valkey is away nothing is told, and what was counted meanwhile is told afterwards; what was
told in the moment that it went away may be told twice.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

import msgspec
from redis.asyncio import Redis

from realtime import valkey
from realtime.backoff import heed_cancellation, warn_of_outage
from realtime.connection import Connection
from realtime.counts import counts
from realtime.errors import WANTED
from realtime.history import Script

INTERVAL = 2.0  # seconds
SILENT = 10.0  # seconds without a report, after which a process is said to be silent
PROCESSES, COUNTS = "realtime:{health}:processes", "realtime:{health}:counts"
REPORT = Script("report.lua")
MEANT = frozenset(map(str, WANTED))
UNKNOWN = "unknown"
"""The quality of a connection before its first round trip."""


class Said(msgspec.Struct, frozen=True):
    """What a process says: for how many seconds it runs, the messages and batches that its connections wait for, and
    its open connections by transport and quality."""

    uptime: float
    waiting: int
    kinds: list[tuple[str, str, int]]


@dataclass(frozen=True)
class Process:
    """A web process, and how many seconds ago it said so."""

    name: str
    age: float
    said: Said

    @property
    def silent(self) -> bool:
        """Whether it is busy, stopped or dead."""
        return self.age > SILENT

    @property
    def open(self) -> int:
        """Its open connections."""
        return sum(number for _, _, number in self.said.kinds)


@dataclass(frozen=True)
class Reports:
    """What all processes say: the longest running first, and the counts since the last sample."""

    processes: list[Process]
    counts: Counter[str]


def counted() -> Counter[str]:
    """What this process has counted, by the names that a `HealthSample` has for it."""
    closed, told = counts.connections_closed, counts.recoveries
    return Counter(
        opened=counts.connections_opened.total(),
        closed=closed.total(),
        failed=sum(number for code, number in closed.items() if code not in MEANT),
        sent=counts.frames_sent,
        acknowledged=counts.frames_acknowledged,
        cut_off=counts.frames_cut_off,
        delivered=counts.events_delivered,
        replays=counts.replays,
        snapshots=counts.snapshots,
        gaps=counts.gaps,
        recovery_attempts=told["attempt"],
        recovery_successes=told["success"],
        recovery_failures=told["failure"],
    )


class Reporter:
    """One process's voice."""

    def __init__(self, process: str, redis: Redis) -> None:
        self._process = process
        self._redis = redis
        self._began = time.monotonic()
        self._told = counted()
        self._speaking = asyncio.Lock()  # what two told at once would count twice

    async def report(self, connections: Collection[Connection]) -> None:
        """Say how it is. Raises nothing."""
        async with self._speaking:
            total = counted()
            pairs = [part for name, count in (total - self._told).items() for part in (name, count)]
            text = msgspec.json.encode(self._said(connections)).decode()
            try:
                await self._redis.eval(REPORT.text, 2, PROCESSES, COUNTS, self._process, text, *pairs)
            except Exception as error:  # noqa: BLE001 (deliveries go on whatever becomes of their counts)
                warn_of_outage(error)
            else:
                self._told = total
            heed_cancellation()

    def _said(self, connections: Collection[Connection]) -> Said:
        kinds = Counter([(one.transport, one.quality.grade or UNKNOWN) for one in connections])
        waiting = sum([one.waiting for one in connections])
        return Said(
            round(time.monotonic() - self._began, 1), waiting, [(*kind, number) for kind, number in kinds.items()]
        )

    async def say_goodbye(self, connections: Collection[Connection]) -> None:
        """Tell the last counts. The process ends, and nobody shall miss it. Raises nothing."""
        await self.report(connections)
        async with self._speaking:
            try:
                await self._redis.hdel(PROCESSES, self._process)
            except Exception as error:  # noqa: BLE001 (as above)
                warn_of_outage(error)

    async def close(self) -> None:
        """Close the connections to Valkey."""
        await self._redis.aclose(close_connection_pool=True)


def read() -> Reports:
    """What is said now. It blocks; raises one of `backoff.AWAY`."""
    with valkey.connect() as client, client.pipeline(transaction=False) as pipe:
        pipe.time()
        pipe.hgetall(PROCESSES)
        pipe.hgetall(COUNTS)
        (now, _), said, found = pipe.execute()
    processes = [_process(name.decode(), line, now) for name, line in said.items()]
    return Reports(sorted(processes, key=lambda process: -process.said.uptime), _counts(found))


def take() -> Counter[str]:
    """The counts since it was last called, which begin again. It blocks; raises one of `backoff.AWAY`."""
    with valkey.connect() as client, client.pipeline(transaction=True) as pipe:
        pipe.hgetall(COUNTS)
        pipe.delete(COUNTS)
        found, _ = pipe.execute()
    return _counts(found)


def forget_dead(older_than: float) -> int:
    """Forget the processes that have said nothing for so many seconds; returns how many. One that was only paused says
    all anew. It blocks; raises one of `backoff.AWAY`."""
    dead = [process.name for process in read().processes if process.age > older_than]
    if not dead:
        return 0
    with valkey.connect() as client:
        return int(client.hdel(PROCESSES, *dead))


def _process(name: str, line: bytes, now: int) -> Process:
    at, _, text = line.partition(b" ")
    return Process(name, max(0.0, float(now) - float(at)), msgspec.json.decode(text, type=Said))


def _counts(found: dict[bytes, bytes]) -> Counter[str]:
    return Counter({name.decode(): int(count) for name, count in found.items()})
