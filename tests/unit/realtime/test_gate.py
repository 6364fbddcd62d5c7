"""How often an address may connect: crowds may come and come again, who only comes and goes may not."""

import pytest
from pytest_django import Settings

from realtime.errors import GOING_AWAY, PROTOCOL_ERROR, TOO_FAST, TooManyAttempts
from realtime.gate import MOST, PENALTY, Gate

HOST, OTHER = "192.0.2.1", "192.0.2.2"
ABNORMAL = 1006


@pytest.fixture
def gate(settings: Settings) -> Gate:
    """Ten connections a second; a hundred may be open, so two hundred may come at once: the defaults."""
    settings.REALTIME_MAX_CONNECTS_PER_SECOND = 10
    settings.REALTIME_MAX_CONNECTIONS_PER_ADDRESS = 100
    return Gate()


def enters(gate: Gate, address: str, now: float) -> bool:
    try:
        gate.enter(address, now)
    except TooManyAttempts:
        return False
    return True


def entered(gate: Gate, address: str, now: float, times: int) -> int:
    """How many of so many attempts are let in."""
    return sum(enters(gate, address, now) for _ in range(times))


def let_in(gate: Gate, each: float, until: float, code: int = ABNORMAL, followed: bool = False) -> list[float]:
    """When one is let in that tries each so many seconds, and is closed at once."""
    times = []
    for turn in range(int(until / each)):
        now = turn * each
        if not gate.refuses(HOST, now) and enters(gate, HOST, now):
            times.append(now)
            gate.closed(HOST, code, followed, now)
    return times


def test_a_burst_then_a_steady_rate_for_each_address(gate: Gate) -> None:
    assert entered(gate, HOST, 0.0, 400) == 200
    assert entered(gate, HOST, 1.0, 30) == 10
    assert entered(gate, OTHER, 1.0, 400) == 200


def test_who_has_no_address_is_let_in(gate: Gate) -> None:
    assert entered(gate, "", 0.0, 1_000) == 1_000
    gate.closed("", TOO_FAST, False, 0.0)
    assert not gate.refuses("", 0.0)


@pytest.mark.parametrize("followed", [True, False])
def test_a_crowd_whose_network_flaps_three_times_in_twenty_seconds_comes_back_each_time(
    gate: Gate, followed: bool
) -> None:
    assert entered(gate, HOST, 0.0, 95) == 95
    for now in (15.0, 22.0, 29.0):
        for _ in range(95):
            gate.closed(HOST, ABNORMAL, followed, now)
        assert entered(gate, HOST, now + 1, 95) == 95


def test_a_crowd_that_follows_topics_may_flap_every_five_seconds_for_ever(gate: Gate) -> None:
    assert entered(gate, HOST, 0.0, 95) == 95
    for now in range(5, 600, 5):
        for _ in range(95):
            gate.closed(HOST, ABNORMAL, True, float(now))
        assert entered(gate, HOST, now + 0.5, 95) == 95


@pytest.mark.parametrize(("followed", "soon"), [(False, 3.0), (True, 6.0)])
def test_who_comes_and_goes_is_refused_soon_and_as_long_as_it_goes_on(gate: Gate, followed: bool, soon: float) -> None:
    times = let_in(gate, each=0.01, until=600.0, followed=followed)
    assert times[-1] < soon
    assert not gate.refuses(HOST, 600.2)


def test_who_was_refused_and_rests_is_let_in_however_often_it_was_refused(gate: Gate) -> None:
    assert entered(gate, HOST, 0.0, 10_000) == 200
    assert gate.refuses(HOST, 0.05)
    assert entered(gate, HOST, 0.16, 1) == 1


@pytest.mark.parametrize("code", [PROTOCOL_ERROR, TOO_FAST])
def test_who_is_thrown_out_gets_in_ten_times_and_then_once_in_two_seconds(gate: Gate, code: int) -> None:
    times = let_in(gate, each=0.2, until=60.0, code=code, followed=True)
    assert len([now for now in times if now < 2.0]) <= 11
    assert len([now for now in times if now >= 2.0]) <= 58 / 2


@pytest.mark.parametrize("code", [GOING_AWAY, ABNORMAL])
def test_no_other_close_costs_anything(gate: Gate, code: int) -> None:
    gate.closed(HOST, code, False, 0.0)
    assert entered(gate, HOST, 0.0, 400) == 200


def test_debt_is_bounded_and_passes(gate: Gate) -> None:
    for _ in range(1_000):
        gate.closed(HOST, TOO_FAST, False, 0.0)
    assert gate.refuses(HOST, 20.0)
    assert entered(gate, HOST, 20.2, 1) == 1
    assert entered(gate, HOST, 60.0, 400) == 200


def test_a_neighbour_that_is_thrown_out_once_locks_no_crowd_out(gate: Gate) -> None:
    gate.closed(HOST, TOO_FAST, False, 0.0)
    assert entered(gate, HOST, 0.0, 400) == 200 - PENALTY


def test_asking_costs_nothing_while_there_is_room(gate: Gate) -> None:
    entered(gate, HOST, 0.0, 199)
    assert [gate.refuses(HOST, 0.0) for _ in range(100)] == [False] * 100
    assert entered(gate, HOST, 0.0, 2) == 1
    assert gate.refuses(HOST, 0.0)
    assert not gate.refuses(OTHER, 0.0)


def test_memory_is_bounded(gate: Gate) -> None:
    for number in range(MOST + 100):
        gate.enter(f"2001:db8::{number:x}", 0.0)
    assert len(gate._rates) <= MOST
    gate.enter(HOST, 1_000.0)
    gate.enter(OTHER, 1_000.0)
    assert len(gate._rates) < MOST
