"""What was asked for, and whether it is so."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.benchmarks.results import OURS, Results, no_number_last

Measured = Callable[[Results], float | None]


@dataclass(frozen=True)
class Goal:
    """A figure that should be at most `goal`, and must be at most `floor`."""

    what: str
    goal: float
    floor: float
    unit: str
    measured: Measured


def ratio(part: str, figure: str) -> Measured:
    return lambda results: results.ratio(part, OURS, figure)


def median(part: str, figure: str) -> Measured:
    return lambda results: results.median(part, OURS, figure)


def worst(part: str, figure: str) -> Measured:
    return lambda results: results.worst(part, OURS, figure)


def worst_abuse(results: Results) -> float | None:
    """Of all kinds of abuse the one that honest watchers notice most: its p99 over that of the quiet before."""
    parts = [name for name in results.parts if name.startswith("abuse ")]
    ratios = [results.median(name, OURS, "times quiet") for name in parts]
    return max((ratio for ratio in ratios if ratio is not None), key=no_number_last, default=None)


def worst_of_abuse(figure: str) -> Measured:
    """The highest of all kinds and runs."""

    def measured(results: Results) -> float | None:
        found = [results.worst(name, OURS, figure) for name in results.parts if name.startswith("abuse ")]
        return max((value for value in found if value is not None), key=no_number_last, default=None)

    return measured


TIMES = " times Socket.IO"
GOALS = [
    Goal("CPU an event, 100/s to 1,000 watchers", 0.5, 0.8, TIMES, ratio("100/s", "µs/event")),
    Goal("p99 age, 10/s to 1,000 watchers", 1.0, 4.0, TIMES, ratio("10/s", "p99 ms")),
    Goal("p99 age, 400/s to 1,000 watchers", 250, 700, " ms", median("400/s", "p99 ms")),
    Goal("finals and last states lost there, worst run", 0, 0, "", worst("400/s", "lost")),
    Goal("CPU a delivery, 1,000 topics of one watcher", 1.0, 2.0, TIMES, ratio("1 each", "µs/event")),
    Goal("memory of an idle connection", 28, 33, " KiB", median("idle", "KiB/connection")),
    Goal("2,000 clients right again", 3, 5, " s", median("storm", "s until right")),
    Goal("CPU an inbound frame", 50, 70, " µs", median("inbound", "µs/frame")),
    Goal("p99 age beside abuse, worst kind", 2, 2, " times quiet", worst_abuse),
    Goal("events lost beside abuse, worst run", 0, 0, "", worst_of_abuse("lost")),
    Goal("honest watchers closed beside abuse, worst run", 0, 0, "", worst_of_abuse("honest closed")),
    Goal("a call of publish(), median", 5, 5, " µs", median("enqueue", "µs/call")),
]


def verdict(goal: Goal, measured: float | None) -> str:
    """In a word."""
    if measured is None:
        return "not measured"
    if measured <= goal.goal:
        return "met"
    return "floor met" if measured <= goal.floor else "**missed**"
