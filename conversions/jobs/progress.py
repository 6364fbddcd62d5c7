"""From the stages of a route's steps to one percentage. Pure: the clock is passed in."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from conversions.engines.engine import Kind, Stage
from conversions.jobs.states import State

PUBLISH_INTERVAL = 0.1  # seconds between two events
STORE_INTERVAL = 1.0  # seconds between two writes to the row, which is what a newcomer sees
SIGN_OF_LIFE_INTERVAL = 3.0  # an engine that is silent is still there, and watchers want to know
HIGHEST = 99.0  # 100 is said by the stored result alone
MINIMUM_FOR_ETA = 5.0  # percent, before which a rate means nothing
SMOOTHED_OVER = 15.0  # seconds: what a rate was before counts for little
MOST_ETA = 86_400.0  # seconds, past which it says no more than that hardly anything happens
STORING = "storing"  # ends every conversion: the result is on its way to where it is kept


@dataclass(frozen=True)
class Report:
    """What to tell about a running conversion. `store` says that the row wants it too."""

    percent: float | None
    """None: nothing is known of how far it is."""
    stage: str
    eta_seconds: float | None
    store: bool


def refusal(report: Report, *, state: State, last: float | None) -> str:
    """Why a report may not be told of a conversion in this state, of which `last` was told; empty if it may."""
    if state.ended:
        return f"the conversion is {state} already"
    if report.percent is None:
        return ""
    if not 0 <= report.percent <= 100:  # nor is NaN
        return f"got {report.percent} percent, expected 0 to 100"
    if last is not None and report.percent < last:
        return f"got {report.percent} percent after {last}"
    return ""


class _Rate:
    """Percent a second, smoothed: a mean over the time so far in which the newest counts most."""

    def __init__(self, percent: float, now: float) -> None:
        self._percent, self._seen_at = percent, now
        self._sum = self._weight = 0.0

    def see(self, percent: float, now: float) -> None:
        """It is so far now."""
        seconds = now - self._seen_at
        if seconds < PUBLISH_INTERVAL:
            return
        kept = math.exp(-seconds / SMOOTHED_OVER)
        self._sum = kept * self._sum + (1 - kept) * (percent - self._percent) / seconds
        self._weight = kept * self._weight + (1 - kept)
        self._percent, self._seen_at = percent, now

    def seconds_for(self, percent: float) -> float | None:
        """How long so much more takes; None: nothing has been done yet."""
        return percent * self._weight / self._sum if self._sum > 0 else None


class Progress:
    """The progress of one attempt. It never falls and never says 100. `steps` has each step's stages, whose weights add
    up to 1 over all of them. `floor` is what was told already, of a route that was given up.

    Where engines tell nothing, `begun()` says when a step begins and how long it may take: what is told then is an
    estimate, which comes near the step's end and never reaches it.

    `reached()` takes what the engine of a step reports; `due()` is asked often, and returns a `Report` when there is
    news to tell and the last is old enough, or after a silence.
    """

    def __init__(self, steps: Sequence[Sequence[Stage]], kind: Kind, now: float, floor: float = 0.0) -> None:
        self._spans: dict[tuple[int, str], tuple[float, float]] = {}  # where a stage begins, and its weight
        done = 0.0
        for number, stages in enumerate(steps):
            for stage in stages:
                self._spans[number, stage.id] = done, stage.weight
                done += stage.weight
        self._kind = kind
        self._told_at = self._stored_at = -math.inf
        self._percent = floor
        self._rate = _Rate(floor, now)
        self._stage = ""
        self._expected: tuple[float, float] | None = None  # since when, and how many seconds
        self._step = 0
        self._told = self._stored = (0.0, "")

    def begun(self, step: int, now: float, expected: float | None) -> None:
        """The step begins; `expected` is the seconds that it may take, if its engine tells nothing on the way."""
        self._step = step
        self._expected = (now, expected) if expected else None

    def reached(self, step: int, stage: str, fraction: float) -> None:
        """The engine has done this fraction of the step's stage. Stages that were not declared count as nothing."""
        if (span := self._spans.get((step, stage))) is not None:
            start, weight = span
            self._at(stage, start + weight * min(1.0, max(0.0, fraction)))

    def storing(self) -> None:
        """All steps are done, and the result is being kept."""
        self._at(STORING, 1.0)

    def _at(self, stage: str, share: float) -> None:
        self._stage = stage
        self._percent = max(self._percent, min(HIGHEST, round(100 * share, 1)))

    def due(self, now: float) -> Report | None:
        """What to tell now, if anything."""
        self._estimate(now)
        self._rate.see(self._percent, now)
        if not self._stage:
            return None
        since = now - self._told_at
        news = self._told != (self._percent, self._stage)
        if since < (PUBLISH_INTERVAL if news else SIGN_OF_LIFE_INTERVAL):
            return None
        self._told, self._told_at = (self._percent, self._stage), now
        store = self._stored != self._told and now - self._stored_at >= STORE_INTERVAL
        if store:
            self._stored, self._stored_at = self._told, now
        unknown = self._kind is Kind.ESTIMATED and not self._percent
        return Report(None if unknown else self._percent, self._stage, self._eta(now), store)

    def _estimate(self, now: float) -> None:
        if self._expected and self._stage:
            since, seconds = self._expected
            start, weight = self._span()
            self._at(self._stage, start + weight * estimated_share((now - since) / seconds))

    def _span(self) -> tuple[float, float]:
        """Where the step under way begins, and its share of the whole."""
        spans = [span for (step, _), span in self._spans.items() if step == self._step]
        return spans[0][0], sum(weight for _, weight in spans)

    def _eta(self, now: float) -> float | None:
        """By what this step usually takes, and those after it in proportion; or else by the rate, if that is true."""
        if self._expected:
            since, seconds = self._expected
            if (left := seconds - (now - since)) <= 0:
                return None
            start, weight = self._span()
            return round(left + seconds * (1 - start - weight) / weight, 1) or None
        if self._kind is not Kind.MEASURED or self._percent < MINIMUM_FOR_ETA:
            return None
        needed = self._rate.seconds_for(100 - self._percent)
        return round(needed, 1) if needed is not None and needed <= MOST_ETA else None


def estimated_share(elapsed: float) -> float:
    """What may be done of work after so many times its usual duration: nine tenths when it is over, never all."""
    return 0.9 * elapsed if elapsed < 1 else 1 - 0.1 / (1 + 9 * (elapsed - 1))
