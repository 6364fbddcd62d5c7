"""`Client`: follows topics over a WebSocket from asyncio, with the guarantees of the page's client.

    async with Client("ws://127.0.0.1:8000/ws/events/") as client:
        async for message in client.subscribe("room.blue"):
            ...

It needs no Django settings.
"""

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import Mapping
from enum import StrEnum
from types import TracebackType
from typing import Any, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.typing import Subprotocol
from websockets.uri import parse_uri

from realtime.client_feed import ClientError, ConnectionRefused, Feed, TopicRefused
from realtime.client_retries import Retries
from realtime.client_session import NEVER, Message, Options, Session
from realtime.client_subscriptions import Subscriptions
from realtime.history import Position
from realtime.protocol import VERSION

__all__ = ["Client", "ClientError", "ConnectionRefused", "Feed", "Options", "Position", "State", "TopicRefused"]
logger = logging.getLogger(__name__)


class State(StrEnum):
    """What a client is doing."""

    CONNECTING = "connecting"
    OPEN = "open"
    """Greeted by the server."""
    WAITING = "waiting"
    """Until the next try."""
    ENDED = "ended"
    """Closed here, or refused."""


class Client:
    """A connection that comes back, and goes on in each topic where it stopped. Use it with `async with`.

    `headers` go with each handshake, such as `Authorization: Bearer …`; they may be changed between two. It tries
    again without end, at most 30 s apart, unless the server says that it makes no sense. `transport` has what
    `websockets` is to be told besides, such as `ssl`. Raises `InvalidURI` of `websockets` for a wrong `url`.
    """

    def __init__(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        options: Options | None = None,
        transport: Mapping[str, Any] | None = None,
    ) -> None:
        parse_uri(url)
        self.url = url
        self.headers = headers or {}
        self._transport = transport or {}
        self._socket: ClientConnection | None = None
        self.state = State.CONNECTING
        self.reconnects = 0
        """How often a connection was lost and made again."""
        self._has_room = asyncio.Event()
        self._options = options or Options()
        self._retries = Retries(random.random)
        self._subscriptions = Subscriptions()
        self._feeds: set[Feed] = set()
        self._session: Session | None = None
        self._wake = asyncio.Event()
        self._greeted_at = NEVER
        self._lost: tuple[float, str] | None = None
        self._task: asyncio.Task[None] | None = None
        self._error: Exception | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    @property
    def latency(self) -> float | None:
        """Seconds of the last round trip on this connection; None before the first."""
        return self._session.latency if self._session else None

    def subscribe(self, topic: str, position: Position | None = None) -> Feed:
        """Follow a topic across reconnections, from `position` on if the server still has it, else from a snapshot.

        Raises `ValueError` for a topic that this client follows already.
        """
        feed = Feed(topic, position, leave=self._leave, has_room=self._has_room)
        self._subscriptions.add(feed.subscription)
        self._feeds.add(feed)
        if self.state == State.ENDED:
            feed.end(self._error)
        elif self.state == State.OPEN:
            self._send({"type": "subscribe", "topics": [feed.subscription.request()]})
        return feed

    def _leave(self, feed: Feed) -> None:
        self._feeds.discard(feed)
        self._has_room.set()
        feed.end()
        if self._subscriptions.remove(feed.subscription) and self.state == State.OPEN:
            self._send({"type": "unsubscribe", "topics": [feed.subscription.topic]})

    def check(self) -> None:
        """Ask the server whether it is there, such as after the machine slept. Without an answer within 3 s a fresh
        socket is made."""
        if self._session:
            self._session.probe(time.monotonic(), patience=3.0)
            self._wake.set()

    def drop(self) -> None:
        """End the connection as a cut of the network would, without a word to the server; the client comes back."""
        if self._socket:
            self._socket.transport.abort()

    def _send(self, message: Message) -> None:
        if self._session:
            self._session.send(message)
            self._wake.set()

    # --- One connection after another

    async def _run(self) -> None:
        try:
            await self._stay_connected()
        except Exception as failure:  # noqa: BLE001 (who reads a feed has to hear of it)
            self._error = failure
        finally:
            self.state = State.ENDED
            for feed in self._feeds:
                feed.end(self._error)

    async def _stay_connected(self) -> None:
        while True:
            code, reason = await self._connect()
            if not self._retries.may_return(code):
                raise ConnectionRefused(code or 0, reason)
            lasted = max(0.0, time.monotonic() - self._greeted_at)
            await self._wait(self._retries.wait(lasted), reason)

    async def _wait(self, seconds: float, reason: str) -> None:
        if self.state == State.OPEN:
            self._lost = (time.monotonic(), reason)
        self.state, self._greeted_at = State.WAITING, NEVER
        logger.info("Connection to %s lost (%s); trying again in %.1f s", self.url, reason, seconds)
        await asyncio.sleep(seconds)
        await self._room()

    async def _connect(self) -> tuple[int | None, str]:
        """Make one connection and live it to its end; returns its close code and the reason."""
        self.state = State.CONNECTING
        try:
            socket = await connect(
                self.url,
                additional_headers=self.headers,
                subprotocols=[Subprotocol(VERSION)],
                open_timeout=self._options.patience,
                ping_interval=None,  # the protocol has its own, which the page can hear too
                close_timeout=1,
                compression=None,
                max_size=None,  # a snapshot is as large as it is
                **self._transport,
            )
        except (OSError, TimeoutError, WebSocketException) as error:
            return None, str(error) or type(error).__name__
        self._session = session = Session(time.monotonic(), random.random, self._options)
        self._socket = socket
        try:
            await self._live(socket, session)
        finally:
            self._session = self._socket = None
            if not session.lost:
                await socket.close()
            socket.transport.abort()  # a network that is gone would let a proper close wait
        if session.lost:
            return None, session.lost
        return socket.close_code, f"closed with {socket.close_code} {socket.close_reason or ''}".rstrip()

    async def _live(self, socket: ClientConnection, session: Session) -> None:
        """Read until the end, and write; or until the session is lost."""
        reading, writing = tasks = (
            asyncio.create_task(self._read(socket, session)),
            asyncio.create_task(self._write(socket, session)),
        )
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if writing.done() and not session.lost:  # what the server said last is still to be read
                await asyncio.wait([reading])
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        for task in tasks:
            if not task.cancelled():
                task.result()

    async def _read(self, socket: ClientConnection, session: Session) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for frame in socket:
                for message in session.receive(frame, time.monotonic()):
                    self._receive(message)
                self._wake.set()
                await self._room()

    async def _write(self, socket: ClientConnection, session: Session) -> None:
        with contextlib.suppress(ConnectionClosed):
            while not session.lost:
                self._wake.clear()
                for text in session.take():
                    await socket.send(text)
                await self._rest(session)
                session.tick(time.monotonic())

    async def _rest(self, session: Session) -> None:
        try:
            async with asyncio.timeout(max(0.0, session.due_at() - time.monotonic())):
                await self._wake.wait()
        except TimeoutError:
            pass  # something is due

    async def _room(self) -> None:
        """Return when no feed is full."""
        while any(feed.full for feed in self._feeds):
            self._has_room.clear()
            await self._has_room.wait()

    # --- What comes

    def _receive(self, message: Message) -> None:
        if message["type"] in ("error", "server_shutdown"):  # an app's events may have such fields too
            self._retries.asked(message.get("reconnect_in_ms", message.get("retry_after_ms")))
        if message["type"] == "connection_established":
            self._greeted()
        elif message["type"] == "error" and "topic" not in (message.get("params") or {}):
            logger.warning("The server says %s: %s", message.get("code"), message.get("message"))
        self._subscriptions.receive(message)

    def _greeted(self) -> None:
        self.state, self._greeted_at = State.OPEN, time.monotonic()
        if requests := self._subscriptions.requests():
            self._send({"type": "subscribe", "topics": requests})
        if self._lost:
            at, reason = self._lost
            away, self._lost = time.monotonic() - at, None
            self.reconnects += 1
            success = {"attempt": self._retries.attempt, "reason": reason[:100], "downtime_ms": away * 1000}
            self._send({"type": "recovery_success", **success})
