"""A connection without a socket: what it is owed, what it has said."""

import json
from typing import Any

import pytest
from pytest_django import Settings

from realtime.batch import Batch, Finals, Joined, Live
from realtime.connection import MOST_OWN, MOST_SEALED, Connection
from realtime.history import Position
from realtime.protocol import Subscribe, SubscribeTopic


class Opened(Connection):
    """A connection that counts how often it woke its transport."""

    def __init__(self, now: float = 0.0, **more: Any) -> None:
        self.woken = 0
        super().__init__(owner="o", address="a", user_agent="u", now=now, wake=self.count, **more)

    def count(self) -> None:
        self.woken += 1

    def say(self, now: float = 0.0, **message: Any) -> list[Any]:
        return list(self.receive(json.dumps(message), now))

    def heard(self) -> list[Any]:
        frame = self.next_frame()
        found = json.loads(frame) if frame else []
        return found if isinstance(found, list) else [found]


def event(connection: Connection, number: int, key: str | None = None) -> None:
    connection.send_event("t", "e", Live(number, json.dumps({"type": "event", "number": number}), key))


def test_ping_is_answered_with_its_time() -> None:
    connection = Opened()
    assert connection.say(type="ping", sent_at=12.5, id="p") == []
    assert connection.heard() == [{"type": "pong", "sent_at": 12.5, "in_reply_to": "p"}]
    assert connection.woken == 1


def test_what_concerns_topics_is_handed_out() -> None:
    assert Opened().say(type="subscribe", topics=[{"topic": "a"}]) == [Subscribe(topics=[SubscribeTopic(topic="a")])]


def test_pong_gives_the_latency() -> None:
    connection = Opened()
    connection.tick(6.0, 1_000)
    assert connection.heard() == [{"type": "ping", "sent_at": 1_000}]
    connection.say(now=6.25, type="pong", sent_at=1_000)
    assert connection.quality.latency_ms == pytest.approx(250)


@pytest.mark.parametrize("frame", [None, '{"type": "nonsense"}'])
def test_client_that_says_nothing_understood_at_first_is_closed(settings: Settings, frame: str | None) -> None:
    settings.REALTIME_FIRST_MESSAGE_TIMEOUT = 3
    connection = Opened()
    if frame is not None:
        list(connection.receive(frame, 1.0))
        connection.heard()
    connection.tick(2.9, 0)
    assert connection.close_code is None
    connection.tick(3.0, 0)
    [error] = connection.heard()
    assert (error["code"], error["params"], error["retryable"]) == ("first_message_late", {"limit": 3}, True)
    assert connection.close_code == 4408


def test_first_message_in_time_ends_the_wait_for_it(settings: Settings) -> None:
    settings.REALTIME_FIRST_MESSAGE_TIMEOUT = 3
    connection = Opened()
    connection.say(now=2.0, type="ack", received=0)
    connection.tick(4.0, 0)
    assert connection.close_code is None


def test_silent_client_is_tested_and_closed() -> None:
    connection = Opened()
    connection.say(type="ack", received=0)
    kinds = []
    for second in range(60):
        connection.tick(float(second), second)
        kinds += [message["type"] for message in connection.heard()]
    assert kinds == ["ping", "connection_test", "connection_test", "connection_recovery"]
    assert connection.close_code == 4408


def test_answered_test_keeps_the_connection() -> None:
    connection = Opened()
    connection.say(type="ack", received=0)
    for second in range(36):
        connection.tick(float(second), second)
    test = connection.heard()[-1]
    connection.say(now=36.0, type="connection_test_response", test_id=test["test_id"])
    for second in range(36, 60):
        connection.tick(float(second), second)
    assert connection.close_code is None


def test_window_closes_after_unacknowledged_frames_and_opens_with_an_ack(settings: Settings) -> None:
    settings.REALTIME_SEND_WINDOW = 2
    connection = Opened()
    for number in range(5):
        event(connection, number, key="k")
    assert len(connection.heard()) == 1
    event(connection, 5)
    assert len(connection.heard()) == 1
    event(connection, 6, key="k")
    event(connection, 7, key="k")
    assert connection.heard() == []
    connection.say(type="ack", received=1)
    assert [message["number"] for message in connection.heard()] == [7]


@pytest.mark.parametrize("received", [0, 1, 10**9])
def test_ack_that_goes_back_or_runs_ahead_opens_no_more_than_the_window(settings: Settings, received: int) -> None:
    settings.REALTIME_SEND_WINDOW = 1
    connection = Opened()
    event(connection, 1)
    connection.heard()
    connection.say(type="ack", received=1)
    connection.say(type="ack", received=received)
    event(connection, 2)
    assert len(connection.heard()) == 1
    event(connection, 3)
    assert connection.heard() == []


def test_reader_that_stops_costs_a_bounded_outbox_and_is_closed(settings: Settings) -> None:
    settings.REALTIME_SEND_WINDOW = 1
    settings.REALTIME_MAX_QUEUE_SIZE = 3
    connection = Opened()
    for number in range(4):
        event(connection, number)
        if number == 0:
            connection.heard()
    assert connection.close_code is None
    event(connection, 4)
    assert connection.close_code == 4409
    event(connection, 5)
    assert [message["code"] for message in connection.heard()] == ["too_slow"]
    assert connection.heard() == []


def test_flood_is_told_and_closed(settings: Settings) -> None:
    settings.REALTIME_MAX_MESSAGES_PER_SECOND = 3
    connection = Opened()
    frame = json.dumps([{"type": "ack", "received": 0}] * 4)
    list(connection.receive(frame, 0.0))
    (error,) = connection.heard()
    assert error["code"] == "too_fast"
    assert error["retryable"] is True
    assert error["retry_after_ms"] > 0
    assert connection.close_code == 4429


@pytest.mark.parametrize("frame", ["nonsense", '{"type": "launch_missiles"}', '{"type": "ack"}'])
def test_wrong_messages_are_not_heard_for_long(frame: str) -> None:
    connection = Opened()
    for _ in range(6):
        list(connection.receive(frame, 0.0))
    assert connection.close_code in (4400, 4429)


def test_nothing_is_heard_or_said_after_the_close() -> None:
    connection = Opened()
    list(connection.receive("nonsense", 0.0))
    connection.close(4000)
    assert connection.close_code == 4400
    assert connection.say(type="subscribe", topics=[{"topic": "a"}]) == []
    event(connection, 1)
    assert [message["code"] for message in connection.heard()] == ["not_json"]


def test_wrong_message_is_told_and_the_connection_goes_on() -> None:
    connection = Opened()
    connection.say(type="dance", id="d")
    (error,) = connection.heard()
    assert error["code"] == "unknown_type"
    assert error["in_reply_to"] == "d"
    assert error["suggestion"]
    assert connection.close_code is None


def test_many_events_at_once_are_no_fault_of_the_client(settings: Settings) -> None:
    settings.REALTIME_MAX_QUEUE_SIZE = 3
    settings.REALTIME_SEND_WINDOW = 4
    connection = Opened()
    for number in range(14):
        event(connection, number)
    assert connection.close_code is None
    numbers = [message["number"] for _ in range(4) for message in connection.heard()]
    assert numbers == list(range(12))
    connection.say(type="ack", received=4)
    assert [message["number"] for message in connection.heard()] == [12, 13]


def test_ack_of_frames_that_were_not_taken_opens_no_window(settings: Settings) -> None:
    settings.REALTIME_MAX_QUEUE_SIZE = 2
    settings.REALTIME_SEND_WINDOW = 3
    connection = Opened()
    for number in range(20):
        event(connection, number)
        connection.say(type="ack", received=10**9)
    assert connection.close_code == 4409, "the transport takes nothing, whatever the client says"


def test_events_at_once_are_bounded_in_size_too(settings: Settings) -> None:
    settings.REALTIME_MAX_QUEUE_SIZE = 2
    connection = Opened()
    text = json.dumps({"type": "large", "fill": "x" * (MOST_SEALED // 4)})
    for _ in range(14):
        connection.send_event("t", "e", Live(1, text))
        if connection.close_code:
            break
    assert connection.close_code == 4409
    assert len(connection.heard()) < 14


def test_abandoned_connection_says_no_more() -> None:
    connection = Opened()
    event(connection, 1)
    connection.abandon(4500)
    assert connection.heard() == []
    assert connection.close_code == 4500


def batch(*numbers: int) -> Batch:
    made = Batch("t", "e")
    for number in numbers:
        made.add(Live(number, json.dumps({"type": "event", "number": number}), key=f"k{number % 2}"))
    return made


def test_batches_of_a_reader_that_keeps_up_are_not_its_own_copies() -> None:
    shared = batch(1, 2)
    one, two = Opened(), Opened()
    for connection in (one, two):
        connection.send_batch(shared)
        assert connection.woken == 0, "whoever hands batches out calls transmit"
    assert one.next_frame() is two.next_frame()


def test_batches_conflate_for_a_reader_that_does_not_acknowledge(settings: Settings) -> None:
    settings.REALTIME_SEND_WINDOW = 1
    settings.REALTIME_MAX_QUEUE_SIZE = 2
    connection = Opened()
    event(connection, 0)
    connection.heard()
    for number in range(1, 99, 2):
        connection.send_batch(batch(number, number + 1))
    assert connection.heard() == []
    connection.say(type="ack", received=1)
    assert [message["number"] for message in connection.heard()] == [1, 2, 97, 98], "the first batch stays whole"


def test_finals_past_the_limit_close_a_reader_that_does_not_acknowledge(settings: Settings) -> None:
    settings.REALTIME_SEND_WINDOW = 1
    settings.REALTIME_MAX_QUEUE_SIZE = 2
    connection = Opened()
    event(connection, 0)
    connection.heard()
    for number in range(4):
        made = Batch("t", "e")
        made.add(Live(number + 1, "{}"))
        connection.send_batch(made)
    assert connection.close_code == 4409


def test_ack_wakes_nobody_if_nothing_waits() -> None:
    connection = Opened()
    event(connection, 1)
    connection.heard()
    woken = connection.woken
    connection.say(type="ack", received=1)
    assert connection.woken == woken


def test_client_of_a_connection_that_becomes_poor_is_told_to_slow_down_once() -> None:
    connection = Opened()
    assert connection.monitor_connection_quality(50) == "excellent"
    grades = [connection.monitor_connection_quality(5_000) for _ in range(5)]
    assert grades[-1] == "poor"
    (message,) = connection.heard()
    assert (message["type"], message["action"]) == ("connection_recovery", "slow_down")
    assert connection.close_code is None


def test_recovery_sends_the_client_to_a_new_connection() -> None:
    connection = Opened()
    connection.trigger_connection_recovery("asked_for")
    (message,) = connection.heard()
    assert message == {
        "type": "connection_recovery",
        "reason": "asked_for",
        "latency_ms": None,
        "action": "reconnect",
    }
    assert connection.close_code == 4408


def test_who_asks_and_never_reads_is_closed_before_much_waits() -> None:
    connection = Connection(owner="", address="", user_agent="", now=0, wake=lambda: None)
    for _ in range(10_000):
        connection.send_text("x" * 1_000)
    assert connection.close_code == 4409
    assert sum(map(len, iter(connection.next_frame, None))) < 10_000


def replay(size: int) -> Joined:
    return Joined([json.dumps("x" * size)] * 2)


def test_replay_of_any_size_is_owed_whole_and_answers_beside_it() -> None:
    connection = Opened()
    connection.send_replay(replay(MOST_OWN), Position("e", 2))
    assert connection.crowded
    connection.say(type="ping", sent_at=1)
    assert connection.close_code is None
    assert [len(message) for message in connection.heard()] == [MOST_OWN, MOST_OWN, 2]
    assert not connection.crowded


def test_replays_to_who_never_reads_are_bounded_by_the_limit_and_one() -> None:
    connection = Opened()
    for _ in range(100):
        connection.send_replay(replay(MOST_OWN // 4), Position("e", 2))
        assert connection._outbox.replays_size < 2 * MOST_OWN
    assert connection.close_code == 4409
    assert [message["code"] for message in connection.heard()] == ["too_slow"]


def test_client_is_tested_when_asked_and_once_at_a_time() -> None:
    connection = Opened()
    assert not connection.in_doubt
    connection.test(1.0, 1_000)
    connection.test(1.5, 1_500)
    (test,) = connection.heard()
    assert (test["type"], test["sent_at"], connection.in_doubt) == ("connection_test", 1_000, True)
    connection.say(now=1.25, type="connection_test_response", test_id=test["test_id"])
    assert not connection.in_doubt
    assert connection.quality.latency_ms == pytest.approx(250)
    connection.test(2.0, 2_000)
    assert [message["type"] for message in connection.heard()] == ["connection_test"]


def test_who_does_not_answer_makes_room_for_who_wants_the_place() -> None:
    connection = Opened()
    connection.say(now=10.0, type="ack", received=0)
    connection.make_room(14.0, 14_000)
    assert connection.heard() == [], "it was heard lately"
    connection.make_room(15.0, 15_000)
    connection.make_room(19.9, 19_900)
    assert ([message["type"] for message in connection.heard()], connection.close_code) == (["connection_test"], None)
    connection.make_room(20.0, 20_000)
    assert ([message["type"] for message in connection.heard()], connection.close_code) == (
        ["connection_recovery"],
        4408,
    )


def test_who_still_takes_what_is_owed_keeps_its_place() -> None:
    taken, under_way = 0, True
    connection = Opened(look=lambda: (taken, under_way))
    connection.say(now=0.0, type="ack", received=0)
    for second in range(5, 60):
        taken += 1
        connection.make_room(float(second), 1_000 * second)
    taken, under_way = taken + 1, False  # the test has arrived at last
    connection.make_room(60.0, 60_000)
    connection.make_room(64.0, 64_000)
    assert connection.close_code is None
    connection.make_room(65.0, 65_000)
    assert connection.close_code == 4408, "it could have answered"


def test_who_takes_nothing_loses_its_place() -> None:
    connection = Opened(look=lambda: (7, True))
    connection.say(now=0.0, type="ack", received=0)
    for second in range(5, 11):
        assert connection.close_code is None
        connection.make_room(float(second), 1_000 * second)
    assert connection.close_code == 4408


def test_bytes_that_a_proxy_takes_for_one_who_is_gone_keep_no_place() -> None:
    seconds = range(5, 11)
    looks = iter([(10 * second, False) for second in seconds])
    connection = Opened(look=lambda: next(looks))
    connection.say(now=0.0, type="ack", received=0)
    for second in seconds:
        connection.make_room(float(second), 1_000 * second)
    assert connection.close_code == 4408


def test_who_answers_keeps_its_place() -> None:
    connection = Opened()
    tests = 0
    for second in range(15, 60):
        connection.make_room(float(second), 1_000 * second)
        for asked in connection.heard():
            connection.say(now=second + 0.01, type="connection_test_response", test_id=asked["test_id"])
            tests += 1
    assert (connection.close_code, tests) == (None, 8), "it is asked no more often than that"


def test_tests_without_end_cost_nothing_and_keep_the_time_of_a_ping() -> None:
    connection = Opened()
    connection.say(type="ack", received=0)
    for second in range(43):
        connection.tick(float(second), second)
        connection.test(float(second), second)
    assert connection.close_code == 4408
    assert [message["type"] for message in connection.heard()] == [
        "connection_test",
        "connection_test",
        "connection_test",
        "connection_recovery",
    ]


def lagging(settings: Settings, connection: Opened, seconds: int) -> list[str]:
    """What a client is told that has acknowledged a frame, and none that came after."""
    settings.REALTIME_HEARTBEAT_INTERVAL = 60
    connection.monitor_connection_quality(20)
    event(connection, 0)
    connection.heard()
    event(connection, 1)
    connection.heard()
    connection.say(type="ack", received=1)
    told = []
    for second in range(1, seconds + 1):
        connection.tick(float(second), second)
        told += [message["type"] for message in connection.heard() if message["type"] != "ping"]
    return told


def test_client_that_acknowledges_late_is_of_poor_quality_and_told_once(settings: Settings) -> None:
    connection = Opened()
    assert lagging(settings, connection, 25) == ["connection_recovery"]
    assert (connection.quality.grade, connection.quality.lag_ms) == ("poor", 24_000)
    connection.say(type="ack", received=99)
    connection.tick(26.0, 0)
    assert (connection.quality.grade, connection.quality.lag_ms) == ("excellent", 0)


def test_client_that_acknowledges_within_seconds_is_of_excellent_quality(settings: Settings) -> None:
    connection = Opened()
    assert lagging(settings, connection, 3) == []
    assert connection.quality.grade == "excellent"


def test_client_that_never_acknowledges_has_no_lag() -> None:
    connection = Opened()
    connection.monitor_connection_quality(20)
    for second in range(1, 30):
        event(connection, second)
        connection.heard()
        connection.tick(float(second), second)
        connection.say(now=float(second), type="pong", sent_at=second)
    assert (connection.quality.grade, connection.quality.lag_ms) == ("excellent", 0)


def test_reconnects_that_the_client_tells_of_are_counted() -> None:
    connection = Opened()
    connection.say(type="recovery_attempt", attempt=1)
    connection.say(type="recovery_failure", attempt=1, reason="timeout")
    connection.say(type="recovery_attempt", attempt=2)
    connection.say(type="recovery_success", attempt=2, downtime_ms=1_500)
    told = (connection.recovery_attempts, connection.recovery_successes, connection.recovery_failures)
    assert told == (2, 1, 1)
    assert connection.heard() == []


def test_greeting_names_the_version_of_the_clients_files() -> None:
    connection = Opened()
    connection.greet(1_000, "v7")
    (greeting,) = connection.heard()
    assert (greeting["client_version"], greeting["connection_id"]) == ("v7", connection.id)


class Accounted(Opened):
    """A connection with the finals that its client has acknowledged."""

    def __init__(self) -> None:
        self.has: list[Finals] = []
        super().__init__(acknowledged=lambda name, finals: self.has.extend(finals))

    def offsets(self) -> list[int]:
        return [offset for finals in self.has for offset in finals.offsets]

    def ack(self, received: int) -> list[int]:
        """Of all finals so far, those acknowledged."""
        self.say(type="ack", received=received)
        return self.offsets()


def finals(*offsets: int) -> Batch:
    made = Batch("t", "e")
    for offset in offsets:
        made.add(Live(offset, json.dumps({"type": "event", "number": offset})))
    return made


def test_finals_are_acknowledged_with_the_frame_that_holds_them_and_once() -> None:
    connection = Accounted()
    connection.greet(1_000)
    connection.heard()
    connection.send_batch(finals(1, 2))
    connection.heard()
    event(connection, 3, key="k")
    connection.heard()
    connection.send_batch(finals(4))
    connection.heard()
    assert connection.ack(1) == []
    assert connection.ack(2) == [1, 2]
    assert connection.ack(3) == connection.ack(0) == [1, 2]
    assert connection.has == [Finals("t", "e", (1, 2))]
    assert connection.ack(10**9) == connection.ack(10**9) == [1, 2, 4]


def test_ack_that_runs_ahead_tells_nothing_of_what_leaves_later() -> None:
    connection = Accounted()
    connection.ack(10**9)
    connection.send_batch(finals(1))
    connection.ack(10**9)
    connection.heard()
    assert connection.offsets() == []
    assert connection.ack(1) == [1]


def test_pong_acknowledges_too() -> None:
    connection = Accounted()
    connection.send_batch(finals(1))
    connection.heard()
    connection.say(type="pong", sent_at=1, received=1)
    assert connection.offsets() == [1]


def test_finals_of_a_replay_and_among_other_messages_are_acknowledged() -> None:
    connection = Accounted()
    connection.send_replay(Joined(["{}", "{}"], Finals("t", "e", (7,))), Position("e", 7))
    connection.send_batch(finals(8, 9))
    connection.heard()
    assert connection.ack(1) == [7, 8, 9]


def test_frames_that_were_made_before_they_leave_keep_their_numbers(settings: Settings) -> None:
    settings.REALTIME_MAX_QUEUE_SIZE = 2
    connection = Accounted()
    for number in range(1, 6):
        event(connection, number)
    heard = []
    while frame := connection.heard():
        heard += [message["number"] for message in frame]
        assert connection.ack(10**9) == heard
    assert heard == [1, 2, 3, 4, 5]


def test_state_costs_no_account() -> None:
    connection = Accounted()
    for number in range(10):
        connection.send_batch(batch(number + 1))
        connection.heard()
        assert not connection._window.in_flight
    assert connection.ack(10) == []


def test_account_of_who_never_acknowledges_is_bounded_by_the_window(settings: Settings) -> None:
    settings.REALTIME_SEND_WINDOW = 3
    connection = Accounted()
    most = 0
    for number in range(1, 500):
        connection.send_batch(finals(number))
        connection.heard()
        most = max(most, len(connection._window.in_flight))
    assert (most, connection.close_code, len(connection._window.in_flight)) == (3, 4409, 0)


def test_closing_ends_the_account_whatever_still_leaves(settings: Settings) -> None:
    settings.REALTIME_SEND_WINDOW = 1
    connection = Accounted()
    connection.send_batch(finals(1))
    connection.heard()
    connection.send_batch(finals(2))
    connection.close(4012)
    assert [message["number"] for message in connection.heard()] == [2]
    assert not connection._window.in_flight
    assert connection.ack(2) == []


def test_what_was_abandoned_is_never_acknowledged() -> None:
    connection = Accounted()
    connection.send_batch(finals(1))
    connection.heard()
    connection.abandon(4500)
    assert connection.ack(1) == []
