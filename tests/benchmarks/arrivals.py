"""What arrives at the watchers: noted in a few steps a frame, and reckoned up when all is over."""

import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Self

STAMP = re.compile(rb'"t":\s*([0-9.]+),\s*"seq":\s*(\d+),\s*"final":\s*(t?)')
POSITION = re.compile(rb'"epoch":"([^"]+)","offset":(\d+)')
HEAD = 160
"""Bytes of a frame that with its length tell it from others: they hold a position or a time."""
MEMORY = 1000
"""Frames that are remembered; one that lags behind gets them in another order than they were sent."""

Position = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Stamp:
    """When an event was published, its number, and whether it is a final."""

    t: float
    seq: int
    final: bool


@dataclass(frozen=True, slots=True)
class Frame:
    """What a frame holds."""

    stamps: tuple[Stamp, ...]
    position: Position | None
    """Of its last event, or of the subscription."""
    speaks: bool
    """Whether there is more in it than events."""

    @classmethod
    def of(cls, payload: bytes) -> Self:
        """Take a frame apart."""
        stamps = tuple(Stamp(float(t), int(seq), bool(final)) for t, seq, final in STAMP.findall(payload))
        positions = POSITION.findall(payload)
        last = (positions[-1][0].decode(), int(positions[-1][1])) if positions else None
        return cls(stamps, last, not stamps or b'"sent_at"' in payload or b'"subscribed"' in payload)


class Arrivals:
    """Of all watchers of one measurement."""

    def __init__(self) -> None:
        self.count = 0
        self.last_at = 0.0
        self._moments: list[tuple[float, Frame]] = []
        self._known: dict[tuple[int, bytes], Frame] = {}

    def take(self, payload: memoryview) -> Frame:
        """Note a frame. Most are the same for all watchers, and are taken apart once."""
        head = len(payload), bytes(payload[:HEAD])
        frame = self._known.get(head)
        if frame is None:
            frame = self._known[head] = Frame.of(bytes(payload))
            if len(self._known) > MEMORY:
                del self._known[next(iter(self._known))]
        if frame.stamps:
            self.last_at = time.time()
            self.count += len(frame.stamps)
            self._moments.append((self.last_at, frame))
        return frame

    def ages(self) -> list[float]:
        """How old each event was when it arrived, in seconds, in order of size."""
        return sorted(age for _, age in self.dated_ages())

    def dated_ages(self) -> Iterator[tuple[float, float]]:
        """When each event was published, and how old it was when it arrived."""
        return ((stamp.t, moment - stamp.t) for moment, frame in self._moments for stamp in frame.stamps)


@dataclass(frozen=True)
class Fate:
    """What became of the events that the watchers should have seen."""

    lost: int = 0
    """Finals that did not arrive, and keys whose last state did not."""
    doubled: int = 0
    disordered: int = 0

    def __add__(self, other: "Fate") -> "Fate":
        return Fate(self.lost + other.lost, self.doubled + other.doubled, self.disordered + other.disordered)


def fate(published: Iterable[tuple[int, str | None]], frames: Iterable[Frame]) -> Fate:
    """Of one watcher's events. `published` has each event's number and its key, None for a final. Finals keep their
    order, and so do the states of a key; a state that rested in the publisher may come after later events of others."""
    keys = dict(published)
    owed = {seq if key is None else key: seq for seq, key in keys.items()}  # of a key the last
    seen = [stamp.seq for frame in frames for stamp in frame.stamps]
    distinct, latest, disordered = set(seen), {}, 0
    for seq in seen:
        disordered += seq < latest.get(keys[seq], -1)
        latest[keys[seq]] = seq
    return Fate(len(set(owed.values()) - distinct), len(seen) - len(distinct), disordered)
