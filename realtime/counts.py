"""What this process has counted: plain numbers, so that a frame pays for an addition and for nothing else. metrics.py
tells Prometheus of them, once a second."""

import os
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence

from realtime import errors

AGES = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
ROUND_TRIPS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
# What clients and networks close with; of the other thousands that a client may send nobody makes a series.
CODES = frozenset({1000, 1001, 1002, 1003, 1005, 1006, 1007, 1008, 1009, 1011}) | {
    value for name, value in vars(errors).items() if name.isupper() and isinstance(value, int)
}
REASONS = frozenset({"heartbeat_lost", "poor_quality"})  # an operator may give any other
OTHER = "other"


class Buckets:
    """Seconds that were observed: how many are at most as large as each bound and larger than the one before it."""

    __slots__ = ("_bounds", "numbers", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = bounds
        self.numbers = [0] * (len(bounds) + 1)
        self.total = 0.0

    def add(self, seconds: float, times: int = 1) -> None:
        """Something took so long, so often."""
        self.numbers[bisect_left(self._bounds, seconds)] += times
        self.total += seconds * times


class Counts:
    """All of it, since the process began or was forked. Nothing here falls but what says that it is of now. Each is
    added to by one thread alone, or where others are kept out."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Begin at nothing."""
        self.frames_sent = 0
        self.frames_acknowledged = 0
        self.frames_unacknowledged = 0
        self.frames_cut_off = 0
        self.events_published = 0
        self.events_delivered = 0
        self.events_repaired = 0
        self.finals_sent = 0
        self.finals_acknowledged = 0
        self.gaps = 0
        self.replays = 0
        self.snapshots = 0
        self.events_lost: Counter[str] = Counter()
        self.connections_opened: Counter[str] = Counter()
        self.connections_closed: Counter[str] = Counter()
        self.connections_refused: Counter[str] = Counter()
        self.recoveries: Counter[str] = Counter()
        self.recoveries_asked: Counter[str] = Counter()
        self.valkey_errors: Counter[str] = Counter()
        self.swept: Counter[str] = Counter()
        self.tasks: Counter[str] = Counter()
        self.delivery_age = Buckets(AGES)
        self.round_trip = Buckets(ROUND_TRIPS)
        self.events_waiting = 0
        """Of now: in this process's publisher."""
        self.history_answer = 0.0
        """Of now: the seconds that the histories took to tell their tops."""


def code_label(code: int | None) -> str:
    """A close code as a label, of which there are few."""
    return str(code) if code in CODES else OTHER


def reason_label(reason: str) -> str:
    """The same of why a client was sent away."""
    return reason if reason in REASONS else OTHER


counts = Counts()
os.register_at_fork(after_in_child=counts.clear)  # what the parent has not told yet is the parent's to tell
