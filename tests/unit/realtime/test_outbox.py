"""A connection's outbox: order, conflation, bounds, frames."""

import json

import pytest
from pytest_django import Settings

from realtime.batch import Batch, Finals, Joined, Live
from realtime.outbox import Full, Outbox


def taken(outbox: Outbox) -> list[int]:
    frame = outbox.take()
    found = json.loads(frame) if frame else []
    return found if isinstance(found, list) else [found]


def test_single_message_is_a_frame_by_itself() -> None:
    outbox = Outbox()
    outbox.put("1")
    assert outbox.take() == "1"
    assert outbox.take() is None


def test_several_messages_are_one_array_in_order() -> None:
    outbox = Outbox()
    outbox.put("1")
    outbox.put_event("t", "2", None, None)
    outbox.put("3")
    assert outbox.take() == "[1,2,3]"


def test_replay_is_a_frame_by_itself_or_part_of_one() -> None:
    outbox, replay = Outbox(), Joined(["1", "2"])
    outbox.put_replay(replay)
    assert outbox.replays_size == 3
    assert outbox.take() is replay.frame
    outbox.put_replay(replay)
    outbox.put("3")
    assert taken(outbox) == [1, 2, 3]
    assert outbox.replays_size == 0


def test_keyed_event_moves_to_the_end_when_replaced() -> None:
    outbox = Outbox()
    outbox.put_event("t", "1", "k", None)
    outbox.put_event("t", "2", None, None)
    outbox.put_event("t", "3", "k", None)
    outbox.put_event("other", "4", "k", None)
    assert taken(outbox) == [2, 3, 4]


def test_final_removes_the_key_that_it_ends() -> None:
    outbox = Outbox()
    outbox.put_event("t", "1", "k", None)
    outbox.put_event("t", "2", None, "k")
    assert taken(outbox) == [2]


def test_events_past_the_limit_are_refused_and_own_messages_are_not(settings: Settings) -> None:
    settings.REALTIME_MAX_QUEUE_SIZE = 2
    outbox = Outbox()
    for text in ("1", "2", "3"):
        outbox.put(text)
    outbox.put_event("t", "4", "k", None)
    outbox.put_event("t", "5", None, None)
    outbox.put_event("t", "6", "k", None)  # takes the place of an older one
    with pytest.raises(Full):
        outbox.put_event("t", "7", None, None)
    assert taken(outbox) == [1, 2, 3, 5, 6]


def batch(topic: str, *numbers: int) -> Batch:
    made = Batch(topic, "e")
    for number in numbers:
        made.add(Live(number, str(number)))
    return made


def test_lone_batch_is_the_frame_that_all_followers_share() -> None:
    shared = batch("t", 1, 2)
    for outbox in (Outbox(), Outbox()):
        assert outbox.put_batch(shared)
        assert outbox.take() is shared.joined.frame


def test_batches_of_several_topics_and_what_follows_are_one_array_in_order() -> None:
    outbox = Outbox()
    assert outbox.put_batch(batch("t", 1, 2))
    assert outbox.put_batch(batch("u", 3))
    outbox.put("4")
    outbox.put_event("t", "5", None, None)
    assert taken(outbox) == [1, 2, 3, 4, 5]
    assert not outbox


def test_batch_is_not_taken_whole_behind_something_of_its_topic_or_of_ours() -> None:
    outbox = Outbox()
    assert outbox.put_batch(batch("t", 1))
    assert not outbox.put_batch(batch("t", 2))
    outbox.put("3")
    assert not outbox.put_batch(batch("u", 4))
    assert taken(outbox) == [1, 3]


def test_batch_does_not_count_against_the_limit(settings: Settings) -> None:
    settings.REALTIME_MAX_QUEUE_SIZE = 2
    outbox = Outbox()
    assert outbox.put_batch(batch("t", 1, 2, 3))
    outbox.put_event("t", "4", None, None)
    outbox.put_event("t", "5", None, None)
    with pytest.raises(Full):
        outbox.put_event("t", "6", None, None)


def test_finals_that_wait_are_known_until_they_are_taken() -> None:
    outbox, one, two = Outbox(), Finals("t", "e", (1, 2)), Finals("t", "e", (5,))
    assert outbox.put_batch(batch("t", 1, 2))
    outbox.put_replay(Joined(["3"]))
    outbox.put_event("t", "4", "k", None)
    outbox.put_event("t", "5", None, "k", two)
    assert outbox.finals == [one, two]
    outbox.take()
    assert outbox.finals == []
