"""Round trips to a grade."""

import pytest

from realtime.quality import Grade, Quality


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
