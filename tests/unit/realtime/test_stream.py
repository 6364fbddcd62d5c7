"""A stream without a transport: what its reader gets, and at which positions."""

import asyncio
import json
from typing import Any

import msgspec
import pytest
from pytest_django import Settings

from realtime.batch import Batch, Live
from realtime.connection import MOST_SEALED
from realtime.errors import SessionEnded, TopicNotFound
from realtime.feed import Feed
from realtime.history import Entry, Page, Position
from realtime.progress import STILL, Look, unknown
from realtime.protocol import ServerShutdown
from realtime.stream import COMMENT, CUT_AFTER, KEPT, LONGEST, MOST_BYTES, QUIET, InvalidPosition, Stream, position_of
from realtime.topics import Topic
from tests.integration.realtime.events import Told, told


class Square(Topic):
    pattern = "square.{name}"


class Opened(Stream):
    """A stream that counts how often it woke its transport, and how often it cut it."""

    def __init__(self, now: float = 0.0, look: Look = unknown) -> None:
        self.woken = self.cuts = 0
        calls: dict[str, Any] = {"wake": self.count, "cut": self.count_cut, "look": look}
        super().__init__(owner="o", address="a", user_agent="u", now=now, **calls)

    def count(self) -> None:
        self.woken += 1

    def count_cut(self) -> None:
        self.cuts += 1

    def rest(self, now: float = 0.0) -> bytes:
        """All that goes out now."""
        chunks = b""
        while (chunk := self.next_chunk(now)) is not None:
            chunks += chunk
        return chunks

    def got(self, now: float = 0.0) -> list[Told]:
        return told(self.rest(now))


def offsets(events: list[Told]) -> list[list[Any]]:
    """Of each event the offsets of its messages, or their types."""
    return [[message.get("offset", message["type"]) for message in event.messages] for event in events]


def entries(*numbers: int) -> list[Entry]:
    return [Entry(number, f"id{number}", '{"type":"said"}') for number in numbers]


def live(offset: int, key: str | None = None, size: int = 1) -> Live:
    return Live(offset, json.dumps({"type": "said", "offset": offset, "text": "x" * size}), key)


def batch(*events: Live) -> Batch:
    made = Batch("square.a", "e")
    for event in events:
        made.add(event)
    return made


def feed() -> Feed:
    return Feed(Square("square.a", {"name": "a"}), asyncio.Event(), lambda feed: None)


def begun(at: int = 4) -> Opened:
    """A stream whose reader has a snapshot."""
    stream = Opened()
    feed().begin(stream, Page(Position("e", at), recovered=False), None if at == 0 else snapshot())
    stream.rest()
    return stream


def snapshot() -> Any:
    return msgspec.Raw(b'{"wall":""}')


# --- Positions


@pytest.mark.parametrize(("text", "position"), [("", None), ("e:0", Position("e", 0)), ("a-_:12", Position("a-_", 12))])
def test_position_is_read(text: str, position: Position | None) -> None:
    assert position_of(text) == position


@pytest.mark.parametrize(
    "text", ["e", ":1", "e:", "e:-1", "e:1.5", "e:٣", f"e:{2**53}", f"e:{'9' * 17}", f"{'e' * 65}:1", "e e:1", "e\n:1"]
)
def test_what_is_no_position_is_refused(text: str) -> None:
    with pytest.raises(InvalidPosition) as caught:
        position_of(text)
    assert caught.value.as_json()["suggestion"]


def test_snapshot_has_its_position() -> None:
    stream = Opened()
    feed().begin(stream, Page(Position("e", 4), recovered=False), snapshot())
    [event] = stream.got()
    assert (event.position, event.messages[0]["snapshot"]) == ("e:4", {"wall": ""})


def test_topic_without_snapshot_is_replayed_up_to_the_position_of_the_page() -> None:
    stream = Opened()
    feed().begin(stream, Page(Position("e", 9), recovered=False, entries=entries(2, 7)), None)
    [event] = stream.got()
    assert offsets([event]) == [[0, 2, 7]]
    assert event.position == "e:9"


def test_resumed_stream_starts_with_what_was_missed() -> None:
    stream = Opened()
    feed().resume(stream, Position("e", 4), Page(Position("e", 6), recovered=True, entries=entries(5, 6)))
    [event] = stream.got()
    assert offsets([event]) == [[4, 5, 6]]
    assert event.position == "e:6"


def test_live_events_have_the_position_of_the_last_one() -> None:
    stream = begun()
    stream.send_batch(batch(live(5), live(6)))
    [event] = stream.got()
    assert (offsets([event]), event.position) == ([[5, 6]], "e:6")


def test_newcomer_between_two_offsets_of_a_batch_gets_the_rest_and_its_position() -> None:
    stream, followed = begun(), feed()
    older = begun()
    assert followed.follow(older, Position("e", 4))
    followed.live("e", 5, live(5).text, None, None)
    assert followed.follow(stream, Position("e", 5))
    followed.live("e", 6, live(6).text, None, None)
    assert len(list(followed.flush())) == 2
    assert [(offsets([event]), event.position) for event in stream.got()] == [([[6]], "e:6")]
    assert [(offsets([event]), event.position) for event in older.got()] == [([[5, 6]], "e:6")]


def test_new_epoch_inside_a_running_stream() -> None:
    stream = begun(at=40)
    stream.send_batch(batch(live(41)))
    feed().begin(stream, Page(Position("f", 2), recovered=False), snapshot())
    stream.send_batch(batch(live(3)))
    [event] = stream.got()
    assert (offsets([event]), event.position) == ([[41, 2, 3]], "f:3")


def test_frames_that_were_sealed_in_a_burst_know_their_own_positions(settings: Settings) -> None:
    settings.REALTIME_MAX_QUEUE_SIZE = 10
    stream = begun()
    stream.send_batch(batch(live(5)))
    stream.send_batch(batch(*[live(number) for number in range(6, 40)]))
    events = stream.got()
    assert len(events) > 2
    assert [number for event in offsets(events) for number in event] == list(range(5, 40))
    for event in events:
        assert event.position == f"e:{event.messages[-1]['offset']}"


def test_conflated_event_takes_the_place_of_its_newest_offset() -> None:
    stream = begun()
    for number in range(5, 300):
        stream.send_batch(batch(live(number, key="k"), live(number + 1000, key="j")))
    [event] = stream.got()
    assert offsets([event])[0][-2:] == [299, 1299]
    assert len(event.messages) <= 4
    assert event.position == "e:1299"


def test_message_without_events_has_no_position() -> None:
    stream = begun()
    stream.send(ServerShutdown(reason="restart", reconnect_in_ms=700))
    [event] = stream.got()
    assert event.position is None


# --- The text of the stream


def test_frame_is_an_events_data_and_its_lines_stay_lines() -> None:
    stream = begun()
    stream.send_batch(batch(Live(5, '{"type":\r\n"said",\n"text":"a\u2028b\x85"}')))
    chunk = stream.rest()
    assert chunk == 'data: {"type":\ndata: "said",\ndata: "text":"a\u2028b\x85"}\nid: e:5\n\n'.encode()


def test_stream_says_first_when_to_come_back() -> None:
    first = Opened().rest()
    assert 500 <= int(first.removeprefix(b"retry: ")) <= 1_500


@pytest.mark.parametrize(("error", "said"), [(SessionEnded(), None), (TopicNotFound(topic="x"), None)])
def test_error_ends_the_stream(error: Any, said: int | None) -> None:
    stream = begun()
    stream.refuse(error)
    [event] = stream.got()
    assert (event.messages[0]["code"], event.retry_ms) == (error.code, said)
    assert stream.close_code is not None


def test_shutdown_tells_how_long_to_wait() -> None:
    stream = begun()
    stream.send_batch(batch(live(5)))
    stream.send(ServerShutdown(reason="restart", reconnect_in_ms=1_234))
    stream.close(4012)
    [event] = stream.got()
    assert (offsets([event]), event.position, event.retry_ms) == ([[5, "server_shutdown"]], "e:5", 1_234)
    assert stream.close_code == 4012


# --- Limits


def test_reader_for_whom_too_much_waits_is_ended_where_it_stands(settings: Settings) -> None:
    settings.REALTIME_MAX_QUEUE_SIZE = 10
    stream, number, size = begun(), 5, 1_000
    while stream.close_code is None:
        stream.send_batch(batch(live(number, size=size)))
        number += 1
    assert number * size < MOST_SEALED + 30 * size
    assert stream.close_code == 4409
    *events, last = stream.got()
    assert (last.messages[0]["code"], last.position, events[0].retry_ms) == ("too_slow", None, 1_000)
    sent = [offset for event in offsets(events) for offset in event]
    assert sent == list(range(5, sent[-1] + 1))
    assert events[-1].position == f"e:{sent[-1]}"


def test_keyed_events_never_end_a_stream(settings: Settings) -> None:
    settings.REALTIME_MAX_QUEUE_SIZE = 10
    stream = begun()
    for number in range(5, 5_000):
        stream.send_batch(batch(live(number, key=f"k{number % 10}", size=100)))
    assert stream.close_code is None
    assert len(stream.rest()) < 30 * 200


def test_stream_ends_after_a_mebibyte_and_what_waits_is_left_to_the_next() -> None:
    stream, written, number = begun(), 0, 5
    while written < MOST_BYTES - 100_000:
        stream.send_batch(batch(live(number, size=100_000)))
        written += len(stream.rest())
        number += 1
    assert stream.close_code is None
    stream.send_batch(batch(live(number, size=100_000)))
    chunk = stream.next_chunk(0.0)
    stream.send_batch(batch(live(number + 1)))
    assert stream.next_chunk(0.0) is None
    assert stream.close_code == 1000
    assert [event.position for event in told(chunk or b"")] == [f"e:{number}"]


def test_stream_ends_after_its_time_with_what_waits() -> None:
    stream = begun()
    stream.tick(LONGEST - 1, 0)
    assert stream.close_code is None
    stream.send_batch(batch(live(5)))
    stream.tick(LONGEST, 0)
    assert stream.close_code == 1000
    assert offsets(stream.got(LONGEST)) == [[5]]


def test_silence_is_broken_by_a_comment() -> None:
    stream = begun()
    for second in range(1, 40):
        before = stream.woken
        stream.tick(second, 0)
        chunk = stream.rest(second)
        assert chunk == (COMMENT if second in (QUIET, 2 * QUIET) else b"")
        assert (stream.woken > before) == bool(chunk)
    assert stream.close_code is None


def test_nobody_is_asked_or_expected_to_speak() -> None:
    stream = begun()
    for second in range(1, int(LONGEST)):
        stream.tick(second, 0)
        assert told(stream.rest(second)) == []
    assert stream.close_code is None


def test_reader_that_does_not_take_the_end_is_cut() -> None:
    stream = begun()
    stream.close(1000)
    stream.tick(10, 0)
    assert stream.cuts == 0
    stream.tick(10 + CUT_AFTER, 0)
    assert stream.cuts == 1


def test_end_without_a_way_to_cut_is_left_to_the_server() -> None:
    stream = Stream(owner="", address="", user_agent="", now=0.0, wake=lambda: None)
    stream.close(1000)
    stream.tick(10, 0)
    stream.tick(100, 0)


# --- When others want its place


def test_new_stream_keeps_its_place_and_an_old_one_ends_as_it_should() -> None:
    stream = Opened(now=1.0)
    assert not stream.may_give_way(0.9 + KEPT)
    assert stream.may_give_way(1.0 + KEPT)
    stream.give_way()
    assert (stream.close_code, stream.cuts) == (1000, 0)
    assert not stream.may_give_way(1.0 + KEPT)
    assert (stream.next_chunk(1.0 + KEPT) or b"").startswith(b"retry: 10500\n"), "after who was refused"


def test_reader_keeps_its_place_while_it_takes_what_is_owed_and_is_cut_when_it_takes_nothing() -> None:
    taken = 0
    stream = Opened(look=lambda: (taken, True))
    for second in range(100, 160):
        taken += 1
        assert not stream.may_give_way(second)
    assert not stream.may_give_way(159.0)
    assert stream.may_give_way(159.0 + STILL)
    stream.give_way()
    assert (stream.close_code, stream.cuts) == (1000, 1)
