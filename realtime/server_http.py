"""HTTP as Daphne speaks it, with limits: a body that comes in is bounded, one that goes out waits for the client."""

import asyncio
import codecs
import io
import json
import logging
import socket
import struct
import tempfile
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import IO, Any

from daphne.http_protocol import HTTPFactory, WebRequest
from django.utils.http import parse_header_parameters
from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer

from realtime.server_doorstep import Doorkeeper, Doorstep

Message = dict[str, Any]

PIECE = 64 * 1024
"""Bytes of a body that are handed over at a time, in either direction."""
SPOOL_FROM = 100_000
"""Bytes of a request's body from which on it waits on the disk."""
LINGER = 30.0
"""Seconds for which a refused body is read and dropped. A client that is cut off while it sends misses the answer."""
SEND_TIMEOUT = 300.0
"""Seconds in which a client has to take a piece of a response, else its connection is cut."""
UNDECODABLE = b"\xff"
"""What Python's encodings of bytes (hex), of names (idna) and of nothing (undefined) fail at."""
TCP_INFO = struct.Struct("=24xI92xQ16xI")
"""Of Linux's `tcp_info` the packets that are not acknowledged, the bytes that are, and the bytes not sent yet."""

logger = logging.getLogger(__name__)


class RequestBody:
    """What an application's `receive` reads: the body in pieces, as it asks, and then the disconnection."""

    def __init__(self, spool: IO[bytes]) -> None:
        self._spool = spool
        self._events: asyncio.Queue[Message] = asyncio.Queue()

    def put_nowait(self, message: Message) -> None:
        """Take an event from Daphne; its own copy of the body is empty."""
        if message["type"] != "http.request":
            self._events.put_nowait(message)

    async def get(self) -> Message:
        """The next piece of the body, or once it has been read, the next event."""
        if self._spool.closed:
            return await self._events.get()
        await asyncio.sleep(0)  # an application that swallows a large body leaves others their turn
        if self._spool.closed:
            return await self._events.get()
        piece = self._spool.read(PIECE)
        if not (more := len(piece) == PIECE):
            self.close()
        return {"type": "http.request", "body": piece, "more_body": more}

    def close(self) -> None:
        """Give the spool back; what has not been read by now never will be."""
        self._spool.close()


@implementer(IPushProducer)
class Outflow:
    """Tells whether the client keeps up with a response. Twisted calls it a producer."""

    def __init__(self) -> None:
        self.flowing = True
        self.resumed: Callable[[], None] | None = None
        """Called when the client takes more."""
        self._flows: asyncio.Event | None = None

    def pauseProducing(self) -> None:  # noqa: N802 (Twisted's name)
        self.flowing = False

    def resumeProducing(self) -> None:  # noqa: N802 (Twisted's name)
        self.flowing = True
        if self._flows:
            self._flows.set()
        if self.resumed:
            self.resumed()

    stopProducing = resumeProducing  # noqa: N815 (Twisted's name)

    async def wait(self, patience: float = SEND_TIMEOUT) -> None:
        """Return when the transport takes more; raises `TimeoutError` after `patience` seconds."""
        if not self.flowing:
            self._flows = self._flows or asyncio.Event()
            self._flows.clear()
            await asyncio.wait_for(self._flows.wait(), patience)


class Request(WebRequest):  # type: ignore[misc]
    """One request. Needs `max_body_bytes`, `body_folder` and `draining` of its server."""

    def __init__(self, *args: Any, **options: Any) -> None:
        # Twisted would read a form whole, and parse it, in the event loop.
        super().__init__(*args, **options, parsePOSTFormSubmission=False)
        self.body = RequestBody(io.BytesIO())
        self._outflow = Outflow()
        self._received = 0
        self._linger: asyncio.TimerHandle | None = None

    # --- The body of the request

    def gotLength(self, length: int | None) -> None:  # noqa: N802 (Twisted's name)
        """The headers are here: refuse a body by its announced length, before a byte of it is kept."""
        self.content: IO[bytes] = io.BytesIO()
        if length is not None and length > self.server.max_body_bytes:
            self._refuse(413, body_too_large(self.server.max_body_bytes))
        elif length is None or length >= SPOOL_FROM:
            self.content = tempfile.TemporaryFile(dir=self.server.body_folder)  # noqa: SIM115 (closed with the request)

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802 (Twisted's name)
        """A piece of the body is here. One without an announced length is refused when it grows too large."""
        self._received += len(data)
        if self._linger:
            return
        if self._received > self.server.max_body_bytes:
            self._refuse(413, body_too_large(self.server.max_body_bytes))
            return
        try:
            self.content.write(data)
        except OSError as error:
            logger.error("Cannot keep the body of a request: %s", error)
            self._refuse(507, NO_SPACE)

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:  # noqa: N802 (Twisted's name)
        if self._linger:
            self.channel.loseConnection()
        else:
            super().requestReceived(command, path, version)

    def process(self) -> Any:
        if self.requestHeaders.hasHeader(b"Transfer-Encoding"):
            # The body is whole now. Django reads a form by its length, which one that came in chunks does not tell.
            self.requestHeaders.removeHeader(b"Transfer-Encoding")
            self.requestHeaders.setRawHeaders(b"Content-Length", [b"%d" % self._received])
        if lines := self.requestHeaders.getRawHeaders(b"Content-Type"):
            self.requestHeaders.setRawHeaders(b"Content-Type", [readable_content_type(lines)])
        # Daphne puts all of `content` into the application's queue, and so into memory, at once.
        self.body, self.content = RequestBody(self.content), io.BytesIO()
        if self.server.draining:
            self.channel.persistent = 0
            self.responseHeaders.setRawHeaders(b"Connection", [b"close"])
        upgrade = self.requestHeaders.getRawHeaders(b"Upgrade", [b""])[0]
        if upgrade.lower() == b"websocket" and self.channel.factory.doorkeeper.refuses(self._who()):
            self.channel.transport.write(self.channel.factory.doorkeeper.answer)
            self.channel.loseConnection()
            return None
        return super().process()

    def _who(self) -> Message:
        """What a scope says of who asks."""
        lines = self.requestHeaders.getAllRawHeaders()
        headers = [(name.lower(), value) for name, values in lines for value in values]
        host = getattr(self.client, "host", None)
        return {"client": [host, self.client.port] if host else None, "headers": headers}

    def _refuse(self, status: int, problem: Message) -> None:
        """Answer, and read on until the client has sent all or `LINGER` is over."""
        self.content.close()
        self.requestHeaders.removeHeader(b"Expect")  # it must not be told to continue
        self.channel.transport.write(answer(status, problem, self.server.problem_type))
        self._linger = asyncio.get_running_loop().call_later(LINGER, self.channel.loseConnection)

    # --- The body of the response

    def handle_reply(self, message: Message) -> None:
        if message.get("more_body") and not self.producer and not self.finished and self.channel is not None:
            self.registerProducer(self._outflow, True)
        super().handle_reply(message)

    async def flow(self) -> None:
        """Return when the client has taken most of what was sent; cut the connection if it takes nothing."""
        try:
            await self._outflow.wait()
        except TimeoutError:
            self.cut()

    def cut(self) -> None:
        """Cut the connection, whatever still waits in it."""
        if self.channel is not None:
            self.channel.transport.abortConnection()

    def progress(self) -> tuple[int, bool]:
        """How many bytes the client's side has taken, and whether more are under way."""
        return (0, False) if self.channel is None else bytes_taken(self.channel.transport)

    # --- The end

    def finish(self) -> None:
        if self.producer:
            self.unregisterProducer()
        super().finish()
        self.body.close()

    def connectionLost(self, reason: object) -> None:  # noqa: N802 (Twisted's name)
        self._outflow.stopProducing()
        if self._linger:
            self._linger.cancel()
        super().connectionLost(reason)
        self.body.close()


class Factory(HTTPFactory):  # type: ignore[misc]
    """Makes the protocol of a connection, with our `Request`."""

    def __init__(self, server: Any) -> None:
        super().__init__(server)
        self.doorkeeper = Doorkeeper(server.refuses, answer(429, TOO_MANY_ATTEMPTS, server.problem_type))

    def buildProtocol(self, addr: Any) -> Any:  # noqa: N802 (Twisted's name)
        if self.doorkeeper.knows(addr.host):
            if self.doorkeeper.is_overrun(addr.host):
                return None
            return Doorstep(self.doorkeeper, (addr.host, addr.port), partial(self.let_in, addr))
        return self.let_in(addr)

    def let_in(self, addr: Any) -> Any:
        """The protocol that speaks HTTP."""
        protocol = super().buildProtocol(addr)
        protocol.requestFactory = Request
        return protocol


def readable_content_type(lines: list[bytes]) -> bytes:
    """A request's Content-Type as Django joins its lines, without its parameters if Django would fail at them: it reads
    them before any code that could answer with an error."""
    joined = b",".join(lines)
    try:
        _, parameters = parse_header_parameters(joined.decode("latin-1"))
        if is_encoding(charset := parameters.get("charset", "utf-8")):
            UNDECODABLE.decode(charset, "replace")
    except Exception:  # noqa: BLE001 (at whatever it is, Django would fail too)
        return joined.partition(b";")[0]
    return joined


def is_encoding(charset: str) -> bool:
    """Whether Django would use it; else it takes its own. Raises `ValueError`."""
    try:
        codecs.lookup(charset)
    except LookupError:
        return False
    return True


def bytes_taken(transport: Any) -> tuple[int, bool]:
    """How many bytes the kernel of the other side has taken, and whether more are under way. Where the system does not
    tell, none are."""
    try:
        info = transport.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, TCP_INFO.size)
        unacknowledged, taken, unsent = TCP_INFO.unpack(info)
    except (AttributeError, OSError, struct.error):
        return 0, False
    return taken, bool(transport.dataBuffer or transport._tempDataBuffer or unacknowledged or unsent)


NO_SPACE = {
    "code": "no_space",
    "detail": "The server has no room for this upload.",
    "suggestion": "Try again later, or tell the site's administrator.",
    "retryable": True,
}


TOO_MANY_ATTEMPTS = {
    "code": "too_many_attempts",
    "detail": "Too many WebSockets from your network address were opened, or closed for abuse.",
    "suggestion": "Wait before you connect again, and keep a connection open.",
    "retryable": True,
    "retry_after_ms": 10_000,
}


def answer(status: int, problem: Message, problem_type: str) -> bytes:
    """A response that ends the connection, with a problem document (RFC 9457)."""
    title, kind = HTTPStatus(status).phrase, problem_type.format(code=problem["code"])
    document = {"type": kind, "title": title, "status": status, "params": {}, "retryable": False, **problem}
    text = json.dumps(document).encode()
    wait = f"Retry-After: {problem['retry_after_ms'] // 1000}\r\n" if "retry_after_ms" in problem else ""
    head = (
        f"HTTP/1.1 {status} {title}\r\nContent-Type: application/problem+json\r\n"
        f"Content-Length: {len(text)}\r\nConnection: close\r\n{wait}\r\n"
    )
    return head.encode() + text


def body_too_large(limit: int) -> Message:
    """The problem document (RFC 9457) of a request's body that is over the limit."""
    return {
        "code": "body_too_large",
        "detail": f"The request is larger than the {limit:,} bytes that this site takes at once.",
        "suggestion": "Send a smaller file.",
        "params": {"max_bytes": limit},
    }
