import pytest

from conversions.catalog import formats, routes
from conversions.engines.registry import Step
from conversions.jobs import durations
from conversions.models import StepDuration

pytestmark = pytest.mark.django_db


@pytest.fixture
def step() -> Step:
    return routes.find(formats.by_id("png"), "webp").steps[0]


def test_nothing_is_expected_where_nothing_was_seen(step: Step) -> None:
    assert durations.expected(step, 1_000_000) is None


def test_the_newest_runs_count_most(step: Step) -> None:
    for seconds in (10.0, 20.0):
        durations.record(step, 1_000_000, seconds)
    assert durations.expected(step, 1_000_000) == pytest.approx(13.0)
    assert StepDuration.objects.get().runs == 2


def test_files_of_nearly_the_size_tell_in_proportion(step: Step) -> None:
    durations.record(step, 1_000_000, 8.0)
    durations.record(step, 100, 1.0)
    assert durations.expected(step, 2_000_000) == pytest.approx(16.0)
    assert durations.expected(step, 500_000) == pytest.approx(4.0)
    assert durations.expected(step, 1_000_000_000) is None


def test_each_step_is_its_own(step: Step) -> None:
    durations.record(step, 1_000_000, 8.0)
    other = routes.find(formats.by_id("png"), "avif").steps[0]
    assert durations.expected(other, 1_000_000) is None
