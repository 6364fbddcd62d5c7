"""Plain numbers that stand for series."""

import asyncio
from collections.abc import Iterator

import pytest

from realtime.batch import Batch, Finals, Joined, Live
from realtime.connection import Connection
from realtime.counts import AGES, Buckets, code_label, counts, reason_label
from realtime.errors import TOO_SLOW
from realtime.feed import Feed
from realtime.history import Position
from realtime.protocol import Ack, encoder
from realtime.stream import Stream
from realtime.topics import Topic
from tests.metrics import forget


@pytest.fixture(autouse=True)
def nothing_counted() -> Iterator[None]:
    forget()
    yield
    forget()


def batch(*events: Live) -> Batch:
    made = Batch("t", "e")
    for event in events:
        made.add(event)
    return made


def opened() -> Connection:
    return Connection(
        owner="", address="", user_agent="", now=0.0, wake=lambda: None, acknowledged=lambda name, finals: None
    )


def taken(connection: Connection) -> int:
    frames = 0
    while connection.next_frame() is not None:
        frames += 1
    return frames


def test_observation_falls_into_the_first_bucket_that_holds_it() -> None:
    buckets = Buckets((1.0, 2.0))
    for seconds in (0.5, 1.0, 1.5, 9.0):
        buckets.add(seconds)
    buckets.add(2.0, times=3)
    assert (buckets.numbers, buckets.total) == ([2, 4, 1], 18.0)
    assert len(Buckets(AGES).numbers) == len(AGES) + 1


@pytest.mark.parametrize(
    ("code", "label"), [(1006, "1006"), (TOO_SLOW, "4409"), (4999, "other"), (3_000, "other"), (None, "other")]
)
def test_close_codes_that_anybody_can_make_up_share_a_label(code: int | None, label: str) -> None:
    assert code_label(code) == label


def test_so_do_reasons() -> None:
    assert [reason_label(reason) for reason in ("heartbeat_lost", "", "because")] == [
        "heartbeat_lost",
        "other",
        "other",
    ]


def test_events_are_counted_as_they_leave() -> None:
    connection = opened()
    connection.send_batch(batch(Live(1, "1"), Live(2, "2", "k")))
    assert counts.events_delivered == 0
    assert taken(connection) == 1
    assert (counts.frames_sent, counts.events_delivered, counts.finals_sent) == (1, 2, 1)


def test_what_is_conflated_or_no_event_is_not_counted() -> None:
    connection = opened()
    connection.greet(0)
    connection.send_event("t", "e", Live(1, "1", "k"))
    connection.send_event("t", "e", Live(2, "2", "k"))
    connection.send_event("t", "e", Live(3, "3"))
    connection.send_replay(Joined(["{}", "4", "5"], Finals("t", "e", (4, 5)), events=2), Position("e", 5))
    assert connection.waiting == 4
    assert taken(connection) == 1
    assert counts.events_delivered == 4
    assert counts.finals_sent == 3
    assert connection.waiting == 0


def test_acknowledged_and_abandoned_frames_are_told_apart() -> None:
    connection = opened()
    for offset in (1, 2, 3):
        connection.send_event("t", "e", Live(offset, str(offset)))
        taken(connection)
    for received in (2, 2, 1):
        list(connection.receive(encoder.encode(Ack(received=received)).decode(), 1.0))
    assert (counts.frames_sent, counts.frames_acknowledged, counts.finals_acknowledged) == (3, 2, 2)
    assert connection.unacknowledged == 1


def test_frames_of_an_event_stream_arrive_as_they_are_taken() -> None:
    stream = Stream(owner="", address="", user_agent="", now=0.0, wake=lambda: None)
    stream.send_event("t", "e", Live(1, "1"))
    assert stream.next_chunk(1.0)
    assert stream.next_chunk(2.0) is None
    assert (counts.frames_sent, counts.frames_acknowledged, counts.finals_sent) == (1, 1, 0)


def test_client_that_is_sent_away_and_its_own_account_are_counted() -> None:
    connection = opened()
    connection.trigger_connection_recovery("asked by name")
    assert counts.recoveries_asked == {"other": 1}
    other = opened()
    list(other.receive('[{"type":"recovery_attempt"},{"type":"recovery_success"}]', 1.0))
    assert counts.recoveries == {"attempt": 1, "success": 1}


class Lane(Topic):
    pattern = "lane.{name}"


@pytest.mark.parametrize(
    ("published_at", "numbers"),
    [(10_000, {5.0: 2}), (14_000, {1.0: 2}), (75_000, {0.005: 2}), (0, {})],
    ids=["old", "a second old", "by a clock that is ahead", "nobody knows when"],
)
def test_age_of_what_is_handed_out_counts_for_each_follower(published_at: int, numbers: dict[float, int]) -> None:
    feed = Feed(Lane("lane.a", {"name": "a"}), asyncio.Event(), lambda feed: None)
    for connection in (opened(), opened()):
        feed.follow(connection, Position("e", 0))
    feed.live("e", 1, "1", None, None, published_at)
    feed.live("e", 2, "2", None, None, 15_000)
    feed.tell_age(15_000)
    found = {bound: number for bound, number in zip(AGES, counts.delivery_age.numbers, strict=False) if number}
    assert found == numbers


def test_age_of_what_nobody_follows_is_not_counted() -> None:
    feed = Feed(Lane("lane.a", {"name": "a"}), asyncio.Event(), lambda feed: None)
    feed.live("e", 1, "1", None, None, 1)
    feed.tell_age(2)
    assert sum(counts.delivery_age.numbers) == 0
