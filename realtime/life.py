"""`Life`: what happened to one connection, for people. Pure; times are those of a clock that never jumps."""

from realtime.quality import Grade

MOST_MOMENTS = 40  # past it the oldest but the first go
MOST_ROUND_TRIPS = 10
MOST_TEXT = 128

Moment = tuple[float, str, str]
"""When, what happened, and more about it."""


class Life:
    """The moments that say why a connection is as it is, and its last round trips."""

    __slots__ = ("moments", "round_trips")

    def __init__(self) -> None:
        self.moments: list[Moment] = []
        self.round_trips: list[tuple[float, float]] = []
        """When each ended, and how many milliseconds it took."""

    def note(self, now: float, what: str, more: str = "") -> None:
        """Something happened."""
        text = "".join([letter for letter in more[:MOST_TEXT] if letter.isprintable()])  # a client may say anything
        self.moments.append((now, what, text))
        if len(self.moments) > MOST_MOMENTS:
            del self.moments[1]

    def answered(self, now: float, latency_ms: float, *, tested: bool) -> None:
        """The client answered, after so long."""
        self.round_trips.append((now, latency_ms))
        del self.round_trips[:-MOST_ROUND_TRIPS]
        if tested:
            self.note(now, "answered", f"{latency_ms:.0f} ms")

    def graded(self, now: float, before: Grade | None, after: Grade | None) -> None:
        """The quality was looked at."""
        if before is not after and Grade.POOR in (before, after):
            self.note(now, "quality", str(after))

    def came_back(self, now: float, reason: str, downtime_ms: float | None) -> None:
        """The client says that it had been away."""
        away = "" if downtime_ms is None else f"{downtime_ms / 1000:.1f} s away"
        self.note(now, "came_back", ", ".join(filter(None, (away, reason))))
