"""Which connection acknowledged which final, as Valkey keeps it."""

import asyncio
import time
from contextlib import suppress
from typing import Any

import pytest
import redis
from asgiref.sync import sync_to_async

from realtime import Acknowledgement, acknowledged_by, acknowledgements, flush, hub, publish
from realtime.acknowledgements import MOST_IN_ENTRY, STREAM, Acknowledgements
from realtime.batch import Finals
from realtime.history import Position, connect
from realtime.publisher import Publisher
from tests.integration.realtime.client import Client
from tests.integration.realtime.rooms import Said, Typing
from tests.integration.realtime.test_recovery import said
from tests.integration.realtime.test_sse import reading
from tests.integration.realtime.valkeys import Valkey
from tests.waiting import await_for

ROOM = "room.blue"
ALL = 10**9


async def acknowledge(client: Client) -> None:
    """Acknowledge all that came, and wait until the server knows it."""
    await client.send({"type": "ack", "received": ALL}, {"type": "ping", "sent_at": time.time()})
    await client.next("pong", after=len(client.messages))


async def name(client: Client) -> str:
    return str((await client.next("connection_established", after=0))["connection_id"])


async def found(event: dict[str, Any]) -> list[Acknowledgement]:
    return await acknowledged_by(event["topic"], event["epoch"], event["offset"])


async def names(event: dict[str, Any]) -> list[str]:
    return [each.connection_id for each in await found(event)]


@pytest.mark.usefixtures("valkey")
async def test_of_two_connections_the_one_that_acknowledged_is_found() -> None:
    async with Client() as one, Client() as two:
        for client in (one, two):
            client.acknowledges = False
            await client.subscribe(ROOM)
        before = time.time()
        publish(ROOM, Said(text="1"))
        (event,) = await one.until(1)
        await two.until(1)
        assert await found(event) == []
        await acknowledge(one)
        (only,) = await await_for(lambda: found(event))
        assert only.connection_id == await name(one)
        assert before <= only.at.timestamp() <= time.time()
        await acknowledge(two)

        async def both() -> bool:
            return await names(event) == [await name(one), await name(two)]

        await await_for(both, because="the later one last")


async def test_cancellation_that_redis_swallows_still_ends_who_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a process that stops, or a test, would wait for its hub for ever."""
    at_it = asyncio.Event()

    async def swallow(*_: object) -> None:
        at_it.set()
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()

    acknowledgements = Acknowledgements(connect())
    monkeypatch.setattr(acknowledgements, "_append", swallow)
    acknowledgements.add("c1", [Finals(ROOM, "e", (1,))], 0)
    writing = asyncio.ensure_future(acknowledgements.write())
    await at_it.wait()
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    await acknowledgements.close()


@pytest.mark.usefixtures("valkey")
async def test_each_final_is_found_by_its_own_position_and_state_is_not_recorded() -> None:
    async with Client() as client:
        await client.subscribe(ROOM)
        publish(ROOM, Said(text="1"))
        publish(ROOM, Typing(percent=5), key="k")
        publish(ROOM, Said(text="2"))
        first, last = await client.until(2)
        (state,) = await client.until(1, "typing")
        await acknowledge(client)
        await await_for(lambda: found(last))
        assert await names(first) == await names(last) == [await name(client)]
        assert await found(state) == []
        assert await found({**last, "topic": "room.red"}) == []
        assert await found({**last, "epoch": "other"}) == []


@pytest.mark.usefixtures("valkey")
async def test_final_that_was_missed_is_acknowledged_after_its_replay_and_event_streams_record_nothing() -> None:
    async with Client() as client:
        start = await client.subscribe(ROOM)
    publish(ROOM, Said(text="1"))
    assert await sync_to_async(flush)(10)
    position = {"epoch": start["epoch"], "offset": start["offset"]}
    async with reading(ROOM, f"{position['epoch']}:{position['offset']}") as reader:
        await reader.until(1)
        async with Client() as client:
            await client.subscribe(ROOM, **position)
            publish(ROOM, Said(text="2"))
            await reader.until(2)  # so that the stream has gone on after the first
            missed, last = await client.until(2)
            await acknowledge(client)
            await await_for(lambda: found(last))
            assert await names(missed) == await names(last) == [await name(client)]


@pytest.mark.usefixtures("valkey")
async def test_last_acknowledgements_are_written_at_a_stop() -> None:
    async with Client() as client:
        await client.subscribe(ROOM)
        publish(ROOM, Said(text="1"))
        (event,) = await client.until(1)
        await acknowledge(client)
        await hub.shutdown(0.5)
        assert await names(event) == [await name(client)]


async def written(gathered: Acknowledgements) -> None:
    """All that was gathered is in the stream."""
    await gathered.write()
    await gathered.close()


async def test_stream_is_capped_and_keeps_the_newest(valkey: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acknowledgements, "MOST_ENTRIES", 200)
    gathered = Acknowledgements(connect())
    for offset in range(1, 1_001):
        gathered.add("c", [Finals(ROOM, "e", (offset,))], 1_000 + offset)
    await written(gathered)
    assert 200 <= valkey.xlen(STREAM) <= 300
    assert 0 < valkey.ttl(STREAM) <= 86_400
    assert [each.at.timestamp() for each in await acknowledged_by(ROOM, "e", 1_000)] == [2.0]
    assert await acknowledged_by(ROOM, "e", 1) == []


async def test_crowd_is_several_entries_of_a_bounded_size(valkey: redis.Redis) -> None:
    gathered, crowd = Acknowledgements(connect()), 5 * MOST_IN_ENTRY // 2
    for number in range(crowd):
        gathered.add(f"c{number}", [Finals(ROOM, "e", (1, 2))], number)
    await written(gathered)
    assert valkey.xlen(STREAM) == 3
    assert len(await acknowledged_by(ROOM, "e", 2)) == crowd


async def test_what_is_written_twice_or_by_others_counts_once_or_not_at_all(valkey: redis.Redis) -> None:
    valkey.xadd(STREAM, {"topic": ROOM, "epoch": "e", "offsets": "1", "connections": "no-time"})
    valkey.xadd(STREAM, {b"\xff": b"\xff"})
    gathered = Acknowledgements(connect())
    for unix_ms in (3_000, 2_000, 4_000):
        gathered.add("c", [Finals(ROOM, "e", (1,))], unix_ms)
    await written(gathered)
    assert [each.at.timestamp() for each in await acknowledged_by(ROOM, "e", 1)] == [2.0]


async def test_valkey_that_is_away_is_waited_for_up_to_the_bound(
    server: Valkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acknowledgements, "MOST_GATHERED", 10)
    gathered = Acknowledgements(connect())
    for number in range(5):
        gathered.add(f"a{number}", [Finals(ROOM, "e", (1,))], number)
    await gathered.write()
    await gathered.write()
    for number in range(5):
        gathered.add(f"b{number}", [Finals(ROOM, "e", (1,))], 100 + number)
    assert gathered.dropped == 1
    server.start()
    await gathered.write()
    gathered.add("c", [Finals(ROOM, "e", (1,))], 200)
    await written(gathered)
    expected = [*(f"a{number}" for number in range(5)), *(f"b{number}" for number in range(4)), "c"]
    assert [each.connection_id for each in await acknowledged_by(ROOM, "e", 1)] == expected


@pytest.mark.parametrize("misfortune", ["kill", "freeze"])
async def test_connections_go_on_while_valkey_is_away_and_it_learns_later(
    server: Valkey, publisher: Publisher, misfortune: str
) -> None:
    server.start()
    async with Client() as client:
        await client.subscribe(ROOM)
        publisher.put(said(1))
        (event,) = await client.until(1)
        getattr(server, misfortune)()
        for _ in range(3):
            await acknowledge(client)
        assert client.close_code is None
        server.start() if misfortune == "kill" else server.thaw()
        position = Position(event["epoch"], event["offset"])
        (only,) = await await_for(lambda: acknowledged_by(ROOM, position.epoch, position.offset))
        assert only.connection_id == await name(client)
