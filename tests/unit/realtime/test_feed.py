"""A feed: order, gaps, duplicates, new epochs."""

import asyncio
import json
from typing import Any

import msgspec

from realtime.batch import Finals
from realtime.connection import Connection
from realtime.feed import Feed
from realtime.history import Entry, Page, Position
from realtime.topics import Topic

feeds: dict[Connection, Feed] = {}


class Street(Topic):
    pattern = "street.{name}"


def opened() -> Connection:
    return Connection(owner="", address="", user_agent="", now=0.0, wake=lambda: None)


def followed(*connections: Connection, at: int = 4) -> Feed:
    """A feed whose batches go out when somebody looks."""
    feed = Feed(Street("street.a", {"name": "a"}), asyncio.Event(), lambda feed: None)
    feeds.update(dict.fromkeys(connections, feed))
    for connection in connections:
        assert feed.follow(connection, Position("e", at))
    return feed


def live(feed: Feed, offset: int, epoch: str = "e") -> None:
    feed.live(epoch, offset, json.dumps({"type": "said", "offset": offset}), None, None)


def entries(*offsets: int) -> list[Entry]:
    return [Entry(offset, f"id{offset}", '{"type":"said"}') for offset in offsets]


def got(connection: Connection) -> list[Any]:
    if connection in feeds:
        list(feeds[connection].flush())
    frame = connection.next_frame()
    found = json.loads(frame) if frame else []
    messages = found if isinstance(found, list) else [found]
    return [message.get("offset") if message["type"] == "said" else message["type"] for message in messages]


def test_next_event_is_fanned_out_and_old_ones_are_dropped() -> None:
    one, two = opened(), opened()
    feed = followed(one, two)
    for offset in (5, 5, 4, 6):
        live(feed, offset)
    assert got(one) == got(two) == [5, 6]
    assert not feed.behind


def test_jump_is_a_gap_that_the_history_fills() -> None:
    connection = opened()
    feed = followed(connection)
    live(feed, 7)
    assert feed.behind
    assert got(connection) == []
    feed.catch_up(Page(Position("e", 8), True, entries(5, 7)))
    assert got(connection) == [5, 7]
    live(feed, 8)
    live(feed, 9)
    assert got(connection) == [9]


def test_events_during_a_repair_are_left_to_the_history() -> None:
    connection = opened()
    feed = followed(connection)
    feed.repairing = True
    live(feed, 5)
    assert feed.behind
    assert got(connection) == []


def test_event_of_another_epoch_is_not_fanned_out() -> None:
    connection = opened()
    feed = followed(connection)
    live(feed, 5, epoch="other")
    assert feed.behind
    assert got(connection) == []


def test_everybody_starts_over_in_a_new_epoch() -> None:
    connection = opened()
    feed = followed(connection)
    feed.start_over(Page(Position("new", 2), False), msgspec.Raw(b"{}"))
    assert got(connection) == ["subscribed"]
    live(feed, 3, epoch="new")
    assert got(connection) == [3]


def test_those_who_start_over_without_a_snapshot_share_the_frame() -> None:
    one, two = opened(), opened()
    followed(one, two).start_over(Page(Position("new", 3), False, entries(1, 3)), None)
    frames = [connection.next_frame() for connection in (one, two)]
    assert frames[0] is frames[1]
    assert [message.get("offset") for message in json.loads(frames[0] or "")] == [0, 1, 3]


def test_without_a_snapshot_the_whole_history_is_the_start() -> None:
    connection = opened()
    feed = followed()
    feed.begin(connection, Page(Position("e", 3), True, entries(1, 3)), None)
    assert got(connection) == ["subscribed", 1, 3]


def test_newcomer_ahead_of_the_feed_gets_nothing_twice() -> None:
    early, late = opened(), opened()
    feed = followed(early)
    assert feed.follow(late, Position("e", 6))
    for offset in (5, 6, 7):
        live(feed, offset)
    assert got(early) == [5, 6, 7]
    assert got(late) == [7]


def test_newcomer_who_lacks_something_does_not_follow_yet() -> None:
    feed = followed(opened(), at=6)
    assert not feed.follow(opened(), Position("e", 5))
    assert not feed.behind


def test_newcomer_of_another_epoch_makes_the_feed_look() -> None:
    feed = followed(opened())
    assert not feed.follow(opened(), Position("new", 1))
    assert feed.behind


def test_comparison_finds_what_was_missed() -> None:
    for top, behind in [
        (Position("e", 4), False),
        (Position("e", 3), False),
        (Position("e", 5), True),
        (Position("new", 4), True),
        (None, True),
    ]:
        feed = followed(opened())
        feed.compare(top)
        assert feed.behind is behind


def test_feed_is_deserted_when_the_last_has_left() -> None:
    connection = opened()
    feed = followed(connection)
    assert not feed.deserted
    feed.leave(connection)
    assert feed.deserted


def test_gathering_is_asked_for_once_a_batch() -> None:
    connection, asked = opened(), []
    feed = Feed(Street("street.a", {"name": "a"}), asyncio.Event(), asked.append)
    live(feed, 4)
    feed.follow(connection, Position("e", 4))
    live(feed, 5)
    live(feed, 6)
    assert asked == [feed]
    assert list(feed.flush()) == [connection]
    assert list(feed.flush()) == []
    live(feed, 7)
    assert asked == [feed, feed]


def test_newcomer_gets_of_a_batch_what_it_lacks() -> None:
    one, two = opened(), opened()
    feed = followed(one)
    live(feed, 5)
    assert feed.follow(two, Position("e", 6))
    feeds[two] = feed
    live(feed, 6)
    live(feed, 7)
    assert got(two) == [7]
    assert got(one) == [5, 6, 7]


def test_batch_goes_out_before_everybody_starts_over() -> None:
    connection = opened()
    feed = followed(connection)
    live(feed, 5)
    feed.start_over(Page(Position("f", 1), False), msgspec.Raw(b"{}"))
    live(feed, 2, epoch="f")
    assert got(connection) == [5, "subscribed", 2]


def acknowledged(connection: Connection) -> list[Finals]:
    """The finals that wait for a connection, and that it will acknowledge."""
    return list(connection._outbox.finals)


def test_replay_names_the_finals_in_it_and_a_snapshot_none() -> None:
    connection = opened()
    mixed = [*entries(5, 6), Entry(7, "id7", '{"type":"said"}', key="k")]
    page = Page(Position("e", 7), recovered=True, entries=mixed)
    followed().begin(connection, page, msgspec.Raw(b"{}"))
    assert acknowledged(connection) == []
    followed().resume(connection, Position("e", 4), page)
    followed().replay(connection, page)
    followed().begin(connection, page, None)
    assert acknowledged(connection) == [Finals("street.a", "e", (5, 6))] * 3


def test_batches_name_their_finals_with_the_epoch_that_these_are_of() -> None:
    connection = opened()
    feed = followed(connection)
    live(feed, 5)
    feed.live("e", 6, json.dumps({"type": "said", "offset": 6}), "k", None)
    feed.start_over(Page(Position("e2", 3), recovered=False), msgspec.Raw(b"{}"))
    live(feed, 4, epoch="e2")
    list(feed.flush())
    assert acknowledged(connection) == [Finals("street.a", "e", (5,)), Finals("street.a", "e2", (4,))]
