"""`Hub`: all connections of a process, one hub an event loop. It tests them, records them and says goodbye to them."""

import asyncio
import logging
import random
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from contextlib import suppress
from heapq import nsmallest
from operator import attrgetter
from weakref import WeakKeyDictionary

from realtime import metrics, reports
from realtime.acknowledgements import Acknowledgements
from realtime.auth import Scope, address_of
from realtime.batch import Finals
from realtime.conf import conf
from realtime.connection import Connection
from realtime.counts import code_label, counts
from realtime.errors import CLOSED_BY_OPERATOR, GOING_AWAY, REASONS, WANTED, TooManyConnections
from realtime.feeds import Feeds
from realtime.gate import Gate
from realtime.heartbeat import TEST_PATIENCE
from realtime.history import History, connect
from realtime.layer import Action, Control
from realtime.protocol import ServerShutdown
from realtime.recheck import INTERVAL, recheck
from realtime.records import Records
from realtime.reports import Reporter
from realtime.stream import Stream
from realtime.version import client_version
from realtime.watching import LOOK_INTERVAL, Watching

logger = logging.getLogger(__name__)
TICK = 1.0
TICKED_AT_ONCE = 1_000
LAST_PATIENCE = 0.5  # seconds to say goodbye, and for connections to Valkey to close
SPREAD_MS = 3_000  # over which the clients of a stopped process come back


def unix_ms() -> int:
    """The time of day as messages carry it."""
    return time.time_ns() // 1_000_000


class Hub:
    """The connections, and the feeds that they follow."""

    def __init__(self) -> None:
        self._history = History(connect())
        self.feeds = Feeds(self._history, self._control)
        self._client_version = client_version()
        self.gate = Gate()
        self._connections: set[Connection] = set()
        self._owners: Counter[str] = Counter()
        self._addresses: Counter[str] = Counter()
        self._records = Records(self.feeds.position)
        self._reporter = Reporter(self._records.process, connect())
        self._acknowledgements = Acknowledgements(connect())  # by a way of its own: nothing waits for it
        self._refused_at: dict[str, float] = {}  # owners and addresses that had too many connections
        self._wanted: Counter[str] = Counter()  # places of theirs that event streams have not given way for
        self._closing = False
        self._deserted = asyncio.Event()
        self._deserted.set()
        self._task = asyncio.create_task(self._run())
        self._task.add_done_callback(self._ended)

    def check(self, connection: Connection) -> None:
        """Raise `TooManyConnections` if this one would be one too many."""
        self._check(self._owners, connection.owner, conf.MAX_CONNECTIONS_PER_OWNER, "of yours")
        self._check(self._addresses, connection.address, conf.MAX_CONNECTIONS_PER_ADDRESS, "from your network address")

    def _check(self, counted: Counter[str], who: str, limit: int, from_where: str) -> None:
        if who and counted[who] >= limit:
            self._refused_at[who] = time.monotonic()
            self._wanted[who] += 1
            raise TooManyConnections(limit=limit, from_where=from_where)

    def open(self, connection: Connection) -> None:
        """Take a connection in and greet it. Raises `TooManyConnections` or `TooManyAttempts`."""
        self.gate.enter(connection.address, time.monotonic())
        self.check(connection)
        self._owners[connection.owner] += 1
        self._addresses[connection.address] += 1
        self._connections.add(connection)
        counts.connections_opened[connection.transport] += 1
        self._deserted.clear()
        self._records.opened(connection)
        logger.debug("connection opened", extra={"connection": connection.id, "transport": connection.transport})
        connection.greet(unix_ms(), self._client_version)
        if self._closing:
            _say_goodbye([connection])

    def close(self, connection: Connection, code: int | None) -> None:
        """A connection is gone. One that was refused is not known, and nothing happens."""
        if connection not in self._connections:
            counts.connections_refused[code_label(connection.close_code)] += 1
            return
        why = connection.close_code or code
        counts.connections_closed[code_label(why)] += 1
        counts.frames_unacknowledged += connection.unacknowledged
        if why not in WANTED:
            counts.frames_cut_off += connection.unacknowledged
        self._connections.discard(connection)
        self._records.closed(connection, why)
        connection.forget()  # at once: what holds it may wait for Python's collector
        _uncount(self._owners, connection.owner)
        _uncount(self._addresses, connection.address)
        followed = bool(connection.topics)
        self.gate.closed(connection.address, why, followed, time.monotonic())
        self.feeds.leave(connection)
        _log_end(connection, code)
        if not self._connections:
            self._deserted.set()

    def acknowledged(self, connection_id: str, finals: Iterable[Finals]) -> None:
        """A connection has finals, as its client says."""
        self._acknowledgements.add(connection_id, finals, unix_ms())

    async def shutdown(self, deadline: float) -> None:
        """See the function `shutdown`."""
        self._closing = True
        self.feeds.batches.send_all()
        _say_goodbye(self._connections)
        with suppress(TimeoutError):
            async with asyncio.timeout(deadline):
                await asyncio.gather(self._acknowledgements.write(), self._write_last_records())
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_PATIENCE):
                await self._reporter.say_goodbye(self._connections)
        self._task.cancel()
        await asyncio.wait([self._task], timeout=LAST_PATIENCE)
        self._tell_metrics()

    async def _write_last_records(self) -> None:
        await self._deserted.wait()
        await self._records.write(time.monotonic())

    def _control(self, message: Control) -> None:
        asked, now, day = set(message.ids), time.monotonic(), unix_ms()
        for connection in [one for one in self._connections if one.id in asked]:
            match message.action:
                case Action.REPORT:
                    self._records.write_soon(connection)
                case Action.TEST:
                    connection.test(now, day)
                    self._records.write_when_answered(connection)
                case Action.RECOVER:
                    connection.life.note(now, "sent_away", message.reason)
                    connection.trigger_connection_recovery(message.reason)
                case Action.CLOSE:
                    connection.close(CLOSED_BY_OPERATOR, "closed_by_operator")

    async def _run(self) -> None:
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.feeds.run())
                tasks.create_task(self._tick())
                tasks.create_task(self._write_records())
                tasks.create_task(self._write_acknowledgements())
                tasks.create_task(self._report())
                tasks.create_task(self._watch())
                tasks.create_task(self._recheck())
        finally:
            await asyncio.gather(self._history.close(), self._acknowledgements.close(), self._reporter.close())

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK)
            now, day = time.monotonic(), unix_ms()
            for number, connection in enumerate(list(self._connections)):
                if number % TICKED_AT_ONCE == 0:
                    await asyncio.sleep(0)  # of 10,000 connections the others would wait for 50 ms
                if connection in self._connections:
                    connection.tick(now, day)
            self._make_room(now, day)
            self._tell_metrics()

    def _tell_metrics(self) -> None:
        metrics.show(self._connections, self.feeds.numbers)
        metrics.flush()

    def _make_room(self, now: float, day: int) -> None:
        self._refused_at = {who: at for who, at in self._refused_at.items() if now < at + 2 * TEST_PATIENCE}
        if self._refused_at:
            for connection in list(self._connections):
                if not self._refused_at.keys().isdisjoint((connection.owner, connection.address)):
                    connection.make_room(now, day)
        self._let_streams_give_way(now)

    def _let_streams_give_way(self, now: float) -> None:
        """For each refusal the one that is open longest: so all of them are asked, in time, and no client is often."""
        wanted = {who: number for who, number in self._wanted.items() if number and who in self._refused_at}
        self._wanted = Counter(wanted)
        streams = defaultdict(list)
        for one in self._connections if wanted else ():
            for who in wanted.keys() & {one.owner, one.address}:
                if isinstance(one, Stream):
                    streams[who].append(one)
        for who, those in streams.items():
            old = nsmallest(wanted[who], [one for one in those if one.may_give_way(now)], key=attrgetter("opened_at"))
            for stream in old:
                stream.give_way()
            self._wanted[who] -= len(old)

    async def _write_records(self) -> None:
        while True:  # apart from the heartbeats: a database may be locked for seconds
            await asyncio.sleep(TICK)
            await self._records.write(time.monotonic())

    async def _write_acknowledgements(self) -> None:
        while True:
            await asyncio.sleep(TICK)
            await self._acknowledgements.write()

    async def _report(self) -> None:
        while True:
            await self._reporter.report(self._connections)
            await asyncio.sleep(reports.INTERVAL)

    async def _watch(self) -> None:
        watching = Watching()
        while True:
            await asyncio.sleep(LOOK_INTERVAL)
            await watching.look_at(self.feeds.watched())

    async def _recheck(self) -> None:
        while True:
            await asyncio.sleep(INTERVAL)
            await recheck(self._connections)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if task.cancelled() or (error := task.exception()) is None:
            return
        logger.critical("The hub failed; its clients are sent to a new one", exc_info=error)
        _hubs.pop(task.get_loop(), None)
        _say_goodbye(self._connections)


def _log_end(connection: Connection, code: int | None) -> None:
    """Once for each connection. What its client does all day is for who looks into it; what went wrong is for all."""
    why = connection.close_code or code
    level = logging.INFO if why in REASONS else logging.DEBUG
    if not logger.isEnabledFor(level):
        return
    told = {
        "connection": connection.id,
        "transport": connection.transport,
        "code": why,
        "reason": REASONS.get(why or 0, "left"),
        "quality": connection.quality.grade or "unknown",
        "latency_ms": connection.quality.latency_ms,
        "recoveries": connection.recovery_successes,
        "recoveries_failed": connection.recovery_failures,
    }
    logger.log(level, "connection closed", extra=told)


def _uncount(counted: Counter[str], who: str) -> None:
    counted[who] -= 1
    if not counted[who]:
        del counted[who]


def _say_goodbye(connections: Iterable[Connection]) -> None:
    for connection in list(connections):
        wait = random.randint(0, SPREAD_MS)  # noqa: S311 (no secret)
        connection.send(ServerShutdown(reason="restart", reconnect_in_ms=wait))
        connection.close(GOING_AWAY, "restart")


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def current() -> Hub:
    """The running loop's hub; it starts with the first call."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub()
    return _hubs[loop]


def refuses(scope: Scope) -> bool:
    """Whether who connects would be sent away at once, since its address came too often; of the scope, `client` and
    `headers` are looked at."""
    hub = _hubs.get(asyncio.get_running_loop())
    refused = hub is not None and hub.gate.refuses(address_of(scope), time.monotonic())
    counts.connections_refused["429"] += refused
    return refused


async def shutdown(deadline: float | None = None) -> None:
    """Tell every client of this loop that the process ends, and when to come back, and close with 4012.

    Returns when all are gone, at the latest after `deadline` seconds (`SHUTDOWN_TIMEOUT`). Who connects later is told
    the same.
    """
    if hub := _hubs.get(asyncio.get_running_loop()):
        await hub.shutdown(conf.SHUTDOWN_TIMEOUT if deadline is None else deadline)
