"""A TCP proxy that can break, in front of one server or several."""

import asyncio
import contextlib
from collections.abc import Sequence
from enum import StrEnum
from types import TracebackType
from typing import Self

from tests.waiting import await_for

PIECE = 64 * 1024


class Weather(StrEnum):
    """What becomes of the bytes that come through."""

    FINE = "fine"
    CUT = "cut"
    """Every connection is aborted, and every new one is at once."""
    DELAY = "delay"
    """Each piece comes late."""
    TRICKLE = "trickle"
    """A few bytes at a time."""
    HOLE = "hole"
    """Nothing passes and nobody is told. What was connected before stays dead for ever, as behind a router that forgot
    it; what came meanwhile goes on afterwards."""


class Proxy:
    """Listens on a free port of the loopback, at `port`, and passes connections on to the ports of `targets`: to the
    first that takes them, each time beginning with the next."""

    delay = 1.0
    trickle_bytes, trickle_pause = 64, 0.05

    def __init__(self, targets: Sequence[int]) -> None:
        self.targets = targets
        self.weather = Weather.FINE
        self._daylight = asyncio.Event()
        self._daylight.set()
        self._turn = 0
        self._open: set[Connection] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, backlog=4096)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._server.close()
        for connection in list(self._open):
            connection.abort()
        await await_for(lambda: not self._open, because="the proxy's connections to end")

    def become(self, weather: Weather) -> None:
        """Change from now on."""
        self.weather = weather
        if weather == Weather.HOLE:
            self._daylight.clear()
        else:
            self._daylight.set()
        for connection in list(self._open):
            if weather == Weather.CUT:
                connection.abort()
            connection.dead |= weather == Weather.HOLE

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._daylight.wait()
        try:
            far = await self._reach()
        except OSError:
            writer.transport.abort()
            return
        connection = Connection(self, (reader, writer), far)
        self._open.add(connection)
        try:
            await connection.run()
        finally:
            self._open.discard(connection)

    async def _reach(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self.weather == Weather.CUT:
            raise ConnectionRefusedError
        self._turn += 1
        for index in range(len(self.targets)):
            with contextlib.suppress(OSError):
                return await asyncio.open_connection(
                    "127.0.0.1", self.targets[(self._turn + index) % len(self.targets)]
                )
        raise ConnectionRefusedError


class Connection:
    """One connection through the proxy."""

    def __init__(self, proxy: Proxy, *ends: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> None:
        self.dead = False
        self._for_ever = asyncio.Event()
        self._proxy, self._ends = proxy, ends

    async def run(self) -> None:
        (near_reader, near_writer), (far_reader, far_writer) = self._ends
        tasks = [
            asyncio.create_task(self._pass(near_reader, far_writer)),
            asyncio.create_task(self._pass(far_reader, near_writer)),
        ]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        for _, writer in self._ends:
            writer.close()

    def abort(self) -> None:
        """Reset both ends."""
        self._for_ever.set()
        for _, writer in self._ends:
            writer.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while (piece := await reader.read(PIECE)) and not self.dead:
                await self._forward(piece, writer)
        if self.dead:  # not even the end gets through
            await self._for_ever.wait()

    async def _forward(self, piece: bytes, writer: asyncio.StreamWriter) -> None:
        proxy = self._proxy
        if proxy.weather == Weather.DELAY:
            await asyncio.sleep(proxy.delay)
        while piece and proxy.weather == Weather.TRICKLE:
            writer.write(piece[: proxy.trickle_bytes])
            piece = piece[proxy.trickle_bytes :]
            await asyncio.sleep(proxy.trickle_pause)
        writer.write(piece)
        await writer.drain()
