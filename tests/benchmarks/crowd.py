"""Many watchers in this process."""

import asyncio
import time
from collections.abc import Iterable
from itertools import count
from types import TracebackType
from typing import Self

from picows import WSError, ws_connect

from tests.benchmarks.arrivals import Arrivals
from tests.benchmarks.dialects import Position, Watcher
from tests.benchmarks.servers import Server
from tests.waiting import await_for

AT_ONCE = 100
PATIENCE = 120
RETRY = 0.05


class Crowd:
    """The watchers of a server. Leave the `async with` and they are gone. `addresses`: so many of the loopback are
    theirs, in turns; None: they have one."""

    def __init__(self, server: Server, addresses: int | None = None) -> None:
        self.server, self._addresses = server, addresses
        self._numbers = count()
        self.arrivals = Arrivals()
        self.watchers: list[Watcher] = []
        self._left_outside = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        for watcher in self.watchers:
            watcher.transport.disconnect(False)
        await await_for(lambda: all(watcher.gone for watcher in self.watchers), because="the sockets to close")

    @property
    def lost(self) -> int:
        """Watchers whose connection the server closed, or who never got one."""
        return self._left_outside + sum(watcher.gone for watcher in self.watchers)

    def start_over(self) -> None:
        """Forget what has arrived."""
        self.arrivals = Arrivals()
        for watcher in self.watchers:
            watcher.arrivals, watcher.frames = self.arrivals, []

    async def join(self, topics: Iterable[str]) -> None:
        """Connect a watcher a topic; returns when all follow."""
        waiting = list(topics)
        for first in range(0, len(waiting), AT_ONCE):
            await asyncio.gather(*map(self._connect, waiting[first : first + AT_ONCE]))
        await self.settled()

    async def come_back(self, topic: str, since: Position | None) -> None:
        """Connect as soon as the server lets one, and go on from a position if the server knows such a thing; who is
        not let in for so long is lost."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return await self._connect(topic, since)
            except (OSError, WSError):
                if time.monotonic() > deadline:
                    self._left_outside += 1
                    return None
                await asyncio.sleep(RETRY)

    async def settled(self, with_events: bool = False) -> None:
        """Returns when all follow their topic, and, if that is asked, have had an event; those who were closed never
        will, see `lost`."""

        def follows(watcher: Watcher) -> bool:
            return watcher.ready and bool(watcher.frames or not with_events)

        await await_for(
            lambda: all(watcher.gone or follows(watcher) for watcher in self.watchers),
            PATIENCE,
            "the watchers to follow",
        )

    async def _connect(self, topic: str, since: Position | None = None) -> None:
        dialect, source = self.server.kind.dialect, {}
        if self._addresses:
            source = {"local_addr": (f"127.1.0.{1 + next(self._numbers) % self._addresses}", 0)}
        _, watcher = await ws_connect(
            lambda: dialect.watcher(self.arrivals, topic, since),
            dialect.url(self.server.port, topic),
            websocket_handshake_timeout=PATIENCE,
            **source,
        )
        if watcher is None:
            raise ConnectionError(f"{self.server.kind.name} closed at once")
        self.watchers.append(watcher)
