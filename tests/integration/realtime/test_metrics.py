"""What a hub and a publisher count is told to Prometheus within about a second."""

from collections.abc import Iterator

import pytest
import redis
from channels.layers import get_channel_layer
from pytest_django import Settings

from realtime import flush, publish
from realtime.counts import counts
from realtime.history import Draft
from realtime.publisher import Publisher
from tests.integration.realtime.client import Client
from tests.integration.realtime.rooms import Said, Typing
from tests.integration.realtime.test_recovery import appended
from tests.integration.realtime.valkeys import Valkey
from tests.metrics import forget, sample
from tests.waiting import await_for, wait_for

pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def nothing_counted() -> Iterator[None]:
    flush(0)  # what other tests published is told
    forget()
    yield
    forget()


class Since:
    """Samples since it was made."""

    def __init__(self, *names: str) -> None:
        self.before = {name: sample(name) for name in names}

    def now(self) -> dict[str, float]:
        return {name.removeprefix("realtime_"): sample(name) - before for name, before in self.before.items()}


@pytest.mark.usefixtures("valkey")
async def test_way_of_an_event_is_told() -> None:
    since = Since(
        "realtime_events_published_total",
        "realtime_events_delivered_total",
        "realtime_finals_acknowledged_total",
        "realtime_delivery_age_seconds_count",
        "realtime_snapshots_total",
        "realtime_replays_total",
    )
    opened = sample("realtime_connections_opened_total", transport="websocket")
    closed = sample("realtime_connections_closed_total", code="1000")
    async with Client() as one, Client() as two:
        for client in (one, two):
            await client.subscribe("room.metrics")
        for number in range(3):
            publish("room.metrics", Said(text=str(number)))
        publish("room.metrics", Typing(percent=1), key="k")
        for client in (one, two):
            await client.until(3)
            await client.until(1, "typing")
            await client.send({"type": "ack", "received": 50})
        await await_for(lambda: sample("realtime_connections", transport="websocket", quality="unknown") == 2)
        assert sample("realtime_topics") == 1
        assert sample("realtime_groups_waiting") == 0
        assert sample("realtime_outbox_entries") == 0
    position = one.messages[-1]
    async with Client() as again:
        answer = await again.subscribe("room.metrics", epoch=position["epoch"], offset=position["offset"])
        assert answer["recovered"]
        await await_for(lambda: sample("realtime_connections", transport="websocket", quality="unknown") == 1)
        await await_for(lambda: sample("realtime_history_answer_seconds") > 0)
        told = since.now()
    assert told["events_published_total"] == 4
    assert told["events_delivered_total"] == 8
    assert told["finals_acknowledged_total"] == 6
    assert told["delivery_age_seconds_count"] >= 2
    assert (told["snapshots_total"], told["replays_total"]) == (2, 1)
    assert sample("realtime_connections_opened_total", transport="websocket") - opened == 3
    assert sample("realtime_connections_closed_total", code="1000") - closed == 2


@pytest.mark.usefixtures("valkey")
async def test_event_that_the_layer_lost_is_told_as_repaired() -> None:
    since = Since("realtime_gaps_total", "realtime_events_repaired_total", "realtime_delivery_age_seconds_count")
    async with Client() as client:
        await client.subscribe("room.blue")
        await appended(Draft("room.blue", "lost", '{"type":"said","text":"lost"}'))
        await client.until(1)
        await await_for(lambda: since.now()["events_repaired_total"] == 1)
    assert since.now() == {"gaps_total": 1, "events_repaired_total": 1, "delivery_age_seconds_count": 0}


@pytest.mark.usefixtures("valkey")
async def test_refused_connection_is_told_as_one(settings: Settings) -> None:
    before = sample("realtime_connections_refused_total", code="4412")
    settings.REALTIME_MAX_CONNECTIONS_PER_ADDRESS = 1
    async with Client():
        async with Client() as other:
            assert await other.closed() == 4412
        await await_for(lambda: sample("realtime_connections_refused_total", code="4412") == before + 1)


def test_publisher_tells_what_waits_and_what_is_lost(server: Valkey, publisher: Publisher, settings: Settings) -> None:
    lost = sample("realtime_events_lost_total", kind="final")
    published = sample("realtime_events_published_total")
    settings.REALTIME_PUBLISH_QUEUE_SIZE = 2
    for number in range(5):
        publisher.put(Draft("room.a", f"id{number}", "{}"))
    wait_for(lambda: sample("realtime_events_published_total") == published + 5)

    def waiting() -> float:
        return sample("realtime_publisher_waiting_events")

    wait_for(lambda: waiting() + sample("realtime_events_lost_total", kind="final") - lost == 5)
    assert waiting() >= 2
    wait_for(lambda: sample("realtime_valkey_errors_total", call="append") > 0)
    server.start()
    wait_for(lambda: waiting() == 0)


def test_flush_tells_at_once_since_the_process_may_end(valkey: redis.Redis) -> None:
    before = sample("realtime_events_published_total")
    publish("room.a", Said(text="1"))
    assert flush(10)
    assert sample("realtime_events_published_total") == before + 1


async def test_plain_consumer_of_the_group_hears_when_it_was_published(valkey: redis.Redis) -> None:
    layer = get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add("room.plain", channel)

    async def heard() -> int:
        publish("room.plain", Said(text="1"))
        message = await layer.receive(channel)
        return int(message["published_at"])

    assert await heard() > 1_700_000_000_000
    await layer.group_discard("room.plain", channel)
    assert counts.valkey_errors["fan_out"] == 0
