"""`Stream`: a connection that only speaks, as server-sent events. Pure logic, no I/O.

An event's `data` is one frame, as on a socket; its `id` is the position after the last event of the frame. Nobody
acknowledges: the transport asks for a chunk when it has room, and what waits meanwhile is conflated and counted as for
a socket.
"""

import random
import re
from collections.abc import Callable
from typing import Any

from msgspec import UNSET

from realtime.batch import Batch, Joined
from realtime.connection import Connection
from realtime.errors import RealtimeError, TooManyConnections
from realtime.history import Position
from realtime.outbox import Outbox
from realtime.prepared import Prepared
from realtime.protocol import ErrorMessage, FromServer, ServerShutdown

NORMAL, CLIENT_LEFT, POLICY = 1000, 1001, 1008  # close codes in the records, as a socket would have them
MOST_BYTES = 1024 * 1024
LONGEST = 300.0  # seconds
QUIET = 15.0  # seconds, after which a comment keeps proxies from thinking the stream dead
KEPT = 10.0  # seconds that a stream has its place, whoever wants it
CUT_AFTER = 2.0  # seconds that a reader has to take the end of a stream
AWAY_MS = TooManyConnections.retry_after_ms * 3 // 2  # after which who gave way comes back: others come before
RETRY_MS = 1_000  # after which, more or less, the client of a stream that broke comes back
MOST_OFFSET = 2**53 - 1
COMMENT = b":\n\n"
LINE_END = re.compile(r"\r\n|\r|\n")
POSITION = re.compile(r"([\x21-\x7e]{1,64}):([0-9]{1,16})")


class InvalidPosition(RealtimeError):  # noqa: N818 (the name says what is wrong, as the code does)
    """An event stream alone is told so: elsewhere a position is two fields of a message."""

    code = "invalid_position"
    message = "{position!r} is not a position."
    suggestion = "Send the id of the last event as it came, epoch:offset, or nothing to start from a snapshot."


def position_of(last_event_id: str) -> Position | None:
    """The position that a `Last-Event-ID` names; None: it is empty. Raises `InvalidPosition`."""
    if not last_event_id:
        return None
    found = POSITION.fullmatch(last_event_id)
    if found is None or int(found[2]) > MOST_OFFSET:
        raise InvalidPosition(position=last_event_id[:100])
    return Position(found[1], int(found[2]))


class Located(Prepared):
    """A frame, and the position after its last event: `epoch:offset`, or nothing if it has none."""

    __slots__ = ("position",)
    position: str


class LocatingOutbox(Outbox):
    """An outbox that knows the position after all that waits in it."""

    __slots__ = ("position",)

    def __init__(self) -> None:
        super().__init__()
        self.position = ""

    def take(self) -> Prepared | None:
        """As ever; the frame is `Located`."""
        position, frame = self.position, super().take()
        if frame is None:
            return None
        located = Located(frame)
        located.position = position
        return located

    def clear(self) -> None:
        """Forget what waits, and how far it went."""
        super().clear()
        self.position = ""


class Stream(Connection):
    """One topic for one reader, until `close_code` is set and `next_chunk` has no more.

    `now` says when it was opened. `cut` ends the transport of a reader that does not even take the end; without it
    that is left to the server's own time-outs.
    """

    __slots__ = ("_cut", "_cut_at", "_epoch", "_retry_ms", "_spoke_at", "_written", "opened_at")
    transport = "sse"

    def __init__(self, *, now: float, cut: Callable[[], None] | None = None, **who: Any) -> None:
        super().__init__(now=now, **who)
        self._outbox: LocatingOutbox = LocatingOutbox()
        self._epoch = ""
        # Said at the start too, since the last stream may have asked for patience.
        self._retry_ms: int | None = random.randint(RETRY_MS // 2, RETRY_MS * 3 // 2)  # noqa: S311 (no secret)
        self.opened_at = self._spoke_at = now
        self._cut, self._cut_at = cut, 0.0
        self._written = 0

    # --- From the layer

    def send(self, message: FromServer) -> None:
        """As ever; what the client has to wait goes into the stream's `retry`."""
        super().send(message)
        match message:
            case ServerShutdown(reconnect_in_ms=wait):
                self._retry_ms = wait
            case ErrorMessage(retry_after_ms=wait) if wait is not UNSET:
                self._retry_ms = int(wait)

    def send_replay(self, replay: Joined, position: Position) -> None:
        """As ever."""
        super().send_replay(replay, position)
        self._epoch = position.epoch
        self._reached(position.offset)

    def send_batch(self, batch: Batch) -> None:
        """As ever; a frame that is sealed in the middle of it knows its own position."""
        if self.close_code is not None:
            return
        if self._outbox.put_batch(batch):
            self._reached(batch.last)
            return
        for event in batch:
            self.send_event(batch.topic, batch.epoch, event)
            self._reached(event.offset)

    def _reached(self, offset: int) -> None:
        if self.close_code is None:
            self._outbox.position = f"{self._epoch}:{offset}"

    def refuse(self, error: RealtimeError) -> None:
        """Tell an error and end: who only listens cannot do better on the same stream."""
        super().refuse(error)
        self.close(POLICY)

    # --- To the transport

    def next_chunk(self, now: float) -> bytes | None:
        """What goes out next, asked for when what went before was taken. None: nothing waits, or the stream is at its
        end."""
        self.last_heard = now
        self._window.acknowledge(self._window.taken)
        if self._written >= MOST_BYTES and self.close_code is None:
            self.abandon(NORMAL)
        frame = self.next_frame()
        chunk = self._head() + (_lines(frame) if frame else b"")
        if not chunk and now >= self._spoke_at + QUIET:
            chunk = COMMENT
        if not chunk:
            return None
        self._spoke_at = now
        self._written += len(chunk)
        return chunk

    def _head(self) -> bytes:
        wait, self._retry_ms = self._retry_ms, None
        return b"" if wait is None else b"retry: %d\n\n" % wait

    def test(self, now: float, unix_ms: int) -> None:
        """Nobody can answer."""

    def make_room(self, now: float, unix_ms: int) -> None:
        """Nobody can answer: of the streams some have to `give_way`."""

    def may_give_way(self, now: float) -> bool:
        """Whether it is not new, and its reader is not in the middle of taking what it is owed."""
        moves = self._progress.moves(now)
        return self.close_code is None and now >= self.opened_at + KEPT and not moves

    def give_way(self) -> None:
        """Somebody wants this one's place: end. A client that is there comes back once that one could, and resumes; who
        does not was gone."""
        self._retry_ms = AWAY_MS
        self.close(NORMAL)
        if self._cut and self._progress.waits:  # for long, or it would not have had to give way
            self._cut()

    def tick(self, now: float, unix_ms: int) -> None:
        """Nobody is asked anything. A quiet stream gets its comment; one that is over its time, or whose reader takes
        nothing, its end."""
        if self.close_code is not None:
            self._cut_at = self._cut_at or now + CUT_AFTER
            if self._cut and now >= self._cut_at:
                self._cut()
        elif now >= self.opened_at + LONGEST:
            self.close(NORMAL)
        elif now >= self._spoke_at + QUIET:
            self._wake()


def _lines(frame: Prepared) -> bytes:
    lines = [f"data: {line}" for line in LINE_END.split(frame)]
    if isinstance(frame, Located) and frame.position:
        lines.append(f"id: {frame.position}")
    return ("\n".join(lines) + "\n\n").encode()
