"""What followers see while Valkey loses messages, restarts, is wiped or freezes: their sockets stay open, nothing is
lost, doubled or out of order."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from pytest_django import Settings

from realtime import feeds
from realtime.history import Draft, History, Position, connect
from realtime.publisher import Publisher, group_message
from tests.integration.realtime.client import Client
from tests.integration.realtime.rooms import walls
from tests.integration.realtime.valkeys import Valkey

ROOM = "room.blue"


def said(number: int) -> Draft:
    return Draft(ROOM, f"id{number}", f'{{"type":"said","text":"{number}"}}')


def numbers(messages: list[dict[str, Any]]) -> list[int]:
    return [int(message["text"]) for message in messages]


async def appended(*drafts: Draft) -> list[Position]:
    """Events in the history that nobody was told of."""
    history = History(connect())
    try:
        return await history.append(drafts)
    finally:
        await history.close()


@pytest.mark.usefixtures("valkey")
async def test_message_that_the_layer_lost_is_fetched_before_the_next() -> None:
    async with Client() as client:
        await client.subscribe(ROOM)
        positions = await appended(said(1), said(2), said(3))
        await get_channel_layer().group_send(ROOM, group_message(said(3), positions[2]))
        assert numbers(await client.until(3)) == [1, 2, 3]


@pytest.mark.usefixtures("valkey")
async def test_last_message_that_the_layer_lost_is_found_by_comparison() -> None:
    async with Client() as client:
        await client.subscribe(ROOM)
        await appended(said(1))
        assert numbers(await client.until(1)) == [1]


@pytest.mark.usefixtures("valkey")
async def test_messages_that_come_twice_or_late_are_dropped() -> None:
    async with Client() as client:
        await client.subscribe(ROOM)
        drafts = [said(number) for number in range(4)]
        positions = await appended(*drafts)
        for index in (0, 1, 1, 0, 2, 1, 3):
            await get_channel_layer().group_send(ROOM, group_message(drafts[index], positions[index]))
        assert numbers(await client.until(4)) == [0, 1, 2, 3]


@pytest.mark.usefixtures("valkey")
async def test_foreign_message_in_the_group_harms_nobody() -> None:
    async with Client() as client:
        await client.subscribe(ROOM)
        for junk in ({"type": "realtime.event"}, {"type": "realtime.event", "topic": ROOM, "epoch": 5}, {"a": 1}):
            await get_channel_layer().group_send(ROOM, junk)
        (position,) = await appended(said(1))
        await get_channel_layer().group_send(ROOM, group_message(said(1), position))
        assert numbers(await client.until(1)) == [1]


@pytest.mark.usefixtures("valkey")
@pytest.mark.parametrize("text", ["{not json", '{"type":"said","text":"forged"}', ""])
async def test_foreign_text_does_not_take_the_place_of_the_event(text: str) -> None:
    async with Client() as client:
        await client.subscribe(ROOM)
        (position,) = await appended(said(1))
        message = group_message(said(1), position)
        await get_channel_layer().group_send(ROOM, {**message, "text": text})
        await get_channel_layer().group_send(ROOM, message)
        assert numbers(await client.until(1)) == [1]


@pytest.mark.usefixtures("valkey")
async def test_newcomer_begins_from_the_history_while_the_layer_is_deaf(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "JOIN_PATIENCE", 0.1)
    deaf = {"hosts": [f"unix://{tmp_path / 'nobody.sock'}"]}
    settings.CHANNEL_LAYERS = {"default": {**settings.CHANNEL_LAYERS["default"], "CONFIG": deaf}}
    await appended(said(1))
    async with Client() as client:
        assert (await client.subscribe(ROOM))["offset"] == 1
        await appended(said(2))
        assert numbers(await client.until(1)) == [2]


async def test_valkey_that_was_killed_and_came_back(server: Valkey, publisher: Publisher) -> None:
    server.start()
    async with Client() as client:
        first = await client.subscribe(ROOM)
        publisher.put(said(1))
        await client.until(1)
        server.kill()
        publisher.put(said(2))
        walls[ROOM] = "what the database says"
        server.start()
        again = await client.next("subscribed")
        assert again["epoch"] != first["epoch"]
        assert again["recovered"] is False
        assert again["snapshot"] == {"wall": "what the database says"}
        assert await sync_to_async(publisher.flush)(10)
        publisher.put(said(3))
        await client.until(2 if again["offset"] > 1 else 3)
        events = [message for message in client.messages if message["type"] == "said"]
        assert numbers(events) in ([1, 3], [1, 2, 3])  # 2 is in the snapshot, by its position, or comes after it
        assert (again["offset"], len(events)) in ((2, 2), (1, 3))


async def test_valkey_that_came_back_empty(server: Valkey, publisher: Publisher) -> None:
    server.start()
    async with Client() as one, Client() as two:
        first = await one.subscribe(ROOM)
        await two.subscribe(ROOM)
        for number in range(5):
            publisher.put(said(number))
        await one.until(5)
        server.kill()
        server.forget()
        server.start()
        for client in (one, two):
            again = await client.next("subscribed", after=2)
            assert again["epoch"] != first["epoch"]
            assert again["recovered"] is False
        publisher.put(said(5))
        for client in (one, two):
            assert numbers(await client.until(6)) == [0, 1, 2, 3, 4, 5]


async def test_follower_who_comes_while_valkey_is_away_is_served_when_it_is_back(server: Valkey) -> None:
    async with Client() as client:
        await client.send({"type": "subscribe", "topics": [{"topic": ROOM}]})
        await client.send({"type": "ping", "sent_at": 1})
        await client.next("pong")
        server.start()
        assert (await client.next("subscribed"))["topic"] == ROOM


async def test_frozen_valkey_stops_no_heartbeat(server: Valkey, publisher: Publisher) -> None:
    server.start()
    async with Client() as client:
        await client.subscribe(ROOM)
        server.freeze()
        publisher.put(said(1))
        await client.send({"type": "subscribe", "topics": [{"topic": "room.red"}]})
        await client.send({"type": "ping", "sent_at": 1})
        await client.next("pong")
        server.thaw()
        assert numbers(await client.until(1)) == [1]
        while not any(message.get("topic") == "room.red" for message in client.messages):
            await client.next("subscribed")


@pytest.mark.usefixtures("valkey")
async def test_resubscribing_in_a_storm_of_events_loses_and_doubles_nothing() -> None:
    """Each pass leaves in the middle of the stream and resumes with its position."""
    seen: list[int] = []
    publisher = Publisher()

    async def storm() -> None:
        for number in range(300):
            publisher.put(said(number))
            await asyncio.sleep(0.001)

    async with Client() as follower:  # keeps the topic open, so that some arrive in a feed that runs
        answer = await follower.subscribe(ROOM)
        position = {"epoch": answer["epoch"], "offset": answer["offset"]}
        storming = asyncio.create_task(storm())
        while len(seen) < 300:
            async with Client() as client:
                answer = await client.subscribe(ROOM, **position)
                assert answer["recovered"]
                for message in await client.until(min(40, 300 - len(seen))):
                    assert message["offset"] > position["offset"]
                    position["offset"] = message["offset"]
                    seen.append(int(message["text"]))
        await storming
        assert numbers(await follower.until(300)) == seen
    assert seen == list(range(300))
    await sync_to_async(publisher.close)(5)
