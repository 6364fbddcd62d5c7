"""Text that many sockets get: its frame is made once, and a server that can skips its own framing.

What a server sends is not masked (RFC 6455, section 5.1), so the bytes of a frame are the same for every client.
"""

from collections.abc import Callable
from typing import Protocol

SOCKET = "realtime.socket"
"""The extension of the ASGI scope, a `Socket`, with which realtime/server.py spares frames their way through tasks and
queues. Without it a consumer sends and receives as ASGI has it."""
CUT, PROGRESS = "realtime.cut", "realtime.progress"
"""Extensions of an HTTP request's scope, for an answer whose reader may not read: callables, of which one cuts its
connection, and the other is what a `Socket` has."""
TEXT, MASKED = 0x81, 0x80  # a whole message of text; what clients send
SHORT, LONG = 126, 1 << 16  # payloads from these sizes on have longer headers


class Prepared(str):
    """A message's text, ready for any server; a server that can skip its own framing takes `frame`."""

    __slots__ = ("_frame",)
    _frame: bytes

    @property
    def frame(self) -> bytes:
        """The whole frame, as it goes over the wire."""
        try:
            return self._frame
        except AttributeError:
            self._frame = text_frame(self)
            return self._frame


class Socket(Protocol):
    """What the extension offers."""

    @property
    def flowing(self) -> bool:
        """Whether the client takes what is sent."""

    def join(self, *, heard: Callable[[str | bytes], bool], flows: Callable[[], None]) -> None:
        """Have each frame that comes in told, until `heard` returns False, and each time when the client takes frames
        again."""

    def write(self, frame: Prepared) -> None:
        """Send a text frame."""

    def close(self, code: int) -> None:
        """Close."""

    def progress(self) -> tuple[int, bool]:
        """How many bytes the client's side has taken, and whether more are under way."""


def text_frame(text: str) -> bytes:
    """A server's frame that holds a text."""
    payload = text.encode()
    size = len(payload)
    if size < SHORT:
        return bytes((TEXT, size)) + payload
    if size < LONG:
        return bytes((TEXT, 126)) + size.to_bytes(2, "big") + payload
    return bytes((TEXT, 127)) + size.to_bytes(8, "big") + payload


def short_text(data: bytes, start: int = 0) -> tuple[str, int] | None:
    """The text of a client's frame, and where it ends, if a whole short one is what follows; None for all that needs a
    real parser, errors too."""
    if len(data) < start + 6 or data[start] != TEXT or not MASKED <= data[start + 1] < MASKED | SHORT:
        return None
    size = data[start + 1] ^ MASKED
    begin = start + 6
    end = begin + size
    if end > len(data):
        return None
    mask = (data[start + 2 : begin] * (size // 4 + 1))[:size]
    payload = int.from_bytes(data[begin:end], "big") ^ int.from_bytes(mask, "big")
    try:
        return payload.to_bytes(size, "big").decode(), end
    except UnicodeDecodeError:
        return None


def is_short_text_begun(data: bytes, start: int) -> bool:
    """Whether what follows is the beginning of a client's frame with a short text, whose end is not here yet."""
    here = len(data) - start
    if here < 2:
        return here == 1 and data[start] == TEXT
    return data[start] == TEXT and MASKED <= data[start + 1] < MASKED | SHORT and here < 6 + (data[start + 1] ^ MASKED)
