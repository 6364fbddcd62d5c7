"""A client's positions: what is news, and where to go on."""

from typing import Any

import pytest

from realtime.client_subscriptions import REMEMBERED, Message, Subscription, Subscriptions
from realtime.history import Position

TOPIC = "jobs.1"


class Follower:
    """A topic of a client, and what was delivered of it."""

    def __init__(self, position: Position | None = None) -> None:
        self.got: list[Message] = []
        self.subscriptions = Subscriptions()
        self.subscription = Subscription(TOPIC, self.got.append, position)
        self.subscriptions.add(self.subscription)

    def start(self, epoch: str = "e", offset: int = 10, *, recovered: bool = False, **more: Any) -> None:
        message = {"type": "subscribed", "topic": TOPIC, "epoch": epoch, "offset": offset, "recovered": recovered}
        self.subscriptions.receive({**message, **more})

    def event(self, offset: int, event_id: str | None = None, epoch: str = "e", topic: str = TOPIC) -> None:
        event_id = event_id or f"{epoch}-{offset}"
        self.subscriptions.receive(
            {"type": "done", "topic": topic, "epoch": epoch, "offset": offset, "event_id": event_id}
        )

    @property
    def offsets(self) -> list[int]:
        return [message["offset"] for message in self.got if message["type"] == "done"]


def test_event_is_delivered_once_and_none_that_is_older() -> None:
    follower = Follower()
    follower.start(snapshot={})
    for offset in (9, 10, 11, 11, 15, 12):
        follower.event(offset)
    assert follower.offsets == [11, 15]
    assert follower.subscriptions.requests() == [{"topic": TOPIC, "epoch": "e", "offset": 15}]


def test_event_that_was_seen_at_another_position_is_dropped() -> None:
    follower = Follower()
    follower.start(snapshot={})
    follower.event(11, "same")
    follower.event(12, "same")
    follower.start("f", 0, snapshot={})
    follower.event(1, "same", epoch="f")
    follower.event(2, "other", epoch="f")
    assert follower.offsets == [11, 2]
    assert follower.subscription.position == Position("f", 2)


def test_another_epoch_is_not_followed_until_the_server_says_so() -> None:
    follower = Follower()
    follower.start(snapshot={})
    follower.event(11, epoch="f")
    assert follower.offsets == []
    follower.start("f", 2, snapshot={})
    follower.event(3, epoch="f")
    assert [message["type"] for message in follower.got] == ["subscribed", "subscribed", "done"]


def test_without_a_snapshot_the_whole_history_is_news() -> None:
    follower = Follower()
    follower.start(offset=10)
    follower.event(3)
    assert follower.offsets == [3]


def test_recovered_position_stays() -> None:
    follower = Follower(Position("e", 4))
    assert follower.subscriptions.requests() == [{"topic": TOPIC, "epoch": "e", "offset": 4}]
    follower.start(offset=4, recovered=True)
    follower.event(4)
    follower.event(5)
    assert follower.offsets == [5]


def test_event_before_the_answer_is_not_taken() -> None:
    follower = Follower()
    follower.event(1)
    assert follower.got == []
    assert follower.subscriptions.requests() == [{"topic": TOPIC}]


def test_only_so_many_event_ids_are_remembered() -> None:
    follower = Follower()
    follower.start(offset=0, snapshot={})
    for offset in range(1, REMEMBERED + 2):
        follower.event(offset)
    follower.got.clear()
    follower.event(REMEMBERED + 2, "e-1")
    follower.event(REMEMBERED + 3, "e-3")
    assert follower.offsets == [REMEMBERED + 2]


def test_refused_topic_is_given_up() -> None:
    follower = Follower()
    error = {"type": "error", "code": "topic_not_found", "params": {"topic": TOPIC}}
    follower.subscriptions.receive(error)
    assert follower.got == [error]
    assert follower.subscriptions.requests() == []


@pytest.mark.parametrize(
    "message",
    [
        {"type": "done", "topic": "other", "epoch": "e", "offset": 11},
        {"type": "done"},
        {"type": "done", "topic": 7},
        {"type": "done", "topic": TOPIC, "epoch": "e"},
        {"type": "done", "topic": TOPIC, "epoch": "e", "offset": "11"},
        {"type": "error", "code": "too_fast", "params": {}},
        {"type": "error", "params": None},
        {"type": "server_shutdown", "reconnect_in_ms": 1},
    ],
)
def test_message_for_no_topic_is_dropped(message: Message) -> None:
    follower = Follower()
    follower.start(snapshot={})
    follower.got.clear()
    follower.subscriptions.receive(message)
    assert follower.got == []
    assert len(follower.subscriptions.requests()) == 1


def test_topic_is_followed_once() -> None:
    follower = Follower()
    with pytest.raises(ValueError, match="followed already"):
        follower.subscriptions.add(Subscription(TOPIC, follower.got.append))
    assert follower.subscriptions.remove(follower.subscription) is True
    assert follower.subscriptions.remove(follower.subscription) is False
