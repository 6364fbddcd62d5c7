"""What the benchmark's figures come to."""

import math
from pathlib import Path

import pytest

from tests.benchmarks.goals import GOALS, Goal, verdict
from tests.benchmarks.results import OURS, PEER, Results, until_right


def results() -> Results:
    """Two runs, of which the second was in a slow spell."""
    found = Results()
    for ours, peer in ((5.0, 10.0), (12.0, 20.0), (6.0, 10.0)):
        found.add("fanout", "100/s", OURS, {"µs/event": ours, "lost": ours - 5})
        found.add("fanout", "100/s", PEER, {"µs/event": peer})
    return found


def test_median_and_worst() -> None:
    assert results().median("100/s", OURS, "µs/event") == 6.0
    assert results().worst("100/s", OURS, "lost") == 7.0


def test_ratio_is_taken_turn_by_turn() -> None:
    assert results().ratio("100/s", OURS, "µs/event") == 0.6


def test_a_scenario_that_is_measured_anew_takes_its_place_among_what_was_kept(tmp_path: Path) -> None:
    kept = tmp_path / "runs.json"
    first = results()
    first.add("storm", "storm", OURS, {"s until right": 3.0})
    first.save(kept)
    second = Results.load(kept)
    second.forget("storm")
    second.add("storm", "storm", OURS, {"s until right": 2.0})
    assert second.median("storm", OURS, "s until right") == 2.0
    assert second.ratio("100/s", OURS, "µs/event") == 0.6
    assert Results.load(tmp_path / "nothing").parts == []


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


def test_watchers_that_were_closed_are_never_right(tmp_path: Path) -> None:
    assert until_right(2.5, closed=0) == 2.5
    kept, goal = tmp_path / "runs.json", next(goal for goal in GOALS if goal.what == "2,000 clients right again")
    found = Results()
    found.add("storm", "storm", OURS, {"s until right": until_right(2.5, closed=1)})
    found.save(kept)
    assert verdict(goal, goal.measured(Results.load(kept))) == "**missed**"


@pytest.mark.parametrize("first", [math.nan, 1.2])
def test_abuse_that_takes_all_from_the_honest_is_no_success(first: float) -> None:
    found = Results()
    for kind, times in (("flood", first), ("deaf", 1.2 if math.isnan(first) else math.nan)):
        found.add("abuse", f"abuse {kind}, 50/s", OURS, {"times quiet": times, "lost": 3.0, "honest closed": 1.0})
    words = {goal.what: verdict(goal, goal.measured(found)) for goal in GOALS if "abuse" in goal.what}
    assert len(words) == 3
    assert set(words.values()) == {"**missed**"}
