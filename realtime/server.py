"""Daphne's server with what the layer's guarantees need: limits, back-pressure, and a stop that waits for clients.

Import it before anything else that imports Twisted: Daphne chooses the reactor.
"""

from daphne.server import Server as DaphneServer  # isort:skip (it installs the reactor that the others import)

import asyncio
import gc
import logging
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from twisted.internet import reactor, tcp
from twisted.internet.defer import Deferred
from twisted.internet.error import CannotListenError
from twisted.logger import (
    FilteringLogObserver,
    LogLevel,
    LogLevelFilterPredicate,
    STDLibLogObserver,
    globalLogBeginner,
)

from realtime import server_http, server_websocket
from realtime.prepared import CUT, PROGRESS, SOCKET

Message = dict[str, Any]
Protocol = server_http.Request | server_websocket.Socket

BACKLOG = 4096
"""Connections that the kernel keeps for us: a thousand clients come back in the same second."""
ACCEPTS_AT_ONCE = 2
"""Connections that are taken in one turn of the loop; each costs a millisecond or two."""
GOING_AWAY = 4012
GC_THRESHOLD = (5_000, 20, 20)
"""Python's collector runs after 700 new objects, some ten connections."""
UNTIL_CUT = 0.85
"""Of the patience; what is left is for what has to be cut then, and for the last that is published."""
GRACE = 0.5
"""Seconds that `on_stop` may take longer than it was told."""

logger = logging.getLogger(__name__)


class Transport(tcp.Server):  # type: ignore[misc]
    """A connection, which lets go of what its client did not take: it and its protocol hold each other until Python's
    collector comes, and that takes its time (`GC_THRESHOLD`)."""

    def connectionLost(self, reason: object) -> None:  # noqa: N802 (Twisted's name)
        super().connectionLost(reason)
        self.dataBuffer, self._tempDataLen = b"", 0
        self._tempDataBuffer.clear()


class Port(tcp.Port):  # type: ignore[misc]
    """Listens, and leaves those who are here already their turn while many come."""

    transport = Transport
    numberAccepts = property(lambda _: ACCEPTS_AT_ONCE, lambda _, number: None)  # noqa: N815 (Twisted's name)


class Server(DaphneServer):  # type: ignore[misc]
    """Serves an ASGI application on one address until SIGINT or SIGTERM.

    `max_body_bytes` is the limit of a request's body and `body_folder` where it waits; `max_frame_bytes` is the limit
    of a WebSocket message. A stop takes at most `patience` seconds: first `on_stop(seconds)` may say goodbye to
    clients, then what still runs may end by itself, and then it is cut. A WebSocket for whose scope (`client` and
    `headers` of it) `refuses` says yes gets 429 instead of a handshake. What the server refuses by itself it tells by a
    problem document (RFC 9457) of `problem_type`, in which `{code}` stands for the problem's code.
    """

    def __init__(
        self,
        application: Callable[..., Awaitable[None]],
        *,
        host: str = "127.0.0.1",
        port: int,
        max_body_bytes: int = 64 * 1024**2,
        body_folder: Path | None = None,
        max_frame_bytes: int = 64 * 1024,
        patience: float = 10,
        on_stop: Callable[[float], Awaitable[None]] | None = None,
        refuses: Callable[[Message], bool] = lambda scope: False,
        problem_type: str = "about:blank",
    ) -> None:
        super().__init__(
            application,
            endpoints=[f"{host}:{port}"],
            ping_interval=float("inf"),  # the consumers watch over their sockets themselves
            websocket_timeout=-1,
            server_name="convertsite",
        )
        self.host, self.port = host, port
        self.max_body_bytes, self.body_folder, self.max_frame_bytes = max_body_bytes, body_folder, max_frame_bytes
        self.patience, self.on_stop, self.refuses = patience, on_stop, refuses
        self.problem_type = problem_type
        self.draining = False
        self.connections: dict[Protocol, dict[str, Any]] = {}

    def run(self) -> None:
        """Listen and serve; returns after a stop. Raises `OSError` when the address cannot be had."""
        self.http_factory = server_http.Factory(self)
        self.ws_factory = server_websocket.Factory(self, max_frame_bytes=self.max_frame_bytes, name=self.server_name)
        only_errors = LogLevelFilterPredicate(LogLevel.error)
        observer = FilteringLogObserver(STDLibLogObserver("twisted"), [only_errors])
        globalLogBeginner.beginLoggingTo([observer], redirectStandardIO=False, discardBuffer=True)
        asyncio.set_event_loop(reactor._asyncioEventloop)
        try:
            self._port = Port(self.port, self.http_factory, BACKLOG, self.host, reactor)
            self._port.startListening()
        except CannotListenError as error:
            raise error.socketError from None
        # What is loaded stays: the collector need not look through it again and again while connections come.
        gc.collect()
        gc.freeze()
        gc.set_threshold(*GC_THRESHOLD)
        reactor.callLater(1, self.application_checker)
        reactor.callLater(2, self.timeout_checker)
        reactor.addSystemEventTrigger("before", "shutdown", self.kill_all_applications)
        reactor.run()

    # --- Between a protocol and its application

    def protocol_disconnected(self, protocol: Protocol) -> None:
        # A socket that was refused is forgotten after a second, and says once more that it is gone when TCP is.
        if protocol in self.connections:
            super().protocol_disconnected(protocol)

    def create_application(self, protocol: Protocol, scope: Message) -> Any:
        """Start the application of a request or socket; returns the queue that the protocol fills."""
        if isinstance(protocol, server_websocket.Socket):
            inbox: Any = protocol.inbox()
            scope["extensions"] = {SOCKET: protocol}
        else:
            inbox = protocol.body
            scope["extensions"] = {CUT: protocol.cut, PROGRESS: protocol.progress}
        scope.setdefault("asgi", {"version": "3.0"})
        application = self.application(scope, inbox.get, partial(self.handle_reply, protocol))
        self.connections[protocol]["application_instance"] = asyncio.ensure_future(application)
        return inbox

    async def handle_reply(self, protocol: Protocol, message: Message) -> None:
        """Send what the application sends; returns when the client has taken most of it."""
        if message["type"] != "http.response.body":
            await super().handle_reply(protocol, message)
            if message["type"] == "websocket.send":
                await protocol.flow()
            return
        for piece in pieces(message):
            await super().handle_reply(protocol, piece)
            if piece["more_body"]:
                await protocol.flow()

    # --- The stop

    def kill_all_applications(self) -> Any:
        """Daphne's hook at a stop; it would cancel every application at once."""
        return Deferred.fromFuture(asyncio.ensure_future(self._drain()))

    async def _drain(self) -> None:
        self.draining = True
        deadline = asyncio.get_running_loop().time() + self.patience * UNTIL_CUT
        self._port.stopListening()
        await self._say_goodbye(self.patience / 2)
        for protocol in list(self.connections):
            if isinstance(protocol, server_websocket.Socket):
                protocol.handle_reply({"type": "websocket.close", "code": GOING_AWAY})
        await self._end_applications(deadline)
        # What applications sent last still waits in the transports.
        while reactor.getWriters() and asyncio.get_running_loop().time() < deadline:  # noqa: ASYNC110 (no event for it)
            await asyncio.sleep(0.01)

    async def _say_goodbye(self, seconds: float) -> None:
        if self.on_stop is None:
            return
        try:
            await asyncio.wait_for(self.on_stop(seconds), seconds + GRACE)
        except Exception:  # a stop goes on whatever happens
            logger.exception("Could not take leave of all clients")

    async def _end_applications(self, deadline: float) -> None:
        running = {
            details["application_instance"]
            for details in self.connections.values()
            if details.get("application_instance")
        }
        if not running:
            return
        _, late = await asyncio.wait(running, timeout=max(0.0, deadline - asyncio.get_running_loop().time()))
        for application in late:
            application.cancel()
        if late:
            logger.warning("Cut %d requests and sockets that did not end by themselves", len(late))
            await asyncio.wait(late, timeout=0.5)


def pieces(message: Message) -> Iterator[Message]:
    """A message of a response's body as several of at most `PIECE` bytes."""
    body, more = memoryview(message.get("body", b"")), message.get("more_body", False)
    for start in range(0, len(body) or 1, server_http.PIECE):
        end = start + server_http.PIECE
        yield {**message, "body": bytes(body[start:end]), "more_body": more or end < len(body)}
