"""Micro-batches: when what waits for many connections goes out.

The first event of a quiet topic, to a quiet connection, goes out at once. What comes soon after it gathers and leaves
as one frame. One timer serves all; nothing here costs a task, or a timer, a connection or an event.
"""

import asyncio
import time
from collections.abc import Iterable
from itertools import islice

from realtime.connection import Connection
from realtime.feed import Feed

SHORTEST, LONGEST = 0.025, 0.1  # seconds for which events gather
SHARE = 0.3  # of the time may go into sending, as long as LONGEST allows it
LOOK_EVERY = 0.2  # seconds
AT_ONCE = 1_000  # connections that are sent to in one turn of the loop: some 20 ms


class Pace:
    """For how long events gather: the longer, the more of the process's time the sending takes. Pure."""

    def __init__(self, now: float) -> None:
        self.interval = SHORTEST
        self._looked_at, self._spent = now, 0.0

    def spent(self, seconds: float, now: float) -> None:
        """A round of sending, which ended now, took so long."""
        self._spent += seconds
        passed = now - self._looked_at
        if passed >= LOOK_EVERY:
            factor = min(max(self._spent / passed / SHARE, 0.5), 2.0)
            self.interval = min(max(self.interval * factor, SHORTEST), LONGEST)
            self._looked_at, self._spent = now, 0.0


class Batches:
    """Feeds and connections that have something to send."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._pace = Pace(self._loop.time())
        self._ready: dict[Feed, None] = {}
        self._waiting: dict[Feed, None] = {}
        self._busy: dict[Connection, None] = {}
        self._owed: dict[Connection, None] = {}  # by a round that is under way
        self._serving: asyncio.Handle | None = None
        self._soon: asyncio.Handle | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._last_round = 0.0

    def gather(self, feed: Feed) -> None:
        """Let a feed's batch go out: at once if it was quiet, which still takes in what arrives in the same moment."""
        if feed.busy_until > self._loop.time():
            self._waiting[feed] = None
            self._set_timer()
        else:
            self._ready[feed] = None
            if self._soon is None:
                self._soon = self._loop.call_soon(self._send_ready)

    def forget(self, connection: Connection) -> None:
        """A connection is gone."""
        self._busy.pop(connection, None)
        self._owed.pop(connection, None)

    def send_all(self) -> None:
        """Let all that waits out."""
        ready, self._ready = self._ready, {}
        waiting, self._waiting = self._waiting, {}
        self._round([*ready, *waiting], self._loop.time(), whole=True)
        while self._owed:
            self._serve()

    def _set_timer(self) -> None:
        if self._timer is None:
            due = max(self._loop.time(), self._last_round + self._pace.interval)
            self._timer = self._loop.call_at(due, self._send_waiting)

    def _send_ready(self) -> None:
        self._soon = None
        ready, self._ready = self._ready, {}
        self._round(ready, self._loop.time())

    def _send_waiting(self) -> None:
        self._timer = None
        waiting, self._waiting = self._waiting, {}
        self._round(waiting, self._loop.time(), whole=True)

    def _round(self, feeds: Iterable[Feed], now: float, whole: bool = False) -> None:
        """Let the feeds' batches out. Connections that were sent to just now wait for a `whole` round, which serves all
        that wait."""
        until = now + self._pace.interval
        unix_ms = time.time_ns() // 1_000_000
        due, self._busy = (self._busy, {}) if whole else ({}, self._busy)
        for feed in feeds:
            feed.busy_until = until
            feed.tell_age(unix_ms)
            due.update(dict.fromkeys(feed.flush()))
        for connection in due:
            if whole or connection.busy_until <= now:
                connection.busy_until = until
                self._owed[connection] = None
            else:
                self._busy[connection] = None
        if self._busy:
            self._set_timer()
        self._pace.spent(self._loop.time() - now, self._loop.time())
        if self._serving is None:
            self._serve()

    def _serve(self) -> None:
        """Send to those who are owed something; past `AT_ONCE`, others have their turn before it goes on."""
        start, self._serving = self._loop.time(), None
        for connection in list(islice(self._owed, AT_ONCE)):
            if connection in self._owed:  # another's turn may have ended it
                del self._owed[connection]
                connection.transmit()
        if self._owed:
            self._serving = self._loop.call_soon(self._serve)
        self._last_round = self._loop.time()
        self._pace.spent(self._last_round - start, self._last_round)
