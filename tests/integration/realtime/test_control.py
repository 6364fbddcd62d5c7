"""What any process asks of the hubs, through a real channel layer."""

import logging
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import msgspec
import pytest
import redis
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from realtime import flush, publish, tasks
from realtime.health import check_connections, close_connection, request_connection_test, trigger_connection_recovery
from realtime.layer import HUBS, IDS_AT_ONCE
from realtime.models import ConnectionRecord, ConnectionState
from realtime.publisher import Publisher
from tests.integration.realtime.client import Client
from tests.integration.realtime.rooms import Said
from tests.integration.realtime.valkeys import Valkey
from tests.waiting import await_for, wait_for


async def greeted(client: Client) -> str:
    """The connection's id, once its hub hears what it is asked."""
    name: str = (await client.next("connection_established"))["connection_id"]
    await client.subscribe("room.blue")
    return name


@pytest.mark.usefixtures("valkey")
async def test_client_is_sent_to_a_new_connection_and_nobody_else() -> None:
    async with Client() as one, Client() as other:
        name, _ = await greeted(one), await greeted(other)
        trigger_connection_recovery(name, "asked_for")
        message = await one.next("connection_recovery")
        assert (message["reason"], message["action"]) == ("asked_for", "reconnect")
        assert await one.closed() == 4408
        publish("room.blue", Said(text="hi"))
        await other.next("said")
        assert {message["type"] for message in other.messages} == {"connection_established", "subscribed", "said"}


@pytest.mark.usefixtures("valkey")
async def test_connection_is_closed_when_asked_from_a_thread_without_a_loop() -> None:
    async with Client() as client:
        name = await greeted(client)
        await sync_to_async(close_connection)("of another process", name)
        assert await client.closed() == 4410


@pytest.mark.usefixtures("valkey")
@pytest.mark.django_db(transaction=True)
async def test_tested_connection_has_a_fresh_record_soon() -> None:
    async with Client() as client:
        name = await greeted(client)
        record = await await_for(ConnectionRecord.objects.filter(pk=name).afirst)
        assert record.latency_ms is None
        request_connection_test(name)
        test = await client.next("connection_test")
        await client.send({"type": "recovery_success", "attempt": 1})
        await client.send({"type": "connection_test_response", "test_id": test["test_id"]})
        record = await await_for(ConnectionRecord.objects.filter(pk=name, latency_ms__isnull=False).afirst)
        assert record.quality == "excellent"
        assert record.reported_at - record.opened_at < timedelta(seconds=30), "long before the interval is over"
        assert record.recovery_successes == 1


@pytest.mark.usefixtures("valkey")
@pytest.mark.django_db(transaction=True)
async def test_beat_lets_a_quiet_connection_be_tested() -> None:
    async with Client() as client:
        name = await greeted(client)
        records = ConnectionRecord.objects.filter(pk=name)
        await await_for(records.afirst)
        await records.aupdate(last_seen_at=timezone.now() - timedelta(seconds=60), reported_at=timezone.now())
        assert await sync_to_async(tasks.check_connections)() == 0
        await client.next("connection_test")


STRANGE: list[dict[str, Any]] = [
    {"type": "realtime.control"},
    {"type": "realtime.control", "action": "dance", "ids": ["a"]},
    {"type": "realtime.control", "action": "close", "ids": "everybody"},
    {"type": "realtime.event", "topic": "room.blue", "epoch": 1, "offset": [], "text": None},
    {"type": "websocket.close"},
    {},
]


@pytest.mark.parametrize("group", [HUBS, "room.blue"])
async def test_what_other_programs_send_is_logged_once_and_harms_nobody(
    valkey: redis.Redis, caplog: pytest.LogCaptureFixture, group: str
) -> None:
    layer = get_channel_layer()
    async with Client() as client:
        await greeted(client)
        for message in STRANGE:
            await layer.group_send(group, message)
        for raw in (b"no msgpack", b"", msgspec.msgpack.encode([1, 2])):
            valkey.publish(channel_of(group), raw)
        publish("room.blue", Said(text="hi"))
        assert (await client.next("said"))["text"] == "hi"
    problems = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert [(record.name, record.exc_info) for record in problems] == [("realtime.groups", None)]


def channel_of(group: str) -> str:
    """Where the layer publishes a group's messages."""
    return f"asgi__group__{group}"


def recorded(count: int, prefix: str, **fields: Any) -> None:
    now = timezone.now()
    moments = {"opened_at": now, "last_seen_at": now, "reported_at": now}
    rows = (
        ConnectionRecord(connection_id=f"{prefix}{number}", process="p", **{**moments, **fields})
        for number in range(count)
    )
    ConnectionRecord.objects.bulk_create(rows, 500)


@pytest.mark.django_db
def test_beat_looks_at_ten_thousand_connections_in_two_queries(
    valkey: redis.Redis, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    silent = timezone.now() - timedelta(seconds=40)
    recorded(8_800, "well", quality="good")
    recorded(600, "quiet", last_seen_at=silent)
    recorded(500, "poor", quality="poor")
    recorded(50, "closed", quality="poor", state=ConnectionState.CLOSED)
    recorded(50, "unreported", last_seen_at=silent, reported_at=timezone.now() - timedelta(seconds=100))
    with valkey.pubsub() as hubs:
        hubs.subscribe(channel_of(HUBS))
        wait_for(lambda: hubs.get_message() is not None, because="the subscription")
        with django_assert_num_queries(2):
            assert check_connections() == 50
        assert flush(10)
        raw = [wait_for(hubs.get_message)["data"] for _ in range(3)]
    asked = [get_channel_layer().deserialize(message) for message in raw]
    assert {message["action"] for message in asked} == {"test"}
    assert [len(message["ids"]) for message in asked] == [IDS_AT_ONCE, IDS_AT_ONCE, 100]
    assert starts(name for message in asked for name in message["ids"]) == {"quiet": 600, "poor": 500}


def starts(names: Iterable[str]) -> dict[str, int]:
    kinds = [name.rstrip("0123456789") for name in names]
    return {kind: kinds.count(kind) for kind in kinds}


def test_what_is_told_while_valkey_is_away_is_lost_and_holds_nothing_up(
    server: Valkey, publisher: Publisher, caplog: pytest.LogCaptureFixture
) -> None:
    publisher.tell(HUBS, [{"type": "realtime.control", "action": "test", "ids": []}] * 20)
    assert publisher.flush(10), "it does not wait for Valkey"
    assert "what the hubs were asked is lost" in caplog.text


@pytest.mark.usefixtures("valkey")
@pytest.mark.django_db
def test_end_of_a_task_waits_for_what_the_hubs_are_asked() -> None:
    request_connection_test(*(str(number) for number in range(5_000)))
    assert flush(10)
