"""WebSockets as Daphne speaks them, with limits on what comes in and without errors on what goes out too late."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

from autobahn.twisted import websocket as autobahn_twisted
from autobahn.websocket import protocol as autobahn_protocol
from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol

from realtime.conf import conf
from realtime.errors import FrameTooLarge, RealtimeError, TooFast
from realtime.prepared import Prepared, is_short_text_begun, short_text
from realtime.protocol import encoder
from realtime.rate import Rate
from realtime.server_http import Outflow, bytes_taken

Message = dict[str, Any]

MAX_WAITING_FRAMES = 100
MAX_WAITING_BYTES = 256 * 1024
"""Frames and bytes that wait for the application; past either, the socket is not read until half is gone."""
PROTOCOL_ERROR = 4400
"""The close code that tells a client not to come back with the same."""
SEND_TIMEOUT = 60.0
"""Seconds in which a client has to take what waits in the transport (some 64 KiB), else its connection is cut. A client
that reads nothing answers no heartbeat either, and is given up before by who follows that."""
FRAMES_A_MESSAGE = 2
"""Frames of any kind, pings and fragments too, that may come for each message that may."""
LINGER_BYTES = 1024**2
"""What is read and dropped of a client that is being thrown out, so that it gets to read why; then it is not read."""
PIECE, LARGE_PIECE = 1024, 64 * 1024
"""Bytes read of a client before others have their turn: some tens of messages; more of one who is not heard."""
CLOSE_FRAME, CLOSE_FRAME_BYTES = 0x88, 131
VIOLATIONS = {1002, 1007, 1009}
"""autobahn's codes for a broken frame, for text that is not UTF-8, and for too large a frame."""

# autobahn makes texts for its debug log, in colours, at each connection and each piece of data, whether that log is
# wanted or not: a fifth of what a connection costs.
autobahn_protocol.pformat = autobahn_protocol.hltype = autobahn_twisted.hltype = lambda what: ""


class Inbox:
    """The frames that wait for the application. When they are too many, `pause()`; then `resume()`. One reader."""

    __slots__ = ("_bytes", "_messages", "_pause", "_paused", "_reader", "_resume")

    def __init__(self, pause: Callable[[], None], resume: Callable[[], None]) -> None:
        self._messages: list[Message] = []
        self._reader: asyncio.Future[None] | None = None
        self._pause, self._resume = pause, resume
        self._bytes = 0
        self._paused = False

    def put_nowait(self, message: Message) -> None:
        self._messages.append(message)
        self._bytes += size(message)
        if self._reader and not self._reader.done():
            self._reader.set_result(None)
        if not self._paused and self._load() > 1:
            self._paused = True
            self._pause()

    async def get(self) -> Message:
        while not self._messages:
            self._reader = asyncio.get_running_loop().create_future()
            await self._reader
        message = self._messages.pop(0)
        self._bytes -= size(message)
        if self._paused and self._load() < 0.5:
            self._paused = False
            self._resume()
        return message

    def _load(self) -> float:
        return max(len(self._messages) / MAX_WAITING_FRAMES, self._bytes / MAX_WAITING_BYTES)


def size(message: Message) -> int:
    """The length of a frame's text, about its bytes, or of its bytes."""
    return len(message.get("text") or message.get("bytes") or "")


class Socket(WebSocketProtocol):  # type: ignore[misc]
    """One WebSocket. Short texts that come in and finished frames that go out pass autobahn's many steps by."""

    maxMessagePayloadSize: int  # noqa: N815 (autobahn's name)
    _heard: Callable[[str | bytes], bool] | None = None
    _deaf = False
    _dropped = 0
    _begun = b""

    def connectionMade(self) -> None:  # noqa: N802 (Twisted's name)
        super().connectionMade()
        self._outflow = Outflow()
        self._frames = Rate(FRAMES_A_MESSAGE * conf.MAX_MESSAGES_PER_SECOND, time.monotonic())
        self.transport.bufferSize = PIECE
        self.transport.unregisterProducer()  # Twisted's HTTP, which has handed the connection over
        self.transport.registerProducer(self._outflow, True)

    def connectionLost(self, reason: object) -> None:  # noqa: N802 (Twisted's name)
        super().connectionLost(reason)
        self._outflow.stopProducing()

    # --- What realtime/consumers.py knows as the scope's extension

    @property
    def flowing(self) -> bool:
        """Whether the client takes what is sent."""
        return self._outflow.flowing

    def join(self, *, heard: Callable[[str | bytes], bool], flows: Callable[[], None]) -> None:
        """Have each frame that comes in told, until `heard` returns False, and each time when the client takes frames
        again."""
        self._heard, self._outflow.resumed = heard, flows

    def write(self, frame: Prepared) -> None:
        """Send a text frame: to the kernel at once if nothing waits before it, which spares the reactor its round."""
        transport = self.transport
        if self.state != self.STATE_OPEN:
            return
        if transport.dataBuffer or transport._tempDataBuffer or transport.disconnecting or transport.TLS:
            transport.write(frame.frame)
            return
        try:
            sent = transport.socket.send(frame.frame)
        except OSError:  # the kernel has no room, or the connection is lost: the reactor knows what to do
            sent = 0
        if sent < len(frame.frame):
            transport.write(frame.frame[sent:])

    def close(self, code: int) -> None:
        """Close."""
        self.handle_reply({"type": "websocket.close", "code": code})

    def progress(self) -> tuple[int, bool]:
        """How many bytes the client's side has taken, and whether more are under way."""
        return bytes_taken(self.transport)

    # --- Between autobahn and the application

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 (Twisted's name)
        if self._deaf:
            self._drop(data)
            return
        start = 0
        if self._heard and not (self.data or self.inside_message or self.current_frame):
            data, self._begun = self._begun + data, b""
            while self.state == self.STATE_OPEN and not self._deaf and (found := short_text(data, start)):
                text, start = found
                self._hear(text)
            if is_short_text_begun(data, start):
                self._begun, start = data[start:], len(data)
        if start < len(data) and not self._deaf:
            self._dataReceived(data[start:])  # not `super()`, which makes a colourful log line of each

    def _hear(self, frame: str | bytes) -> None:
        if self._heard and not self._heard(frame):
            self._turn_deaf()

    def _turn_deaf(self) -> None:
        self._deaf, self.transport.bufferSize = True, LARGE_PIECE

    def _drop(self, data: bytes) -> None:
        """Of a client that has been told why it is thrown out, only the answer to the close counts."""
        if data[0] == CLOSE_FRAME and len(data) <= CLOSE_FRAME_BYTES:
            self.data, self._begun, self.current_frame, self.inside_message, self._deaf = b"", b"", None, False, False
            self._dataReceived(data)
            self._deaf = True
            return
        self._dropped += len(data)
        if self._dropped > LINGER_BYTES:
            self.transport.pauseProducing()

    def processData(self) -> bool:  # noqa: N802 (autobahn's name)
        return not self._deaf and super().processData()

    def onFrameBegin(self) -> None:  # noqa: N802 (autobahn's name)
        super().onFrameBegin()
        if self.state == self.STATE_OPEN and not self._frames.allows(time.monotonic()):
            error = TooFast(limit=conf.MAX_MESSAGES_PER_SECOND)
            self._tell(error)
            self.sendClose(code=error.close_code)
            self._turn_deaf()

    def onMessage(self, payload: bytes, isBinary: bool) -> None:  # noqa: N802, N803 (autobahn's names)
        if self._heard:
            self._hear(payload if isBinary else payload.decode())
        else:
            super().onMessage(payload, isBinary)

    def onClose(self, wasClean: bool, code: int, reason: str) -> None:  # noqa: N802, N803 (autobahn's names)
        if hasattr(self, "server"):  # a handshake that autobahn itself refuses never gets to Daphne
            super().onClose(wasClean, self.localCloseCode or code, reason)  # ours, also if the client did not answer it

    async def flow(self) -> None:
        """Return when the client has taken most of what was sent; cut the connection if it takes nothing."""
        try:
            await self._outflow.wait(SEND_TIMEOUT)
        except TimeoutError:
            self.transport.abortConnection()

    def inbox(self) -> Inbox:
        """The queue between this socket and its application."""
        return Inbox(self.transport.pauseProducing, self.transport.resumeProducing)

    def handle_reply(self, message: Message) -> None:
        """Do what the application says. A send or a close that comes after the end is nobody's error."""
        if self.state in (self.STATE_CLOSING, self.STATE_CLOSED):
            return
        if message["type"] == "websocket.close" and self.state == self.STATE_OPEN:
            self.sendClose(code=message.get("code") or 1000, reason=message.get("reason") or "")
        else:
            super().handle_reply(message)

    def sendMessage(self, *args: Any, **options: Any) -> None:  # noqa: N802 (autobahn's name)
        # autobahn holds what goes out to the limit of what comes in, and a snapshot is as large as it is.
        limit, self.maxMessagePayloadSize = self.maxMessagePayloadSize, 0
        try:
            super().sendMessage(*args, **options)
        finally:
            self.maxMessagePayloadSize = limit

    def _max_message_size_exceeded(self, msg_size: int, max_msg_size: int, reason: str) -> None:
        # The consumer never sees such a frame, so what it would say is said here.
        self._tell(FrameTooLarge(size=msg_size, limit=conf.MAX_MESSAGE_BYTES))
        super()._max_message_size_exceeded(msg_size, max_msg_size, reason)

    def _fail_connection(self, code: int = 1001, reason: str = "going away") -> None:
        # autobahn offers no hook for the code: without ours a client would take 1009 for bad luck and try again.
        super()._fail_connection(PROTOCOL_ERROR if code in VIOLATIONS else code, reason)
        self._turn_deaf()

    def _tell(self, error: RealtimeError) -> None:
        self.sendMessage(encoder.encode(error.as_message()))


class Factory(WebSocketFactory):  # type: ignore[misc]
    """Makes the protocol of a WebSocket. `max_frame_bytes` holds for a message in several frames too."""

    protocol = Socket

    def __init__(self, server: object, *, max_frame_bytes: int, name: str) -> None:
        super().__init__(server, server=name)
        self.setProtocolOptions(
            allowNullOrigin=True,  # origins are the application's to judge
            openHandshakeTimeout=20,  # in a storm of connections an application needs its time
            maxMessagePayloadSize=max_frame_bytes,
            maxFramePayloadSize=max_frame_bytes,
            failByDrop=False,  # say why with a close frame
        )
        # autobahn would copy its options to each socket, and pretty-print them for a log that nobody reads.
        options = {name: getattr(self, name) for name in Socket.CONFIG_ATTRS}
        options["perMessageCompressionAccept"] = staticmethod(self.perMessageCompressionAccept)
        self.protocol = type("Socket", (Socket,), {**options, "CONFIG_ATTRS": ()})  # type: ignore[assignment]
