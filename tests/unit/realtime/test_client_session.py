"""One socket of a client: when it acknowledges, asks, answers and gives up."""

import json
from typing import Any

import pytest

from realtime.client_session import NEVER, Options, Session, messages

OPTIONS = Options(heartbeat_interval=30, patience=10, retest_patience=5, max_consecutive_failures=3)


class World:
    """A session with a clock of its own; `sent` has what it sent, with the time."""

    def __init__(self, random: float = 1.0) -> None:
        self.now = 100.0
        self.session = Session(self.now, lambda: random, OPTIONS)
        self.sent: list[tuple[float, dict[str, Any]]] = []

    def receive(self, *received: dict[str, Any]) -> list[dict[str, Any]]:
        found = self.session.receive(json.dumps(received if len(received) != 1 else received[0]), self.now)
        self.collect()
        return found

    def collect(self) -> None:
        self.sent += [(self.now, json.loads(text)) for text in self.session.take()]

    def greet(self) -> None:
        assert self.receive({"type": "connection_established"})
        self.receive({"type": "pong", "sent_at": self.now * 1000})

    def run(self, seconds: float) -> None:
        """Let time pass, and the session do what is due."""
        end = self.now + seconds
        while (due := self.session.due_at()) <= end and not self.session.lost:
            self.now = max(self.now, due)
            self.session.tick(self.now)
            self.collect()
        if not self.session.lost:
            self.now = end

    def times(self, kind: str) -> list[float]:
        return [at - 100 for at, message in self.sent if message["type"] == kind]


def test_acknowledges_within_a_second_with_jitter() -> None:
    for random, after in [(1.0, 1.0), (0.0, 0.75)]:
        world = World(random)
        world.receive({"type": "a"})
        world.run(0.5)
        world.receive({"type": "b"})
        world.run(4)
        assert world.times("ack") == [after]
        assert world.sent[-1][1] == {"type": "ack", "received": 2}


def test_acknowledges_every_32_frames_at_once() -> None:
    world = World()
    for _ in range(32):
        world.receive({"type": "a"})
    world.run(0)
    assert [message for _, message in world.sent] == [{"type": "ack", "received": 32}]
    assert world.session.due_at() == 110  # the greeting


def test_frame_counts_once_however_many_messages_it_holds() -> None:
    world = World()
    assert world.receive({"type": "a"}, {"type": "b"}) == [{"type": "a"}, {"type": "b"}]
    world.run(1)
    assert world.sent == [(101.0, {"type": "ack", "received": 1})]


def test_answers_a_ping_with_the_count() -> None:
    world = World()
    world.receive({"type": "a"})
    assert world.receive({"type": "ping", "sent_at": 5}) == []
    assert world.sent == [(100.0, {"type": "pong", "sent_at": 5, "received": 2})]
    world.run(5)
    assert world.times("ack") == [], "the pong was the acknowledgement"


def test_answers_a_connection_test() -> None:
    world = World()
    assert world.receive({"type": "connection_test", "test_id": "t", "sent_at": 5}) == []
    assert world.sent == [(100.0, {"type": "connection_test_response", "test_id": "t"})]


def test_leaves_when_asked_to_reconnect_but_not_when_asked_to_slow_down() -> None:
    world = World()
    assert world.receive({"type": "connection_recovery", "action": "slow_down"})
    assert not world.session.lost
    assert world.receive({"type": "connection_recovery", "action": "reconnect"}) == []
    assert world.session.lost == "asked to reconnect"


def test_measures_the_round_trip() -> None:
    world = World()
    world.receive({"type": "connection_established"})
    asked = world.sent[-1][1]
    world.now += 0.25
    world.receive({"type": "pong", "sent_at": asked["sent_at"]})
    assert world.session.latency == pytest.approx(0.25)


def test_gives_up_without_a_greeting() -> None:
    world = World()
    world.run(60)
    assert (world.session.lost, world.now) == ("no greeting in time", 110)


def test_asks_at_each_interval_while_answers_come() -> None:
    world = World()
    world.greet()
    for _ in range(3):
        world.run(30)
        world.receive({"type": "pong", "sent_at": 0})
    assert world.times("ping") == [0, 30, 60, 90]
    assert not world.session.lost


def test_gives_up_after_three_silences() -> None:
    world = World()
    world.greet()
    world.run(100)
    assert world.times("ping") == [0, 30, 40, 45, 50]
    assert (world.session.lost, world.now) == ("heartbeat lost", 150)


def test_anything_that_arrives_counts_as_an_answer() -> None:
    world = World()
    world.greet()
    world.run(44)
    world.receive({"type": "news"})
    world.run(10)
    assert not world.session.lost


def test_health_check_gives_up_at_once() -> None:
    world = World()
    world.greet()
    world.session.probe(world.now, patience=3)
    world.run(10)
    assert (world.session.lost, world.now) == ("no answer to a health check", 103)


def test_health_check_is_satisfied_by_anything() -> None:
    world = World()
    world.greet()
    world.session.probe(world.now, patience=3)
    world.collect()
    assert world.times("ping") == [0, 0]
    world.receive({"type": "news"})
    world.run(10)
    assert not world.session.lost


@pytest.mark.parametrize(
    "frame", ["", "nonsense", b"\xff", "[" * 100_000, "3", "[null, 3]", '{"type": 3}', '{"no": "type"}']
)
def test_what_is_no_message_is_left_out(frame: str | bytes) -> None:
    assert messages(frame) == []
    session = Session(0, lambda: 1, OPTIONS)
    assert session.receive(frame, 0) == []
    assert session.due_at() < NEVER


@pytest.mark.parametrize("message", [{"type": "ping"}, {"type": "pong", "sent_at": "x"}, {"type": "connection_test"}])
def test_question_without_its_field_is_not_answered(message: dict[str, Any]) -> None:
    world = World()
    world.receive(message)
    assert world.sent == []
