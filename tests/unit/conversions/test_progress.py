import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversions.engines.engine import Kind, Stage
from conversions.jobs.progress import (
    HIGHEST,
    PUBLISH_INTERVAL,
    SIGN_OF_LIFE_INTERVAL,
    STORE_INTERVAL,
    STORING,
    Progress,
    Report,
    refusal,
)
from conversions.jobs.states import ENDED, State

STEPS = [[Stage("reading", 0.25), Stage("encoding", 0.75)]]


def started(kind: Kind = Kind.MEASURED) -> Progress:
    return Progress(STEPS, kind, 100.0)


def test_stages_count_by_their_weight() -> None:
    progress = started()
    progress.reached(0, "reading", 0.5)
    assert (report := progress.due(100.0)) is not None
    assert (report.percent, report.stage) == (12.5, "reading")
    progress.reached(0, "encoding", 0.5)
    assert (report := progress.due(101.0)) is not None
    assert (report.percent, report.stage) == (62.5, "encoding")


def test_another_way_goes_on_from_what_was_told() -> None:
    progress = Progress(STEPS, Kind.PHASED, 100.0, 40.0)
    progress.reached(0, "reading", 0.5)
    assert (report := progress.due(100.0)) is not None
    assert report.percent == 40
    progress.reached(0, "encoding", 0.5)
    assert (report := progress.due(101.0)) is not None
    assert report.percent == 62.5


def percentages(progress: Progress, *moments: float) -> list[float | None]:
    found = [progress.due(moment) for moment in moments]
    return [report.percent for report in found if report]


def test_an_estimate_comes_near_the_end_and_never_reaches_it() -> None:
    progress = started(Kind.ESTIMATED)
    progress.begun(0, 100.0, 20.0)
    progress.reached(0, "reading", 0)
    assert percentages(progress, 110.0, 120.0) == [45.0, 90.0]
    late = percentages(progress, 130.0, 200.0, 9_999.0)
    assert late == sorted(late, key=float)
    assert late[0] > 90
    assert late[-1] <= HIGHEST


def test_an_estimate_says_what_may_be_left_until_nothing_is() -> None:
    progress = started(Kind.ESTIMATED)
    progress.begun(0, 100.0, 20.0)
    progress.reached(0, "reading", 0)
    reports = [progress.due(moment) for moment in (105.0, 150.0)]
    assert [report and report.eta_seconds for report in reports] == [15.0, None]


def test_without_earlier_runs_nothing_is_known_of_what_tells_nothing() -> None:
    progress = started(Kind.ESTIMATED)
    progress.begun(0, 100.0, None)
    progress.reached(0, "reading", 0)
    assert (report := progress.due(101.0)) is not None
    assert (report.percent, report.eta_seconds) == (None, None)
    assert refusal(report, state=State.RUNNING, last=None) == ""


def test_the_estimate_of_a_later_step_begins_where_it_begins() -> None:
    progress = Progress([[Stage("reading", 0.5)], [Stage("encoding", 0.3), Stage("more", 0.2)]], Kind.ESTIMATED, 0.0)
    progress.begun(1, 100.0, 10.0)
    progress.reached(1, "encoding", 0)
    assert percentages(progress, 100.0, 105.0) == [50.0, 72.5]


def test_says_nothing_before_there_is_news() -> None:
    assert started().due(100.0) is None


def test_says_at_most_ten_things_a_second() -> None:
    progress = started()
    told = 0
    for i in range(1_000):
        progress.reached(0, "encoding", i / 1_000)
        told += progress.due(100 + i / 1_000) is not None
    assert 9 <= told <= 10


def test_news_held_back_is_told_later_without_more_news() -> None:
    progress = started()
    progress.reached(0, "reading", 0.1)
    assert progress.due(100.0)
    progress.reached(0, "reading", 0.9)
    assert progress.due(100.01) is None
    assert (report := progress.due(100.01 + PUBLISH_INTERVAL)) is not None
    assert report.percent == 22.5


def test_a_silent_engine_gives_signs_of_life() -> None:
    progress = started()
    progress.reached(0, "reading", 1.0)
    assert progress.due(100.0)
    assert progress.due(100 + SIGN_OF_LIFE_INTERVAL - 0.1) is None
    assert (report := progress.due(100 + SIGN_OF_LIFE_INTERVAL)) is not None
    assert report.percent == 25
    assert not report.store


def test_the_row_is_written_once_a_second() -> None:
    progress = started()
    stored = 0
    for i in range(300):
        progress.reached(0, "encoding", i / 300)
        report = progress.due(100 + i / 100)
        stored += bool(report and report.store)
    assert stored == int(3 / STORE_INTERVAL)


def test_the_row_gets_what_was_news_too_soon_after_the_last_with_the_next_sign_of_life() -> None:
    progress = started()
    progress.reached(0, "reading", 0.5)
    assert progress.due(100.0)
    progress.reached(0, "encoding", 0.0)
    assert (news := progress.due(100.2)) is not None
    assert not news.store
    assert (sign := progress.due(100.2 + SIGN_OF_LIFE_INTERVAL)) is not None
    assert sign.store


def test_time_left_is_told_only_when_measured() -> None:
    for kind, expected in ((Kind.MEASURED, 10.0), (Kind.PHASED, None), (Kind.ESTIMATED, None)):
        progress = started(kind)
        progress.reached(0, "encoding", 1 / 3)  # 50 %
        assert (report := progress.due(110.0)) is not None
        assert report.eta_seconds == expected


def test_steps_go_on_where_the_one_before_ended() -> None:
    two = [[Stage("encoding", 0.5)], [Stage("encoding", 0.5)]]
    progress = Progress(two, Kind.PHASED, 100.0)
    for step, percent in ((0, 50.0), (1, HIGHEST)):
        progress.reached(step, "encoding", 1.0)
        assert (report := progress.due(101.0 + step)) is not None
        assert report.percent == percent


def test_storing_is_all_but_the_end() -> None:
    progress = started()
    progress.storing()
    assert (report := progress.due(100.0)) is not None
    assert (report.percent, report.stage) == (HIGHEST, STORING)


def test_a_stage_that_nobody_declared_changes_nothing() -> None:
    progress = started()
    progress.reached(0, "dreaming", 0.9)
    assert progress.due(100.0) is None


@given(st.lists(st.tuples(st.sampled_from(["reading", "encoding", "storing"]), st.floats(allow_nan=False))))
def test_never_falls_and_never_says_that_all_is_done(steps: list[tuple[str, float]]) -> None:
    progress, now, last = started(), 100.0, 0.0
    for stage, fraction in steps:
        progress.storing() if stage == STORING else progress.reached(0, stage, fraction)
        now += 1
        if report := progress.due(now):
            assert last <= report.percent <= HIGHEST
            last = report.percent


def refused(percent: float, *, state: State = State.RUNNING, last: float | None = 40.0) -> str:
    return refusal(Report(percent, "encoding", None, store=False), state=state, last=last)


@pytest.mark.parametrize("percent", [40.0, 40.1, 100.0])
def test_report_may_be_told_that_goes_on(percent: float) -> None:
    assert refused(percent) == ""
    assert refused(percent, last=None) == ""


@pytest.mark.parametrize("percent", [-0.1, 100.1, math.nan, math.inf, -math.inf])
def test_report_outside_of_the_scale_is_refused(percent: float) -> None:
    assert "0 to 100" in refused(percent)


def test_report_that_goes_back_is_refused() -> None:
    assert "after 40.0" in refused(39.9)


@pytest.mark.parametrize("state", sorted(ENDED))
def test_report_after_a_final_is_refused(state: State) -> None:
    assert state in refused(50.0, state=state)


def test_time_left_follows_the_rate_of_late_and_not_the_mean() -> None:
    progress = started()
    moments = [(100.0 + i, 0.4 * i / 100) for i in range(100)]  # slow at first
    moments += [(200.0 + i, 0.4 + 0.2 * i / 20) for i in range(21)]  # then two and a half times as fast
    for now, share in moments:
        progress.reached(0, "encoding", (share - 0.25) / 0.75)
        report = progress.due(now)
    assert report is not None
    assert report.percent == 60
    assert report.eta_seconds is not None
    assert 40 <= report.eta_seconds <= 60  # at 1 % a second; by the mean it would be 80


def test_time_left_does_not_jump_with_every_report() -> None:
    progress, told = Progress([[Stage("encoding", 1.0)]], Kind.MEASURED, 100.0), []
    for i in range(1, 60):
        progress.reached(0, "encoding", i / 60 + (0.008 if i % 2 else 0.0))
        if report := progress.due(100.0 + i):
            told.append(report.eta_seconds)
    known = [eta for eta in told[10:] if eta is not None]
    assert max(abs(one - next) for one, next in itertools.pairwise(known)) < 6


def test_time_left_counts_only_what_this_way_has_done() -> None:
    progress = Progress(STEPS, Kind.MEASURED, 100.0, 40.0)
    progress.reached(0, "encoding", 0.1)
    assert (report := progress.due(101.0)) is not None
    assert report.eta_seconds is None
    progress.reached(0, "encoding", 1 / 3)  # 50 %
    assert (report := progress.due(110.0)) is not None
    assert report.eta_seconds == pytest.approx(50.0, abs=6)


def test_time_left_of_what_hardly_moves_is_not_told() -> None:
    progress = started()
    progress.reached(0, "encoding", 1 / 3)
    assert progress.due(110.0)
    assert (report := progress.due(700.0)) is not None
    assert report.eta_seconds is None


def test_the_time_left_of_an_estimated_step_has_those_after_it_in_it() -> None:
    progress = Progress([[Stage("encoding", 0.25)], [Stage("encoding", 0.75)]], Kind.ESTIMATED, 0.0)
    progress.begun(0, 100.0, 10.0)
    progress.reached(0, "encoding", 0)
    assert (report := progress.due(104.0)) is not None
    assert report.eta_seconds == 36.0
    progress.begun(1, 110.0, 20.0)
    progress.reached(1, "encoding", 0)
    assert (report := progress.due(115.0)) is not None
    assert report.eta_seconds == 15.0
