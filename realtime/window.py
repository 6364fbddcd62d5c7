"""`Window`: the frames of one connection that are under way. Pure logic, no I/O."""

from realtime.conf import conf
from realtime.counts import counts
from realtime.in_flight import InFlight
from realtime.outbox import Outbox
from realtime.prepared import Prepared


class Window:
    """Flow control by counts. Frames are sealed (finished, in order), taken by the transport and acknowledged by the
    client; past `SEND_WINDOW` sealed ones without an acknowledgement the window is `full`."""

    __slots__ = ("_sealed", "acknowledged", "frames", "in_flight", "taken")

    def __init__(self, in_flight: InFlight) -> None:
        self.in_flight = in_flight
        self.frames: list[Prepared] = []  # sealed and not taken
        self.taken = self.acknowledged = self._sealed = 0

    @property
    def full(self) -> bool:
        """Whether no more is to be sealed."""
        return self._sealed - self.acknowledged >= conf.SEND_WINDOW

    def seal(self, outbox: Outbox) -> None:
        """Make what waits there the next frame, if anything does."""
        if outbox.finals:
            self.in_flight.add(self._sealed + 1, outbox.finals)
        if frame := outbox.take():
            self.frames.append(frame)
            self._sealed += 1

    def take(self) -> Prepared | None:
        """The next frame, which goes out now."""
        if not self.frames:
            return None
        self.taken += 1
        counts.frames_sent += 1
        return self.frames.pop(0)

    def acknowledge(self, received: int) -> bool:
        """The client says that it has so many frames; whether that is news. Of more than were taken nobody can know."""
        if received <= self.acknowledged:
            return False
        before, self.acknowledged = self.acknowledged, min(received, self.taken)
        counts.frames_acknowledged += self.acknowledged - before
        self.in_flight.arrived(self.acknowledged)
        return True
