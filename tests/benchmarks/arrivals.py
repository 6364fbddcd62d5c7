"""What arrives at the watchers: noted in a few steps a frame, and reckoned up when all is over."""

import re
import time
from collections.abc import Iterable
from dataclasses import dataclass

STAMP = re.compile(rb'"t":\s*([0-9.]+),\s*"seq":\s*(\d+),\s*"final":\s*(t?)')


@dataclass(frozen=True, slots=True)
class Stamp:
    """When an event was published, its number, and whether it is a final."""

    t: float
    seq: int
    final: bool


Frame = tuple[Stamp, ...]


def stamps(payload: bytes) -> Frame:
    """The events of a frame."""
    return tuple(Stamp(float(t), int(seq), bool(final)) for t, seq, final in STAMP.findall(payload))


class Arrivals:
    """Of all watchers of one measurement."""

    def __init__(self) -> None:
        self.count = 0
        self.last_at = 0.0
        self._moments: list[tuple[float, Frame]] = []
        self._payload, self._frame = b"", ()

    def take(self, payload: bytes) -> Frame:
        """Note a frame. Most are the same for all watchers, and are taken apart once."""
        if payload != self._payload:
            self._payload, self._frame = payload, stamps(payload)
        if self._frame:
            self.last_at = time.time()
            self.count += len(self._frame)
            self._moments.append((self.last_at, self._frame))
        return self._frame

    def ages(self) -> list[float]:
        """How old each event was when it arrived, in seconds, in order of size."""
        return sorted(moment - stamp.t for moment, frame in self._moments for stamp in frame)


@dataclass(frozen=True)
class Fate:
    """What became of the events that the watchers should have seen."""

    lost: int = 0
    """Finals that did not arrive, and keys whose last state did not."""
    doubled: int = 0
    disordered: int = 0

    def __add__(self, other: "Fate") -> "Fate":
        return Fate(
            self.lost + other.lost, self.doubled + other.doubled, self.disordered + other.disordered
        )


def fate(published: Iterable[tuple[int, str | None]], frames: Iterable[Frame]) -> Fate:
    """Of one watcher's events. `published` has each event's number and its key, None for a final."""
    owed = {key if key is not None else seq: seq for seq, key in published}  # of a key the last
    seen = [stamp.seq for frame in frames for stamp in frame]
    distinct = set(seen)
    return Fate(
        lost=len(set(owed.values()) - distinct),
        doubled=len(seen) - len(distinct),
        disordered=sum(after < before for before, after in zip(seen, seen[1:], strict=False)),
    )
