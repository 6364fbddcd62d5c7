"""How fast a client may send."""

from realtime.rate import Rate


def test_a_burst_then_a_steady_rate() -> None:
    rate = Rate(10, now=0.0)
    assert [rate.allows(0.0) for _ in range(11)] == [True] * 10 + [False]
    assert rate.allows(0.1)
    assert not rate.allows(0.1)


def test_rest_fills_no_more_than_one_burst() -> None:
    rate = Rate(10, now=0.0)
    assert sum(rate.allows(1_000.0) for _ in range(30)) == 10


def test_cost_and_size_of_the_bucket() -> None:
    rate = Rate(10, now=0.0, most=30)
    assert rate.allows(0.0, 25)
    assert not rate.allows(0.0, 6)
    assert rate.allows(0.1, 6)
    assert rate.empty(0.1)
    assert not rate.full(3.0)
    assert rate.full(3.1)


def test_debt_is_bounded() -> None:
    rate = Rate(10, now=0.0)
    for _ in range(100):
        rate.charge(0.0, 10)
    assert not rate.allows(1.0)
    assert rate.allows(2.0, 10)


def test_what_is_given_back_overflows_as_rest_does() -> None:
    rate = Rate(10, now=0.0)
    assert rate.allows(0.0, 5)
    rate.give_back(0.0, 2)
    assert rate.allows(0.0, 7)
    rate.give_back(0.0, 100)
    assert not rate.allows(0.0, 11)


def test_what_is_spilt_has_to_come_anew_and_a_debt_stays() -> None:
    rate = Rate(10, now=0.0)
    rate.spill(0.0)
    assert not rate.allows(0.05)
    rate.spill(0.05)
    assert not rate.allows(0.1)
    rate.charge(0.1, 5)
    rate.spill(0.1)
    assert not rate.allows(0.5)
    assert rate.allows(0.7)
