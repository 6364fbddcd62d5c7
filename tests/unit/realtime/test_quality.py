"""Round trips, and what waits for an acknowledgement, to a grade."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.quality import Grade, Lag, Quality


def measured(*latencies: float) -> Quality:
    quality = Quality()
    for latency in latencies:
        quality.measured(latency)
    return quality


@pytest.mark.parametrize(
    ("latency", "grade"), [(20, Grade.EXCELLENT), (200, Grade.GOOD), (700, Grade.FAIR), (3_000, Grade.POOR)]
)
def test_steady_latency_gives_its_grade(latency: float, grade: Grade) -> None:
    assert measured(*[latency] * 5).grade is grade


def test_nothing_measured_has_no_grade() -> None:
    assert Quality().grade is None


def test_jitter_lowers_the_grade() -> None:
    assert measured(*[60] * 10).grade is Grade.EXCELLENT
    assert measured(*[5, 115] * 10).grade is not Grade.EXCELLENT


def test_grade_does_not_flicker_at_its_bound() -> None:
    quality = measured(*[400] * 10)
    for latency in (290, 295, 290, 299, 290, 296) * 5:
        quality.measured(latency)
        assert quality.grade is Grade.FAIR
    for _ in range(30):
        quality.measured(100)
    assert quality.grade is Grade.GOOD


@pytest.mark.parametrize(
    ("lag_ms", "grade"),
    [(2_500, Grade.EXCELLENT), (4_000, Grade.GOOD), (8_000, Grade.FAIR), (12_000, Grade.POOR)],
)
def test_lag_lowers_the_grade_of_a_fast_connection(lag_ms: float, grade: Grade) -> None:
    quality = measured(20)
    assert quality.lagging(lag_ms) is grade
    assert quality.lagging(0) is Grade.EXCELLENT


def test_worse_of_lag_and_delay_counts() -> None:
    quality = measured(700)
    assert quality.lagging(4_000) is Grade.FAIR
    assert quality.lagging(12_000) is Grade.POOR


def test_grade_does_not_flicker_at_the_bound_of_the_lag() -> None:
    quality = measured(20)
    grades = {quality.lagging(lag_ms) for lag_ms in (3_100, 2_900, 3_050, 2_500, 2_950)}
    assert grades == {Grade.GOOD}
    assert quality.lagging(2_300) is Grade.EXCELLENT


def test_lag_alone_gives_no_grade() -> None:
    assert Quality().lagging(20_000) is None


SECONDS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=40)


@given(seconds=SECONDS)
def test_lag_is_the_age_of_the_oldest_frame_right_to_the_time_between_looks(seconds: list[tuple[int, int]]) -> None:
    lag, waiting, sent = Lag(), list[float](), 0
    for now, (more, acknowledged) in enumerate(seconds):
        waiting += [now - 0.9] * more  # soon after the last look
        sent += more
        del waiting[:acknowledged]
        age = now - waiting[0] if waiting else 0.0
        assert age - 1 < lag.look(sent, sent - len(waiting), now) <= age


def test_lag_of_frames_without_end_costs_no_more_than_what_is_in_flight() -> None:
    lag = Lag()
    for now in range(10_000):
        assert lag.look(now, max(0, now - 5), now) <= 5
    assert len(lag._marks) <= 5
