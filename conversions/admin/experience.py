"""How engines and their pairs did in the last days, from the conversions that ended."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from math import ceil

from django.utils import timezone

from conversions.engines.registry import Pair
from conversions.errors import human_duration
from conversions.jobs.states import State
from conversions.models import Conversion

DAYS = 7
LOOKED_AT = 20_000
"""Conversions that are looked at, the newest."""


@dataclass
class Tally:
    """What became of the conversions in which an engine or a pair had a part. Seconds are of those that it made alone:
    of others nobody knows which step took how long."""

    completed: int = 0
    failed: int = 0
    seconds: list[float] = field(default_factory=list)

    @property
    def ended(self) -> int:
        """How many there were."""
        return self.completed + self.failed

    @property
    def success(self) -> str:
        """The share that was completed, never rounded up to all; empty of nothing."""
        if not self.ended:
            return ""
        return f"{int(1000 * self.completed / self.ended) / 10:g} %"

    @property
    def half(self) -> str:
        """What the faster half took at most."""
        return self._share(0.5)

    @property
    def most(self) -> str:
        """What nine of ten took at most."""
        return self._share(0.9)

    def _share(self, share: float) -> str:
        if not self.seconds:
            return ""
        return human_duration(sorted(self.seconds)[ceil(share * len(self.seconds)) - 1])


@dataclass
class Experience:
    """That of each engine, by id, and of each pair. What nothing is known of has a tally of nothing."""

    engines: defaultdict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    pairs: defaultdict[Pair, Tally] = field(default_factory=lambda: defaultdict(Tally))


def experience() -> Experience:
    """Of the last `DAYS` days, in one query."""
    found, since = Experience(), timezone.now() - timedelta(days=DAYS)
    ended = Conversion.objects.filter(state__in=[State.COMPLETED, State.FAILED], finished_at__gte=since)
    rows = ended.order_by("-finished_at").values_list("state", "route", "started_at", "finished_at")
    for state, route, start, end in rows[:LOOKED_AT]:
        pairs: set[Pair] = {(step["engine"], step["source"], step["target"]) for step in route}
        engines = {engine for engine, _, _ in pairs}
        tallies = [*(found.engines[each] for each in engines), *(found.pairs[each] for each in pairs)]
        for tally in tallies:
            tally.completed += state == State.COMPLETED
            tally.failed += state == State.FAILED
        if state != State.COMPLETED or start is None or end is None:
            continue
        alone = [found.engines[each] for each in engines if len(engines) == 1]
        alone += [found.pairs[each] for each in pairs if len(pairs) == 1]
        for tally in alone:
            tally.seconds.append((end - start).total_seconds())
    return found
