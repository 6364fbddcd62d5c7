"""What the benchmark's figures come to."""

import pytest

from tests.benchmarks.goals import GOALS, Goal, verdict
from tests.benchmarks.results import OURS, PEER, Results


def results() -> Results:
    """Two runs, of which the second was in a slow spell."""
    found = Results()
    for ours, peer in ((5.0, 10.0), (12.0, 20.0), (6.0, 10.0)):
        found.add("100/s", OURS, {"µs/event": ours, "lost": ours - 5})
        found.add("100/s", PEER, {"µs/event": peer})
    return found


def test_median_and_worst() -> None:
    assert results().median("100/s", OURS, "µs/event") == 6.0
    assert results().worst("100/s", OURS, "lost") == 7.0


def test_ratio_is_taken_turn_by_turn() -> None:
    assert results().ratio("100/s", OURS, "µs/event") == 0.6


def test_what_was_not_measured_is_nothing() -> None:
    assert Results().median("100/s", OURS, "µs/event") is None
    assert results().ratio("10/s", OURS, "p99 ms") is None
    assert all(goal.measured(Results()) is None for goal in GOALS)


@pytest.mark.parametrize(
    ("measured", "word"), [(0.5, "met"), (0.6, "floor met"), (0.9, "**missed**"), (None, "not measured")]
)
def test_verdict(measured: float | None, word: str) -> None:
    goal = Goal("CPU", 0.5, 0.8, "", lambda results: measured)
    assert verdict(goal, goal.measured(Results())) == word
