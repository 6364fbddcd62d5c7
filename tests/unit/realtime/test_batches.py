"""When batches go out."""

import asyncio
import json
from typing import Any

from realtime.batches import AT_ONCE, LONGEST, LOOK_EVERY, SHARE, SHORTEST, Batches, Pace
from realtime.connection import Connection
from realtime.feed import Feed
from realtime.history import Position
from realtime.topics import Topic
from tests.waiting import await_for


class Corner(Topic):
    pattern = "corner.{name}"


class Reader:
    """A connection, and the frames that it has been sent."""

    def __init__(self) -> None:
        self.frames: list[Any] = []
        self.connection = Connection(
            owner="", address="", user_agent="", now=0.0, wake=lambda: None, transmit=self.transmit
        )

    def transmit(self) -> None:
        while (frame := self.connection.next_frame()) is not None:
            self.frames.append(json.loads(frame))


def feed(batches: Batches, name: str, *readers: Reader) -> Feed:
    made = Feed(Corner(f"corner.{name}", {"name": name}), asyncio.Event(), batches.gather)
    for reader in readers:
        assert made.follow(reader.connection, Position("e", 0))
    return made


def happen(feed: Feed, *offsets: int) -> None:
    for offset in offsets:
        feed.live("e", offset, str(offset), None, None)


async def test_first_event_goes_out_at_once_with_those_of_the_same_moment() -> None:
    reader = Reader()
    happen(feed(Batches(), "a", reader), 1, 2)
    await asyncio.sleep(0)
    assert reader.frames == [[1, 2]]


async def test_what_follows_gathers_and_leaves_as_one_frame_for_each() -> None:
    one, two = Reader(), Reader()
    busy = feed(Batches(), "a", one, two)
    happen(busy, 1)
    await asyncio.sleep(0)
    for offset in (2, 3, 4):
        happen(busy, offset)
        await asyncio.sleep(0)
    assert one.frames == [1]
    await await_for(lambda: len(one.frames) > 1)
    assert one.frames == two.frames == [1, [2, 3, 4]]


async def test_quiet_time_over_the_next_event_goes_out_at_once_again() -> None:
    reader = Reader()
    batches = Batches()
    rested = feed(batches, "a", reader)
    happen(rested, 1)
    await asyncio.sleep(0)
    await await_for(lambda: asyncio.get_running_loop().time() > rested.busy_until)
    happen(rested, 2)
    await asyncio.sleep(0)
    assert reader.frames == [1, 2]


async def test_busy_connection_gets_its_topics_in_one_frame() -> None:
    reader, batches = Reader(), Batches()
    first, second = feed(batches, "a", reader), feed(batches, "b", reader)
    happen(first, 1)
    await asyncio.sleep(0)
    happen(second, 1)  # itself quiet
    happen(first, 2)
    await asyncio.sleep(0)
    assert reader.frames == [1]
    await await_for(lambda: len(reader.frames) > 1)
    assert reader.frames == [1, [1, 2]]


async def test_connection_that_is_gone_is_forgotten() -> None:
    reader, batches = Reader(), Batches()
    first, second = feed(batches, "a", reader), feed(batches, "b", reader)
    happen(first, 1)
    await asyncio.sleep(0)
    happen(second, 1)
    await asyncio.sleep(0)
    first.leave(reader.connection)
    second.leave(reader.connection)
    batches.forget(reader.connection)
    batches.send_all()
    assert reader.frames == [1]


async def test_at_the_end_all_that_waits_goes_out() -> None:
    reader, batches = Reader(), Batches()
    busy = feed(batches, "a", reader)
    happen(busy, 1)
    await asyncio.sleep(0)
    happen(busy, 2)
    batches.send_all()
    assert reader.frames == [1, 2]


def spend(pace: Pace, share: float, start: float, seconds: float) -> float:
    """So much of the time goes into sending; returns when it is over."""
    now = start
    while now < start + seconds:
        now += pace.interval
        pace.spent(pace.interval * share, now)
    return now


def test_pace_stays_short_while_sending_takes_little_time() -> None:
    pace = Pace(0.0)
    spend(pace, SHARE / 2, 0.0, 5)
    assert pace.interval == SHORTEST


def test_pace_stretches_near_saturation_and_comes_back() -> None:
    pace = Pace(0.0)
    now = spend(pace, 0.9, 0.0, 5)
    assert pace.interval == LONGEST
    spend(pace, 0.01, now, 5)
    assert pace.interval == SHORTEST


def test_pace_settles_where_sending_takes_its_share() -> None:
    pace, now, cost = Pace(0.0), 0.0, 0.015  # seconds a round, however many events are in it
    for _ in range(200):
        now += pace.interval
        pace.spent(cost, now)
    assert abs(cost / pace.interval - SHARE) < 0.05
    assert now > LOOK_EVERY


def heard(reader: Reader) -> list[int]:
    """The events of all frames."""
    return [event for frame in reader.frames for event in (frame if isinstance(frame, list) else [frame])]


async def test_round_to_very_many_gives_others_their_turn_and_keeps_the_order() -> None:
    readers = [Reader() for _ in range(2 * AT_ONCE + 1)]
    crowd = feed(Batches(), "a", *readers)
    happen(crowd, 1)
    await asyncio.sleep(0)
    assert sum(bool(reader.frames) for reader in readers) == AT_ONCE
    happen(crowd, 2)
    await await_for(lambda: all(heard(reader)[-1:] == [2] for reader in readers))
    assert all(heard(reader) == [1, 2] for reader in readers)


async def test_very_many_are_all_sent_to_before_a_stop() -> None:
    readers, batches = [Reader() for _ in range(2 * AT_ONCE + 1)], Batches()
    happen(feed(batches, "a", *readers), 1)
    batches.send_all()
    assert all(heard(reader) == [1] for reader in readers)
