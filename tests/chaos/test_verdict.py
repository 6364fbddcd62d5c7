"""The verdict itself: each thing that may be wrong is found, and nothing else."""

from dataclasses import replace
from typing import Any

import pytest

from tests.chaos.faults import CUT, FAULTS
from tests.chaos.trial import Outcome
from tests.chaos.verdict import Sight, Truth
from tests.chaos.workers import Toll

TRUTH = Truth({1: 10.0, 2: 11.0, 3: 12.0}, {"east": 3})


def snapshot(*jobs: int, epoch: str = "e", offset: int = 0, **gauges: int) -> dict[str, Any]:
    shown = {"jobs": list(jobs), "gauges": gauges}
    return {"type": "subscribed", "epoch": epoch, "offset": offset, "recovered": False, "snapshot": shown}


def done(offset: int, number: int, epoch: str = "e") -> dict[str, Any]:
    return {"type": "job_done", "epoch": epoch, "offset": offset, "number": number}


def progress(offset: int, number: int, percent: int = 25) -> dict[str, Any]:
    return {"type": "job_progress", "epoch": "e", "offset": offset, "number": number, "percent": percent}


def gauge(offset: int, value: int, epoch: str = "e") -> dict[str, Any]:
    return {"type": "gauge_changed", "epoch": epoch, "offset": offset, "name": "east", "value": value}


def seen(*messages: dict[str, Any]) -> Sight:
    """What a client thinks that got a message a second, from second 20 on."""
    sight = Sight()
    for at, message in enumerate(messages, start=20):
        sight.take(message, at)
    return sight


def flaws(sight: Sight) -> tuple[int, int, int]:
    return sight.lost(TRUTH), sight.doubled, sight.out_of_order


@pytest.mark.parametrize(
    "messages",
    [
        (snapshot(), progress(1, 1), done(2, 1), done(3, 2), gauge(5, 2), done(6, 3), gauge(7, 3)),
        (snapshot(1, 2, 3, east=3),),
        (snapshot(1, 2, east=1), done(1, 2), done(2, 3), gauge(3, 3)),
        (snapshot(), done(4, 1), snapshot(1, 2, epoch="f", east=2), done(1, 3, "f"), gauge(2, 3, "f")),
    ],
    ids=["events", "snapshot", "event that a snapshot shows", "new epoch"],
)
def test_nothing_wrong(messages: tuple[dict[str, Any], ...]) -> None:
    assert flaws(seen(*messages)) == (0, 0, 0)


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        ((), (4, 0, 0)),
        ((snapshot(1, east=3), done(2, 3)), (1, 0, 0)),
        ((snapshot(1, 2, 3, east=2),), (1, 0, 0)),
        ((snapshot(1, 2, 3, east=3), snapshot(1, 2, 3, epoch="f", east=2)), (1, 0, 0)),
        ((snapshot(1, 2, 3, east=3), done(1, 3), done(2, 3)), (0, 1, 0)),
        ((snapshot(1, 2, 3, east=3), done(2, 2), done(1, 3)), (0, 0, 1)),
        ((snapshot(1, 2, 3, east=3), done(1, 3), done(2, 2)), (0, 0, 1)),
        ((snapshot(1, 2, 3, east=3), done(1, 3, epoch="f")), (0, 0, 1)),
        ((snapshot(1, 2, 3, east=3), done(1, 3), progress(2, 3)), (0, 0, 1)),
        ((snapshot(1, 2, 3, east=3), progress(1, 4, 50), progress(2, 4, 25)), (0, 0, 1)),
        ((snapshot(1, 2, 3, east=3), gauge(1, 2), gauge(2, 1), gauge(3, 3)), (0, 0, 1)),
    ],
    ids=[
        "nothing seen",
        "final lost",
        "last value of a key never shown",
        "snapshot shows an old value",
        "final doubled",
        "offset goes back",
        "finals in the wrong order",
        "event of an unknown epoch",
        "progress after the end",
        "progress goes back",
        "value goes back",
    ],
)
def test_each_flaw_is_found(messages: tuple[dict[str, Any], ...], expected: tuple[int, int, int]) -> None:
    assert flaws(seen(*messages)) == expected


def test_is_right_once_all_of_a_moment_was_seen() -> None:
    sight = seen(snapshot(1, east=1), gauge(1, 2), done(2, 2), done(3, 3))
    assert sight.right_at(TRUTH, 9) == 9
    assert sight.right_at(TRUTH, 10) == 20
    assert sight.right_at(TRUTH, 11) == 22
    assert sight.right_at(TRUTH, 12) is None, "the gauge never shows 3"
    assert seen(snapshot(east=3)).right_at(TRUTH, 10) is None


def test_silence_is_the_longest_time_between_events() -> None:
    sight = Sight()
    for at, message in [(0.0, snapshot()), (1.0, done(1, 1)), (2.0, done(2, 2)), (5.0, done(3, 3)), (5.5, gauge(4, 3))]:
        sight.take(message, at)
    assert sight.longest_silence == 3


GOOD = Outcome(
    fault=CUT,
    clients=24,
    published=100,
    lost=0,
    doubled=0,
    out_of_order=0,
    right_again=1.9,
    slowest=4.0,
    longest_silence=60.0,
    reconnects=24,
    snapshots=0,
    errors=0,
)
BY_NAME = {fault.name: fault for fault in FAULTS}


@pytest.mark.parametrize(
    "flaw",
    [
        {"published": 0},
        {"lost": 1},
        {"doubled": 1},
        {"out_of_order": 1},
        {"errors": 1},
        {"right_again": 2.1},
        {"right_again": None},
        {"fault": BY_NAME["rolling restart of two"], "longest_silence": 5.1},
    ],
)
def test_each_flaw_counts(flaw: dict[str, Any]) -> None:
    assert GOOD.flawless
    assert not replace(GOOD, **flaw).flawless


def test_crowd_has_more_time() -> None:
    crowd = replace(GOOD, fault=BY_NAME["2,000 clients, web killed"], right_again=5.0)
    assert crowd.flawless
    assert not replace(crowd, right_again=5.1).flawless


TOLL = Toll(asked=9, kills=5, taken_up=4, ends={"completed once": 9}, run_again=0, kept=9, seconds=20.0)
LOST_THRICE = {"completed once": 8, "completed once and failed (worker_lost) once": 1}


@pytest.mark.parametrize(
    "flaw",
    [
        {"taken_up": 0},
        {"kept": 8},
        {"kept": 10},
        {"ends": {"completed once": 8, "completed 2 times": 1}},
        {"ends": {"completed once": 8, "never ended": 1}},
        {"ends": {"completed once": 8, "failed (error) once": 1}},
        {"ends": {"completed once": 8, "failed (worker_lost) once": 1}, "run_again": 1},
        {"ends": LOST_THRICE},
    ],
)
def test_each_conversion_that_workers_lost_counts(flaw: dict[str, Any]) -> None:
    assert TOLL.flawless
    assert replace(TOLL, ends=LOST_THRICE, run_again=1).flawless
    assert not replace(TOLL, **flaw).flawless
