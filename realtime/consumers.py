"""The WebSocket consumers: they join a socket and the hub, and do nothing else."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

from channels.consumer import get_handler_name
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer

from realtime import hub
from realtime.auth import address_of, credential_of, header, origin_allowed, owner_of
from realtime.connection import Connection
from realtime.errors import INTERNAL_ERROR, OriginRefused, RealtimeError, UnknownType
from realtime.frames import KNOWN
from realtime.gate import ABUSE
from realtime.prepared import SOCKET, Socket
from realtime.progress import unknown
from realtime.protocol import VERSION, Subscribe, Unsubscribe, Unsubscribed, as_reply

logger = logging.getLogger(__name__)
Message = dict[str, Any]
ABNORMAL = 1006


class HeartbeatConsumer(AsyncWebsocketConsumer):  # type: ignore[misc] # Channels has no types
    """A connection that is watched from both sides, and carries no topics. Refusals are spoken after the handshake."""

    channel_layer_alias = None  # the hub has one channel for all

    connection: Connection
    _sending: asyncio.Task[None] | None = None
    _waking: asyncio.Handle | None = None
    _code: int = ABNORMAL
    _closed = False

    async def __call__(
        self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        """Serve one socket. However it ends, the hub hears of it. As in Channels, without its tasks for each message:
        there is no channel to listen to beside the socket."""
        self.scope, self.base_send = scope, send
        self._socket: Socket | None = scope.get("extensions", {}).get(SOCKET)
        try:
            while True:
                await self.dispatch(await receive())
        except StopConsumer:
            pass
        finally:
            self._leave()

    async def dispatch(self, message: Message) -> None:
        """As in Channels, without its hop to a thread at each frame: consumers here have no database connections."""
        await getattr(self, get_handler_name(message))(message)

    async def connect(self) -> None:
        """Accept, then check who it is."""
        await self.accept(VERSION if VERSION in self.scope.get("subprotocols", ()) else None)
        self.hub = hub.current()
        self.connection = Connection(
            owner=owner_of(self.scope),
            address=address_of(self.scope),
            user_agent=header(self.scope, b"user-agent"),
            credential=credential_of(self.scope),
            now=time.monotonic(),
            wake=self._wake,
            transmit=self._transmit,
            acknowledged=self.hub.acknowledged,
            look=unknown if self._socket is None else self._socket.progress,
        )
        if self._socket is not None:
            self._socket.join(heard=self._heard, flows=self._transmit)
        try:
            if not origin_allowed(self.scope):
                raise OriginRefused(origin=header(self.scope, b"origin")[:200])
            self.hub.open(self.connection)
        except RealtimeError as error:
            logger.info("connection refused", extra={"error": type(error).__name__, "code": error.close_code})
            self.connection.refuse(error)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """A frame came."""
        self._heard(text_data if text_data is not None else bytes_data or b"")

    def _heard(self, frame: str | bytes) -> bool:
        for message in self.connection.receive(frame, time.monotonic()):
            self.take(message)
        return self.connection.close_code not in ABUSE

    def take(self, message: Subscribe | Unsubscribe) -> None:
        """A message about topics came."""
        kind = str(type(message).__struct_config__.tag)
        known = ", ".join(str(tag) for tag in KNOWN if tag not in ("subscribe", "unsubscribe"))
        self.connection.refuse(UnknownType(type=kind, known=known, in_reply_to=message.id))

    async def websocket_disconnect(self, message: Message) -> None:
        """The socket is closed."""
        self._code = message.get("code") or ABNORMAL
        raise StopConsumer

    def _wake(self) -> None:
        if self._waking is None:  # what comes in the same moment leaves as one frame
            self._waking = asyncio.get_running_loop().call_soon(self._transmit)

    def _transmit(self) -> None:
        self._waking = None
        if self._socket is not None:
            try:
                self._write(self._socket)
            except Exception as error:  # noqa: BLE001 (others wait for their turn)
                self._failed(error)
        elif self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._send())
            self._sending.add_done_callback(self._sent)

    def _write(self, socket: Socket) -> None:
        closing = self.connection.close_code is not None
        while (socket.flowing or closing) and (frame := self.connection.next_frame()) is not None:
            socket.write(frame)
        if self.connection.close_code is not None and not self._closed:
            self._closed = True
            socket.close(self.connection.close_code)

    async def _send(self) -> None:
        while (frame := self.connection.next_frame()) is not None:
            await self.send(text_data=frame)
        if self.connection.close_code is not None and not self._closed:
            self._closed = True
            await self.close(self.connection.close_code)

    def _sent(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()):
            self._failed(error)

    def _failed(self, error: BaseException) -> None:
        logger.error("A frame could not be sent", exc_info=error)
        self.connection.abandon(INTERNAL_ERROR)
        if not self._closed:
            self._wake()  # also for one that was to be closed already, whose last words failed

    def _leave(self) -> None:
        for pending in (self._sending, self._waking):
            if pending is not None:
                pending.cancel()
        if hasattr(self, "connection"):
            self.hub.close(self.connection, self._code)


class EventConsumer(HeartbeatConsumer):
    """A connection that follows topics."""

    def take(self, message: Subscribe | Unsubscribe) -> None:
        """Follow topics, or leave them."""
        feeds = self.hub.feeds
        if isinstance(message, Subscribe):
            for asked in message.topics:
                feeds.subscribe(self.connection, self.scope, asked, message.id)
            return
        for name in message.topics:
            feeds.unsubscribe(self.connection, name)
        self.connection.send(Unsubscribed(topics=message.topics, in_reply_to=as_reply(message.id)))
