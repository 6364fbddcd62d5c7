"""`InFlight`: the finals that one connection was sent and has not acknowledged. Pure logic, no I/O."""

from collections.abc import Callable, Iterable

from realtime.batch import Finals
from realtime.counts import counts

MOST_EVENTS = 10_000  # finals in flight of one connection; only many replays have so many
Told = Callable[[str, Iterable[Finals]], None]


class InFlight:
    """Frames leave in order and are acknowledged by a count, so what has a number up to it has arrived: `acknowledged`
    hears of that, once. There are at most `SEND_WINDOW` frames, since a connection sends no more."""

    __slots__ = ("_acknowledged", "_connection_id", "_events", "_frames")

    def __init__(self, connection_id: str, acknowledged: Told | None) -> None:
        self._connection_id = connection_id
        self._acknowledged = acknowledged
        self._frames: list[tuple[int, int, list[Finals]]] = []  # their numbers, how many finals, and which
        self._events = 0

    def __len__(self) -> int:
        return len(self._frames)

    def add(self, number: int, finals: list[Finals]) -> None:
        """The frame of this number holds finals. Past `MOST_EVENTS` it is left out: nobody will hear that it came."""
        if self._acknowledged is None:
            return
        events = 0
        for each in finals:
            events += len(each.offsets)
        if self._events + events <= MOST_EVENTS:
            self._events += events
            counts.finals_sent += events
            self._frames.append((number, events, finals))

    def arrived(self, count: int) -> None:
        """The first `count` frames of the connection are acknowledged."""
        arrived: list[Finals] = []
        while self._frames and self._frames[0][0] <= count:
            _, events, finals = self._frames.pop(0)
            self._events -= events
            counts.finals_acknowledged += events
            arrived += finals
        if arrived and self._acknowledged is not None:
            self._acknowledged(self._connection_id, arrived)

    def end(self) -> None:
        """Forget all, and take no more: nobody listens for an ack any longer."""
        self._acknowledged = None
        self._frames.clear()
