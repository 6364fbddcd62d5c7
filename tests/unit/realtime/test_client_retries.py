"""When a client comes back."""

import pytest

from realtime.client_retries import Retries


def waits(retries: Retries, count: int, lasted: float = 0) -> list[float]:
    return [retries.wait(lasted) for _ in range(count)]


def test_first_try_comes_within_half_a_second_then_exponentially_later() -> None:
    assert waits(Retries(lambda: 1), 4) == [0.5, 0.75, 1.125, 1.6875]
    assert waits(Retries(lambda: 1), 12)[-2:] == [pytest.approx(28.83, abs=0.01), 30]


def test_jitter_is_full() -> None:
    assert waits(Retries(lambda: 0), 4) == [0, 0, 0, 0]
    assert waits(Retries(lambda: 0.5), 3) == [0.25, 0.375, 0.5625]


def test_waits_do_not_overflow() -> None:
    assert waits(Retries(lambda: 1), 5_000)[-1] == 30


def test_connection_that_lasted_is_a_new_start_and_a_short_one_is_not() -> None:
    retries = Retries(lambda: 1)
    waits(retries, 4)
    assert retries.wait(lasted=1) == 0.5 * 1.5**4
    assert retries.wait(lasted=60) == 0.5
    assert retries.attempt == 1


@pytest.mark.parametrize(("asked", "expected"), [(1500, 1.5), (0, 0.0), (None, 0.5), ("soon", 0.5), (-1, 0.5)])
def test_what_the_server_asks_for_holds_once(asked: object, expected: float) -> None:
    retries = Retries(lambda: 1)
    retries.asked(asked)
    assert retries.wait(0) == expected
    assert retries.wait(0) == 0.75


@pytest.mark.parametrize("code", [None, 1000, 1006, 1011, 4408, 4409, 4412, 4429, 4012])
def test_most_connections_may_be_made_again(code: int | None) -> None:
    retries = Retries(lambda: 1)
    assert all(retries.may_return(code) for _ in range(3))


@pytest.mark.parametrize("code", [4400, 4403])
def test_some_codes_are_final(code: int) -> None:
    assert not Retries(lambda: 1).may_return(code)


def test_unknown_credentials_are_tried_once_more() -> None:
    retries = Retries(lambda: 1)
    assert retries.may_return(4401)
    assert not retries.may_return(4401)


def test_unknown_credentials_that_were_accepted_in_between_are_tried_again() -> None:
    retries = Retries(lambda: 1)
    assert retries.may_return(4401)
    assert retries.may_return(4012)
    assert retries.may_return(4401)
