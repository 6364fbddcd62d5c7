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
