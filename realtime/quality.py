"""How good a connection is: round trips to a grade."""

from enum import StrEnum

WEIGHT = 0.25  # of the newest round trip in the average
HYSTERESIS = 0.8  # a better grade is given below this part of its bound, so that it does not flicker
BOUNDS_MS = (100.0, 300.0, 1_000.0)  # excellent up to the first, good up to the second, fair up to the third


class Grade(StrEnum):
    """A connection's quality, best first."""

    EXCELLENT = "excellent"
    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"


GRADES = tuple(Grade)


class Quality:
    """Averages of a connection's round trips and of their jitter, and the grade that follows. Milliseconds."""

    __slots__ = ("grade", "jitter_ms", "latency_ms")

    def __init__(self) -> None:
        self.latency_ms: float | None = None
        self.jitter_ms = 0.0
        self.grade: Grade | None = None

    def measured(self, latency_ms: float) -> Grade:
        """Take a round trip into account; the grade is the one that follows."""
        if self.latency_ms is None:
            self.latency_ms = latency_ms
        self.jitter_ms += WEIGHT * (abs(latency_ms - self.latency_ms) - self.jitter_ms)
        self.latency_ms += WEIGHT * (latency_ms - self.latency_ms)
        self.grade = self._graded(self.latency_ms + 2 * self.jitter_ms)
        return self.grade

    def _graded(self, delay_ms: float) -> Grade:
        grade = GRADES[sum(delay_ms > bound for bound in BOUNDS_MS)]
        if self.grade is None or GRADES.index(grade) >= GRADES.index(self.grade):
            return grade
        careful = GRADES[sum(delay_ms > bound * HYSTERESIS for bound in BOUNDS_MS)]
        return min(careful, self.grade, key=GRADES.index)
