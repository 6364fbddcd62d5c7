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
