"""Event streams against a real Valkey: what a reader gets, and that nothing is lost or doubled over cuts."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from pytest_django import Settings

from realtime import RealtimeError, event_stream, flush, hub, publish
from realtime.models import ConnectionRecord
from realtime.publisher import Publisher
from realtime.stream import MOST_BYTES
from tests.integration.realtime.events import Reader
from tests.integration.realtime.rooms import Said, Typing, walls
from tests.integration.realtime.test_consumers import large
from tests.integration.realtime.test_recovery import appended, numbers, said
from tests.integration.realtime.valkeys import Valkey
from tests.waiting import await_for

ROOM = "room.blue"
SCOPE: dict[str, Any] = {"type": "http", "headers": [], "client": ["192.0.2.1", 1]}


async def flushed() -> None:
    assert await sync_to_async(flush)(10)


@asynccontextmanager
async def reading(topic: str = ROOM, position: str = "", **scope: Any) -> AsyncIterator[Reader]:
    """A reader whose stream is cut at the end, as when a client leaves."""
    response = await event_stream({**SCOPE, **scope}, topic, position)
    async with aclosing(aiter(response)) as chunks:
        yield Reader(chunks, position)


def kinds(messages: list[dict[str, Any]]) -> list[str]:
    return [message["type"] for message in messages]


@pytest.mark.usefixtures("valkey")
async def test_stream_greets_subscribes_and_tells() -> None:
    walls[ROOM] = "hello"
    async with reading() as reader:
        subscribed = await reader.next("subscribed")
        assert kinds(reader.messages) == ["connection_established", "subscribed"]
        assert (subscribed["recovered"], subscribed["snapshot"]) == (False, {"wall": "hello"})
        assert reader.position == f"{subscribed['epoch']}:{subscribed['offset']}"
        event_id = publish(ROOM, Said(text="hi"))
        event = await reader.next("said")
        assert (event["text"], event["event_id"]) == ("hi", event_id)
        assert reader.position == f"{event['epoch']}:{event['offset']}"


async def test_headers_are_those_of_a_stream() -> None:
    response = await event_stream(SCOPE, ROOM)
    assert response["Content-Type"] == "text/event-stream"
    assert response["Cache-Control"] == "no-store"
    assert response["X-Accel-Buffering"] == "no"
    assert response.is_async


@pytest.mark.usefixtures("valkey")
@pytest.mark.parametrize("topic", [ROOM, "log.storm"])
async def test_cut_streams_lose_and_double_nothing(topic: str) -> None:
    """Each stream is cut after some chunk, in the middle of a storm, and resumed with the id that came last."""
    seen: list[int] = []
    publisher, position = Publisher(), ""

    async def storm() -> None:
        for number in range(300):
            draft = said(number)
            publisher.put(type(draft)(topic, draft.event_id, draft.body))
            await asyncio.sleep(0.001)

    async with reading(topic) as first:
        await first.next("subscribed")
        position = first.position
    storming = asyncio.create_task(storm())
    cuts = 0
    while len(seen) < 300:
        async with reading(topic, position) as reader:
            already = len(seen)
            while len(seen) < min(already + 25, 300):
                for event in await reader.take():
                    assert all(message.get("recovered", True) for message in event.messages)
                    seen += numbers([message for message in event.messages if message["type"] == "said"])
            position = reader.position
            cuts += 1
    await storming
    assert seen == list(range(300))
    assert cuts > 5
    await sync_to_async(publisher.close)(5)


@pytest.mark.usefixtures("valkey")
async def test_topic_without_snapshot_is_resumed_from_any_chunk() -> None:
    for number in range(3):
        publish("log.a", Said(text=str(number)))
    await flushed()
    async with reading("log.a") as reader:
        assert numbers(await reader.until(3)) == [0, 1, 2]
    publish("log.a", Said(text="3"))
    await flushed()
    async with reading("log.a", reader.position) as again:
        assert numbers(await again.until(1)) == [3]
        assert again.messages[1]["recovered"] is True


@pytest.mark.usefixtures("valkey")
async def test_history_that_is_larger_than_the_limit_arrives_whole() -> None:
    await appended(*large("log.large"))
    async with reading("log.large") as reader:
        await reader.until(1_000)
        await reader.rest()
    async with reading("log.large", reader.position) as again:
        assert (await again.next("subscribed"))["recovered"] is True
    said = [message for message in reader.messages if message["type"] == "said"]
    assert [message["text"].split()[0] for message in said] == [str(number) for number in range(1_000)]
    assert said[-1]["offset"] == 1_000


@pytest.mark.usefixtures("valkey")
async def test_keyed_events_are_conflated_while_nobody_asks() -> None:
    async with reading() as reader:
        await reader.next("subscribed")
        (stream,) = hub.current()._connections
        for number in range(2_000):
            publish(ROOM, Typing(percent=number), key="a")
            if number % 200 == 0:
                await flushed()
        await flushed()
        await await_for(lambda: '"percent":1999' in "".join(map(text_of, stream._outbox._waiting.values())))
        assert len(stream._outbox._waiting) <= 3
        await reader.take()
        percents = [message["percent"] for message in reader.messages if message["type"] == "typing"]
        assert percents == sorted(percents)
        assert percents[-1] == 1_999
        assert reader.position.endswith(f":{reader.messages[-1]['offset']}")


def text_of(part: Any) -> str:
    return part if isinstance(part, str) else str(part.text)


@pytest.mark.usefixtures("valkey")
async def test_reader_who_never_asks_is_ended_and_resumes_without_loss(settings: Settings) -> None:
    settings.REALTIME_MAX_QUEUE_SIZE = 20
    async with reading() as reader:
        await reader.next("subscribed")
        (stream,) = hub.current()._connections
        for number in range(1_000):
            publish(ROOM, Said(text=f"{number}".zfill(2_000)))
        await flushed()
        await await_for(lambda: stream.close_code == 4409)
        assert sum(map(len, stream._window.frames)) < 300_000
        got = await reader.rest()
        assert got[-1]["code"] == "too_slow"
    first = numbers([message for message in got if message["type"] == "said"])
    assert first == list(range(len(first)))
    settings.REALTIME_MAX_QUEUE_SIZE = 100
    async with reading(position=reader.position) as again:
        rest = numbers(await again.until(1_000 - len(first)))
        assert first + rest == list(range(1_000))


@pytest.mark.usefixtures("valkey")
async def test_stream_that_is_full_ends_and_is_resumed() -> None:
    seen: list[int] = []
    ended, position = 0, ""

    async def storm() -> None:
        for number in range(40):
            publish(ROOM, Said(text=str(number) + " " * 60_000))
            await flushed()

    async with reading() as reader:
        await reader.next("subscribed")
        storming, position = asyncio.create_task(storm()), reader.position
    while len(seen) < 40:
        async with reading(position=position) as reader:
            try:
                while len(seen) < 40:
                    for event in await reader.take():
                        seen += numbers([message for message in event.messages if message["type"] == "said"])
            except StopAsyncIteration:
                ended += 1
            position = reader.position
    await storming
    assert seen == list(range(40))
    assert ended in (1, 2)


async def test_valkey_that_came_back_empty_starts_the_running_stream_over(server: Valkey, publisher: Publisher) -> None:
    server.start()
    async with reading() as reader:
        first = await reader.next("subscribed")
        for number in range(5):
            publisher.put(said(number))
        await reader.until(5)
        old = reader.position
        walls[ROOM] = "what the database says"
        server.kill()
        server.forget()
        server.start()
        again = await reader.next("subscribed")
        assert again["epoch"] != first["epoch"]
        assert (again["recovered"], again["snapshot"]) == (False, {"wall": "what the database says"})
        assert reader.position.startswith(again["epoch"] + ":")
        publisher.put(said(5))
        assert numbers(await reader.until(6)) == [0, 1, 2, 3, 4, 5]
    async with reading(position=old) as late:
        assert (await late.next("subscribed"))["recovered"] is False


async def test_stream_begins_while_valkey_is_away(server: Valkey) -> None:
    async with reading() as reader:
        await reader.next("connection_established")
        server.start()
        assert (await reader.next("subscribed"))["topic"] == ROOM


# --- Refusals


@pytest.mark.parametrize("topic", ["room.secret", "nothing.like.that", "", "x" * 100, "room.blue\n"])
async def test_topic_of_others_and_topic_that_does_not_exist_are_one_answer(topic: str) -> None:
    with pytest.raises(RealtimeError) as caught:
        await event_stream(SCOPE, topic)
    assert (caught.value.code, caught.value.status, caught.value.params) == ("topic_not_found", 404, {"topic": topic})


@pytest.mark.parametrize("position", ["x", "e:-1", f"e:{2**64}", "e:1:2:"])
async def test_position_that_is_none_is_refused(position: str) -> None:
    with pytest.raises(RealtimeError) as caught:
        await event_stream(SCOPE, ROOM, position)
    assert (caught.value.code, caught.value.status) == ("invalid_position", 400)


@pytest.mark.usefixtures("valkey")
async def test_position_of_the_future_or_of_another_epoch_gives_a_snapshot() -> None:
    async with reading() as reader:
        epoch = (await reader.next("subscribed"))["epoch"]
    for position in (f"{epoch}:99", f"other:{0}", f"{epoch}:{2**53 - 1}"):
        async with reading(position=position) as reader:
            assert "snapshot" in await reader.next("subscribed")


async def test_page_of_another_site_is_refused() -> None:
    headers = [(b"host", b"127.0.0.1:8000"), (b"origin", b"https://evil.example")]
    with pytest.raises(RealtimeError) as caught:
        await event_stream({**SCOPE, "headers": headers}, ROOM)
    assert (caught.value.code, caught.value.status) == ("origin_refused", 403)


@pytest.mark.usefixtures("valkey")
async def test_streams_count_as_connections(settings: Settings) -> None:
    settings.REALTIME_MAX_CONNECTIONS_PER_ADDRESS = 2
    late = await event_stream(SCOPE, ROOM)
    async with reading() as one, reading() as two:
        await one.next("subscribed")
        await two.next("subscribed")
        with pytest.raises(RealtimeError) as caught:
            await event_stream(SCOPE, ROOM)
        assert (caught.value.code, caught.value.status) == ("too_many_connections", 429)
        async with aclosing(aiter(late)) as chunks:
            reader = Reader(chunks, "")
            [event] = await reader.take()
            assert (event.messages[0]["code"], event.retry_ms) == ("too_many_connections", 7_000)
            assert len(await reader.rest()) == 1
    async with reading() as one:
        await one.next("subscribed")


@pytest.mark.usefixtures("valkey")
async def test_streams_give_way_in_turn_and_who_is_there_comes_back(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first client went away without a word; the second resumes when its turn comes."""
    monkeypatch.setattr("realtime.stream.KEPT", 0.1)
    settings.REALTIME_MAX_CONNECTIONS_PER_ADDRESS = 2
    async with AsyncExitStack() as streams:
        gone, there = [await streams.enter_async_context(reading()) for _ in range(2)]
        await gone.next("subscribed")
        await there.next("subscribed")
        with pytest.raises(RealtimeError):
            await event_stream(SCOPE, ROOM)
        async with asyncio.timeout(10):
            assert kinds(await gone.rest()) == ["connection_established", "subscribed"]
        newcomer = await streams.enter_async_context(reading())
        await newcomer.next("subscribed")
        with pytest.raises(RealtimeError):
            await event_stream(SCOPE, ROOM)
        async with asyncio.timeout(10):
            await there.rest()
        again = await streams.enter_async_context(reading(position=there.position))
        assert (await again.next("subscribed"))["recovered"]


# --- The end


@pytest.mark.usefixtures("valkey")
async def test_session_that_ends_ends_the_stream(settings: Settings) -> None:
    settings.REALTIME_RECHECK = "tests.integration.realtime.test_sse.still_valid"
    valid.update({"ada", "eve"})
    async with reading(credential="ada") as ada, reading(credential="eve") as eve:
        await ada.next("subscribed")
        await eve.next("subscribed")
        valid.discard("ada")
        began = time.monotonic()
        assert (await ada.rest())[-1]["code"] == "session_ended"
        assert time.monotonic() - began < 5
        publish(ROOM, Said(text="1"))
        assert numbers(await eve.until(1)) == [1]


valid: set[str] = set()


def still_valid(credentials: list[str]) -> set[str]:
    return valid & set(credentials)


@pytest.mark.usefixtures("valkey")
async def test_stop_of_the_server_is_told_with_a_wait() -> None:
    async with reading() as reader:
        await reader.next("subscribed")
        publish(ROOM, Said(text="1"))
        await flushed()
        stopping = asyncio.create_task(hub.shutdown(5))
        messages = await reader.rest()
        assert messages[-1]["type"] == "server_shutdown"
        assert 0 <= messages[-1]["reconnect_in_ms"] <= 3_000
        await stopping
        late = await event_stream(SCOPE, ROOM)
        async with aclosing(aiter(late)) as chunks:
            assert "server_shutdown" in kinds(await Reader(chunks, "").rest())


@pytest.mark.usefixtures("valkey")
@pytest.mark.parametrize("moment", ["at once", "greeted", "subscribed"])
async def test_client_that_leaves_takes_everything_along(moment: str) -> None:
    async with reading("room.other") as other:  # the hub and its tasks stay
        await other.next("subscribed")
        before = asyncio.all_tasks()
        layer = hub.current()
        async with reading() as reader:
            if moment != "at once":
                await reader.take()
            if moment == "subscribed":
                await reader.next("subscribed")
        assert len(layer._connections) == 1
        assert set(layer.feeds._feeds) == {"room.other"}
        assert (layer._addresses["192.0.2.1"], sum(layer._owners.values())) == (1, 1)
        await await_for(lambda: not {task for task in asyncio.all_tasks() - before if not task.done()})


async def test_response_that_is_never_sent_holds_nothing() -> None:
    await event_stream(SCOPE, ROOM)
    assert not hub.current()._connections


@pytest.mark.usefixtures("valkey")
@pytest.mark.django_db(transaction=True)
async def test_record_says_that_it_is_a_stream() -> None:
    async with reading() as reader:
        greeting = await reader.next("connection_established")
        record = await await_for(ConnectionRecord.objects.filter(pk=greeting["connection_id"]).afirst)
        assert (record.transport, record.state) == ("sse", "open")
    closed = await await_for(ConnectionRecord.objects.filter(pk=record.pk, state="closed").afirst)
    assert closed.close_code == 1001


def test_limit_is_a_mebibyte() -> None:
    assert MOST_BYTES == 1024 * 1024
