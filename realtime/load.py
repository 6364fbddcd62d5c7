"""What a load test counts, and what its figures mean. Pure, no I/O."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

GROWTH = 1.05  # from one bucket of ages to the next: percentiles are right to 5 %
SMALLEST = 0.1  # milliseconds
LATE = 0.1
"""Seconds by which the watchers' own event loops may lag: past it they, and not the site, may have been slow."""


class Fault(StrEnum):
    """What happens to some of the watchers during the test."""

    CUT = "cut"
    """Each second one in fifty loses its connection without a word."""
    SLOW = "slow"
    """One in twenty reads nothing for two seconds, over and over."""


class Outcome(StrEnum):
    """How the figures stand against the targets."""

    MET = "MET"
    MISSED = "MISSED"
    UNSURE = "UNSURE"
    """The watchers could not keep up themselves, so late events say nothing of the site."""

    @property
    def exit_code(self) -> int:
        """What a command that found this ends with."""
        return {Outcome.MET: 0, Outcome.UNSURE: 1, Outcome.MISSED: 2}[self]


class Ages:
    """How old events were when they came; many millions take no more room than a few."""

    def __init__(self, buckets: Mapping[int, int] | None = None) -> None:
        self.buckets = Counter(buckets or {})

    def add(self, milliseconds: float) -> None:
        """One event came."""
        self.buckets[math.ceil(math.log(max(milliseconds, SMALLEST) / SMALLEST, GROWTH))] += 1

    def percentile(self, share: float) -> float:
        """The age, in milliseconds, that this share (0 to 1) of the events was not older than; 0 if none came."""
        wanted, seen = share * self.buckets.total(), 0
        for bucket in sorted(self.buckets):
            seen += self.buckets[bucket]
            if seen >= wanted:
                return SMALLEST * float(GROWTH) ** bucket
        return 0.0


class Watch:
    """What one watcher saw of the numbers from 0 on."""

    def __init__(self) -> None:
        self.doubled = self.disordered = 0
        self.newest = -1
        self._seen: set[int] = set()

    def take(self, number: int) -> None:
        """An event came."""
        if number in self._seen:
            self.doubled += 1
            return
        self._seen.add(number)
        self.disordered += number < self.newest
        self.newest = max(self.newest, number)

    def lost(self, published: int) -> int:
        """How many of those that were published never came."""
        return published - len(self._seen)


@dataclass(kw_only=True)
class Tally:
    """What some watchers have seen; sums, but for `lag` and `said`."""

    open: int = 0
    arrived: int = 0
    doubled: int = 0
    disordered: int = 0
    lost: int = 0
    refused: int = 0
    reconnects: int = 0
    done: int = 0
    lag: float = 0.0
    """Seconds that their event loop was late at most."""
    said: str = ""
    """What the server said last that was no event."""
    ages: dict[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, message: Mapping[str, Any]) -> "Tally":
        """From JSON, whose keys are texts."""
        return cls(**{**message, "ages": {int(bucket): count for bucket, count in message["ages"].items()}})

    @classmethod
    def together(cls, tallies: Iterable["Tally"]) -> "Tally":
        """Those of several processes."""
        total, ages = cls(), Counter[int]()
        for one in tallies:
            for name, value in asdict(one).items():
                old = getattr(total, name)
                if name == "ages":
                    ages.update(value)
                else:
                    setattr(total, name, max(old, value) if name in ("lag", "said") else old + value)
        total.ages = dict(ages)
        return total


@dataclass(frozen=True)
class Targets:
    """What is demanded; milliseconds. With faults some events wait for their watcher, so only half have to be young."""

    p50: float = 250.0
    p99: float = 1_000.0


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What came of a load test. CPU and memory are of the site's process that listens; None where it is not seen."""

    connections: int
    rate: float
    seconds: float
    faults: tuple[Fault, ...]
    published: int
    tally: Tally
    cpu_percent: float | None
    """Of one core, while events were published."""
    cpu_us_per_delivery: float | None
    memory_kib_per_connection: float | None

    def age(self, share: float) -> float:
        """A percentile of the ages, in milliseconds."""
        return Ages(self.tally.ages).percentile(share)

    def missed(self, targets: Targets) -> list[str]:
        """Each target that was missed, as a sentence."""
        tally, p50, p99 = self.tally, self.age(0.5), self.age(0.99)
        refused = (
            f"{tally.refused} of {self.connections} connections were refused or never followed. {tally.said}".rstrip()
        )
        found = [
            (tally.refused > 0, refused),
            (tally.lost > 0, f"{tally.lost} events were lost."),
            (tally.doubled > 0, f"{tally.doubled} events came twice."),
            (tally.disordered > 0, f"{tally.disordered} events came out of order."),
            (p50 > targets.p50, f"Half were older than {targets.p50:.0f} ms: {p50:.0f}."),
            (
                not self.faults and p99 > targets.p99,
                f"One in a hundred was older than {targets.p99:.0f} ms: {p99:.0f}.",
            ),
        ]
        return [sentence for is_missed, sentence in found if is_missed]

    def outcome(self, targets: Targets) -> Outcome:
        """MISSED for what the watchers' own slowness does not explain."""
        missed = self.missed(targets)
        late = [sentence for sentence in missed if "older" in sentence]
        if len(missed) > len(late):
            return Outcome.MISSED
        if self.tally.lag > LATE and late:
            return Outcome.UNSURE
        return Outcome.MISSED if missed else Outcome.MET

    def as_json(self, targets: Targets) -> dict[str, Any]:
        """For programs."""
        told = asdict(self)
        told["tally"].pop("ages")
        ages = {f"p{share:g}": round(self.age(share / 100), 1) for share in (50, 90, 95, 99, 99.9)}
        return {**told, "age_ms": ages, "outcome": str(self.outcome(targets)), "missed": self.missed(targets)}
