"""When a silent client is asked, and when it is given up."""

import pytest

from realtime.heartbeat import FIRST_PING, TEST_PATIENCE, Due, Heartbeat


def asked(heartbeat: Heartbeat, question: str, now: float) -> Heartbeat:
    heartbeat.asked(question, now)
    return heartbeat


def test_first_ping_comes_soon_and_the_next_an_interval_after_the_answer() -> None:
    heartbeat = Heartbeat(0.0)
    assert heartbeat.tick(FIRST_PING - 0.1) is Due.NOTHING
    assert heartbeat.tick(FIRST_PING) is Due.PING
    heartbeat.asked("p", FIRST_PING)
    assert heartbeat.answered("p", FIRST_PING + 0.2) == pytest.approx(0.2)
    assert heartbeat.tick(FIRST_PING + 30) is Due.NOTHING
    assert heartbeat.tick(FIRST_PING + 30.3) is Due.PING


def test_three_failures_in_a_row_ask_for_recovery() -> None:
    heartbeat = asked(Heartbeat(0.0), "p", 5.0)
    assert heartbeat.tick(34.9) is Due.NOTHING
    assert heartbeat.tick(35.0) is Due.TEST
    heartbeat.asked("t1", 35.0)
    assert heartbeat.tick(35.0 + TEST_PATIENCE) is Due.TEST
    heartbeat.asked("t2", 40.0)
    assert heartbeat.tick(44.9) is Due.NOTHING
    assert heartbeat.tick(45.0) is Due.RECOVERY


def test_late_answer_to_any_question_ends_the_doubt() -> None:
    heartbeat = asked(Heartbeat(0.0), "p", 5.0)
    heartbeat.tick(35.0)
    heartbeat.asked("t1", 35.0)
    assert heartbeat.answered("p", 36.0) == pytest.approx(31.0)
    assert heartbeat.failures == 0
    assert heartbeat.tick(45.0) is Due.NOTHING


def test_answer_to_what_was_not_asked_counts_for_nothing() -> None:
    heartbeat = asked(Heartbeat(0.0), "p", 5.0)
    assert heartbeat.answered("other", 6.0) is None
    assert heartbeat.tick(35.0) is Due.TEST


def test_question_that_was_not_due_is_answered_as_any_other() -> None:
    heartbeat = Heartbeat(0.0)
    heartbeat.also_asked("t", 1.0)
    assert (heartbeat.testing, heartbeat.in_doubt) == (True, True)
    assert heartbeat.answered("t", 1.5) == pytest.approx(0.5)
    assert (heartbeat.testing, heartbeat.in_doubt) == (False, False)
    assert heartbeat.tick(31.4) is Due.NOTHING
    assert heartbeat.tick(31.5) is Due.PING


def test_silence_after_a_question_that_was_not_due_hastens_nothing() -> None:
    heartbeat = Heartbeat(0.0)
    heartbeat.also_asked("t", 1.0)
    assert heartbeat.tick(30.9) is Due.NOTHING
    assert heartbeat.tick(31.0) is Due.TEST
    late = asked(Heartbeat(0.0), "p", 5.0)
    late.also_asked("t", 34.0)
    assert late.tick(34.9) is Due.NOTHING
    assert late.tick(35.0) is Due.TEST


def test_ping_is_no_test() -> None:
    heartbeat = Heartbeat(0.0)
    heartbeat.asked(1_000, 5.0)
    assert (heartbeat.testing, heartbeat.in_doubt) == (False, True)
