"""How good a connection is: round trips, and what waits for an acknowledgement, to a grade. Pure."""

from enum import StrEnum

WEIGHT = 0.25  # of the newest round trip in the average
HYSTERESIS = 0.8  # a better grade is given below this part of its bound, so that it does not flicker
BOUNDS_MS = (100.0, 300.0, 1_000.0)  # excellent up to the first, good up to the second, fair up to the third
LAG_BOUNDS_MS = (3_000.0, 5_000.0, 10_000.0)  # the same of the lag: clients acknowledge within a second


class Grade(StrEnum):
    """A connection's quality, best first."""

    EXCELLENT = "excellent"
    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"


GRADES = tuple(Grade)


class Lag:
    """The age of the oldest frame that is not acknowledged. No frame is timed: every look at two counters leaves a mark
    if frames went out since, so that the age is too low by the time between two looks at most."""

    __slots__ = ("_marks",)

    def __init__(self) -> None:
        self._marks: list[tuple[int, float]] = []

    def look(self, sent: int, acknowledged: int, now: float) -> float:
        """The age in seconds, of the frames sent and acknowledged so far; 0 if none waits."""
        marks = self._marks
        while marks and marks[0][0] <= acknowledged:
            del marks[0]
        if sent > (marks[-1][0] if marks else acknowledged):
            marks.append((sent, now))
        return now - marks[0][1] if marks else 0.0


class Quality:
    """Averages of a connection's round trips and of their jitter, its lag, and the grade that follows from the worse of
    both. Milliseconds."""

    __slots__ = ("grade", "jitter_ms", "lag_ms", "latency_ms")

    def __init__(self) -> None:
        self.latency_ms: float | None = None
        self.jitter_ms = 0.0
        self.lag_ms = 0.0
        self.grade: Grade | None = None

    def measured(self, latency_ms: float) -> Grade:
        """Take a round trip into account; the grade is the one that follows."""
        if self.latency_ms is None:
            self.latency_ms = latency_ms
        self.jitter_ms += WEIGHT * (abs(latency_ms - self.latency_ms) - self.jitter_ms)
        self.latency_ms += WEIGHT * (latency_ms - self.latency_ms)
        self.grade = self._graded()
        return self.grade

    def lagging(self, lag_ms: float) -> Grade | None:
        """Take the age of the oldest frame that is not acknowledged into account; there is no grade before the first
        round trip."""
        self.lag_ms = lag_ms
        if self.latency_ms is not None:
            self.grade = self._graded()
        return self.grade

    def _graded(self) -> Grade:
        grade = self._within(1)
        if self.grade is None or GRADES.index(grade) >= GRADES.index(self.grade):
            return grade
        return min(self._within(HYSTERESIS), self.grade, key=GRADES.index)

    def _within(self, part: float) -> Grade:
        delay_ms = (self.latency_ms or 0) + 2 * self.jitter_ms
        by_delay = sum(delay_ms > bound * part for bound in BOUNDS_MS)
        by_lag = sum(self.lag_ms > bound * part for bound in LAG_BOUNDS_MS)
        return GRADES[max(by_delay, by_lag)]
