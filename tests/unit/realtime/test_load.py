"""What a load test counts, and what it makes of it."""

import argparse
import io
import json
from dataclasses import asdict, replace

import pytest
from rich.console import Console

from realtime.load import LATE, Ages, Fault, Figures, Outcome, Tally, Targets, Watch
from realtime.load_run import Plan, is_here, local_addresses, shares
from realtime.management.commands.realtime_load import faults, number, show

TARGETS = Targets(p50=100, p99=1_000)


def ages(*milliseconds: float) -> dict[int, int]:
    found = Ages()
    for one in milliseconds:
        found.add(one)
    return dict(found.buckets)


def figures(**changes: object) -> Figures:
    tally = Tally(open=10, arrived=100, done=1, ages=ages(*[20.0] * 98, 300.0, 300.0))
    kept = {name: changes.pop(name) for name in list(changes) if name in ("faults", "connections")}
    return Figures(
        connections=kept.get("connections", 10),  # type: ignore[arg-type]
        rate=1.0,
        seconds=10.0,
        faults=kept.get("faults", ()),  # type: ignore[arg-type]
        published=10,
        tally=replace(tally, **changes),  # type: ignore[arg-type]
        cpu_percent=5.0,
        cpu_us_per_delivery=None,
        memory_kib_per_connection=20.0,
    )


@pytest.mark.parametrize(("share", "age"), [(0.5, 50), (0.9, 90), (0.99, 99), (1.0, 100)])
def test_percentiles_are_right_to_five_percent(share: float, age: float) -> None:
    assert Ages(ages(*range(1, 101))).percentile(share) == pytest.approx(age, rel=0.05)


def test_percentile_of_nothing_is_0_and_a_clock_behind_is_no_error() -> None:
    assert Ages().percentile(0.5) == 0
    assert 0 < Ages(ages(-5)).percentile(0.5) < 1


def test_watch_counts_what_is_lost_doubled_and_out_of_order() -> None:
    watch = Watch()
    for one in (0, 1, 3, 2, 3):
        watch.take(one)
    assert (watch.doubled, watch.disordered, watch.lost(6)) == (1, 1, 2)


def test_tallies_are_added_up_over_processes_and_json() -> None:
    one, other = Tally(open=1, lag=0.1, ages={3: 2}), Tally(open=2, lag=0.5, lost=4, ages={3: 1, 5: 1})
    over = [Tally.of(json.loads(json.dumps(asdict(each)))) for each in (one, other)]
    assert Tally.together(over) == Tally(open=3, lag=0.5, lost=4, ages={3: 3, 5: 1})


@pytest.mark.parametrize(
    ("changes", "outcome", "code"),
    [
        ({}, Outcome.MET, 0),
        ({"lost": 1}, Outcome.MISSED, 2),
        ({"doubled": 1}, Outcome.MISSED, 2),
        ({"disordered": 1}, Outcome.MISSED, 2),
        ({"refused": 1}, Outcome.MISSED, 2),
        ({"ages": ages(200.0)}, Outcome.MISSED, 2),
        ({"ages": ages(*[20.0] * 9, 3_000.0)}, Outcome.MISSED, 2),
        ({"ages": ages(*[20.0] * 9, 3_000.0), "faults": (Fault.CUT,)}, Outcome.MET, 0),
        ({"ages": ages(200.0), "lag": 2 * LATE}, Outcome.UNSURE, 1),
        ({"ages": ages(200.0), "lag": 2 * LATE, "lost": 1}, Outcome.MISSED, 2),
        ({"lag": 2 * LATE}, Outcome.MET, 0),
    ],
)
def test_figures_are_held_against_the_targets(changes: dict[str, object], outcome: Outcome, code: int) -> None:
    found = figures(**changes)
    assert (found.outcome(TARGETS), found.outcome(TARGETS).exit_code) == (outcome, code)
    assert bool(found.missed(TARGETS)) == (outcome != Outcome.MET)


def test_report_shows_figures_and_what_was_missed() -> None:
    text = io.StringIO()
    show(figures(lost=3), TARGETS, Console(file=text, width=100))
    lines = text.getvalue().splitlines()
    assert lines[-2:] == ["MISSED", "  3 events were lost."]
    assert any("memory a connection" in line and "20 KiB" in line for line in lines)
    assert any("CPU a delivery" in line and "not seen" in line for line in lines)


def test_report_is_json_too() -> None:
    told = json.loads(json.dumps(figures(lost=3).as_json(TARGETS)))
    assert (told["outcome"], told["missed"], told["tally"]["lost"]) == ("MISSED", ["3 events were lost."], 3)
    assert told["age_ms"]["p50"] == pytest.approx(20, rel=0.05)


@pytest.mark.parametrize(
    ("host", "here"), [("127.0.0.1", True), ("localhost", True), ("192.0.2.1", False), ("nowhere.invalid", False)]
)
def test_only_addresses_of_this_machine_are_here(host: str, here: bool) -> None:
    assert is_here(host) == here


def test_watchers_of_a_site_on_the_loopback_come_from_many_addresses() -> None:
    def plan(url: str) -> Plan:
        return Plan(url=url, connections=120, rate=1, seconds=1)

    assert local_addresses(plan("http://127.0.0.1:8000")) == ["127.77.0.1", "127.77.0.2", "127.77.0.3"]
    assert local_addresses(plan("http://192.0.2.1:8000")) == []


def test_watchers_are_shared_evenly() -> None:
    assert shares(10, 3) == [4, 3, 3]


@pytest.mark.parametrize("text", ["", "none", "0", "nan", "inf", "1e9"])
def test_numbers_out_of_bounds_are_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="is no number from 1 to 1000"):
        number(1, 1_000)(text)


def test_faults_are_named() -> None:
    assert faults("cut, slow,cut") == (Fault.CUT, Fault.SLOW)
    with pytest.raises(argparse.ArgumentTypeError, match="choose of cut, slow"):
        faults("fire")
