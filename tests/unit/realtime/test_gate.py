"""How often an address may connect."""

import pytest
from pytest_django import Settings

from realtime.errors import GOING_AWAY, PROTOCOL_ERROR, TOO_FAST, TooManyAttempts
from realtime.gate import MOST, Gate

HOST, OTHER = "192.0.2.1", "192.0.2.2"


@pytest.fixture
def gate(settings: Settings) -> Gate:
    """Two connections a second, and twenty at once."""
    settings.REALTIME_MAX_CONNECTS_PER_SECOND = 2
    return Gate()


def entered(gate: Gate, address: str, now: float, times: int) -> int:
    """How many of so many attempts are let in."""
    count = 0
    for _ in range(times):
        try:
            gate.enter(address, now)
        except TooManyAttempts:
            continue
        count += 1
    return count


def test_a_burst_then_a_steady_rate_for_each_address(gate: Gate) -> None:
    assert entered(gate, HOST, 0.0, 30) == 20
    assert entered(gate, HOST, 1.0, 30) == 2
    assert entered(gate, OTHER, 1.0, 30) == 20


def test_who_has_no_address_is_let_in(gate: Gate) -> None:
    assert entered(gate, "", 0.0, 100) == 100


@pytest.mark.parametrize(("code", "left"), [(PROTOCOL_ERROR, 10), (TOO_FAST, 10), (GOING_AWAY, 20), (1006, 20)])
def test_being_closed_for_abuse_counts_as_ten_connections(gate: Gate, code: int, left: int) -> None:
    gate.closed(HOST, code, 0.0)
    assert entered(gate, HOST, 0.0, 30) == left


def test_address_is_refused_when_it_would_not_be_let_in_and_only_then(gate: Gate) -> None:
    assert not gate.refuses(HOST, 0.0)
    entered(gate, HOST, 0.0, 20)
    assert gate.refuses(HOST, 0.0)
    assert not gate.refuses(OTHER, 0.0)
    assert not gate.refuses(HOST, 2.0)


def test_address_that_goes_on_and_on_is_shunned_until_it_rests(gate: Gate) -> None:
    entered(gate, HOST, 0.0, 20)
    refused = [(gate.shuns(HOST, 0.0), gate.refuses(HOST, 0.0))[0] for _ in range(25)]
    assert not any(refused[:20])
    assert refused[-1]
    assert not gate.shuns(OTHER, 0.0)
    assert not gate.shuns(HOST, 5.0)
    assert entered(gate, HOST, 11.0, 1) == 1


def test_memory_is_bounded(gate: Gate) -> None:
    for number in range(MOST + 100):
        gate.enter(f"2001:db8::{number:x}", 0.0)
    assert len(gate._rates) <= MOST
    gate.enter(HOST, 1_000.0)
    gate.enter(OTHER, 1_000.0)
    assert len(gate._rates) < MOST
