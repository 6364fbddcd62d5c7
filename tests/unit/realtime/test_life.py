"""What a connection remembers for people."""

import json

from realtime.connection import Connection
from realtime.life import MOST_MOMENTS, MOST_ROUND_TRIPS, MOST_TEXT, Life
from realtime.quality import Grade


def test_first_moment_and_the_newest_stay() -> None:
    life = Life()
    for number in range(2 * MOST_MOMENTS):
        life.note(float(number), "tested")
    times = [at for at, _, _ in life.moments]
    assert len(times) == MOST_MOMENTS
    assert times[0] == 0
    assert times[1:] == [float(number) for number in range(MOST_MOMENTS + 1, 2 * MOST_MOMENTS)]


def test_newest_round_trips_stay_and_a_test_that_was_answered_is_a_moment() -> None:
    life = Life()
    for number in range(2 * MOST_ROUND_TRIPS):
        life.answered(float(number), 7.4, tested=number == 3)
    assert [at for at, _ in life.round_trips] == [
        float(number) for number in range(MOST_ROUND_TRIPS, 2 * MOST_ROUND_TRIPS)
    ]
    assert life.moments == [(3.0, "answered", "7 ms")]


def test_quality_is_noted_where_it_becomes_poor_or_is_no_longer() -> None:
    life = Life()
    for before, after in (
        (None, Grade.GOOD),
        (Grade.GOOD, Grade.POOR),
        (Grade.POOR, Grade.FAIR),
        (Grade.FAIR, Grade.GOOD),
    ):
        life.graded(1.0, before, after)
    assert [more for _, _, more in life.moments] == ["poor", "fair"]


def test_what_a_client_says_is_kept_short_and_printable() -> None:
    life = Life()
    life.note(1.0, "came_back", "a\x00b\ud800c\n" + "x" * 500)
    assert life.moments[0][2] == "abc" + "x" * (MOST_TEXT - 6)


def test_connection_notes_tests_answers_and_what_its_client_tells() -> None:
    connection = Connection(owner="", address="", user_agent="", now=0.0, wake=lambda: None)
    connection.test(1.0, 1_000)
    test = json.loads(connection.next_frame() or "")
    said = [
        {"type": "connection_test_response", "test_id": test["test_id"]},
        {"type": "recovery_success", "attempt": 2, "reason": "offline", "downtime_ms": 3_200},
        {"type": "recovery_failure", "reason": "refused"},
    ]
    assert list(connection.receive(json.dumps(said), 1.25)) == []
    assert connection.life.moments == [
        (1.0, "tested", ""),
        (1.25, "answered", "250 ms"),
        (1.25, "came_back", "3.2 s away, offline"),
        (1.25, "failed_to_come_back", "refused"),
    ]
    assert connection.life.round_trips == [(1.25, 250.0)]


def test_why_the_server_closed_is_kept() -> None:
    connection = Connection(owner="", address="", user_agent="", now=0.0, wake=lambda: None)
    connection.trigger_connection_recovery("heartbeat_lost")
    connection.close(4410, "too late")
    assert (connection.close_code, connection.close_reason) == (4408, "heartbeat_lost")
