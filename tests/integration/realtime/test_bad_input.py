"""What clients may send that they should not: typed answers, no traceback, and nothing lost for others."""

import logging
from typing import Any

import pytest
from pytest_django import Settings

from realtime import hub, publish
from tests.integration.realtime.client import Client
from tests.integration.realtime.rooms import Said

pytestmark = [pytest.mark.usefixtures("valkey"), pytest.mark.django_db]


async def still_served(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    """An honest client gets what is published now, and nobody logged an error."""
    publish("room.honest", Said(text="still here"))
    assert (await client.next("said"))["text"] == "still here"
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


@pytest.mark.parametrize(
    ("position", "answer"),
    [
        ({"offset": -1}, "invalid_message"),
        ({"offset": 2**53}, "invalid_message"),
        ({"offset": 10**40}, "invalid_message"),
        ({"offset": 1.5}, "invalid_message"),
        ({"offset": "1"}, "invalid_message"),
        ({"epoch": "x" * 65}, "invalid_message"),
        ({"offset": 2**53 - 1}, "subscribed"),
        ({"epoch": "all", "offset": 0}, "subscribed"),
        ({"epoch": "\x00' {}", "offset": 1}, "subscribed"),
    ],
)
async def test_position_that_cannot_be(position: dict[str, Any], answer: str, caplog: pytest.LogCaptureFixture) -> None:
    async with Client() as honest, Client() as client:
        await honest.subscribe("room.honest")
        found = await client.subscribe("room.blue", **{"epoch": "e", **position})
        assert found.get("code", found["type"]) == answer
        assert found["in_reply_to" if answer == "subscribed" else "suggestion"]
        assert found.get("recovered", False) is False
        assert (await client.subscribe("room.blue"))["type"] == "subscribed"
        await still_served(honest, caplog)


async def test_unsubscribing_what_was_never_subscribed(caplog: pytest.LogCaptureFixture) -> None:
    async with Client() as honest, Client() as client:
        await honest.subscribe("room.honest")
        await client.send({"type": "unsubscribe", "topics": ["room.honest", "room.blue", "nothing", "room.blue"]})
        assert (await client.next("unsubscribed"))["topics"][0] == "room.honest"
        await still_served(honest, caplog)


@pytest.mark.parametrize(
    ("count", "code", "close_code"),
    [(101, "too_many_subscriptions", 4429), (800, "too_many_subscriptions", 4429), (10_000, "frame_too_large", 4400)],
)
async def test_far_too_many_topics_at_once_are_refused_as_one(
    count: int, code: str, close_code: int, caplog: pytest.LogCaptureFixture
) -> None:
    async with Client() as honest, Client() as client:
        await honest.subscribe("room.honest")
        await client.send({"type": "subscribe", "topics": [{"topic": f"{number}"} for number in range(count)]})
        assert (await client.next("error", "subscribed"))["code"] == code
        assert await client.closed() == close_code
        await still_served(honest, caplog)


async def test_topics_that_come_and_go_without_end(caplog: pytest.LogCaptureFixture) -> None:
    async with Client() as honest, Client() as client:
        await honest.subscribe("room.honest")
        names = [f"room.{number}" for number in range(49)] + ["room.secret"]
        for _ in range(5):
            await client.send({"type": "subscribe", "topics": [{"topic": name} for name in names]})
            await client.send({"type": "unsubscribe", "topics": names})
        assert await client.closed() == 4429
        assert client.messages[-1]["code"] == "too_many_subscriptions"
        await still_served(honest, caplog)


async def test_answers_that_nobody_asked_for(caplog: pytest.LogCaptureFixture) -> None:
    async with Client() as honest, Client() as client:
        await honest.subscribe("room.honest")
        for received in (0, 10**9, 1, None):
            await client.send({"type": "pong", "sent_at": 5, "received": received})
        await client.send({"type": "connection_test_response", "test_id": "never"})
        await client.send({"type": "ack", "received": 2**53 - 1}, {"type": "ack", "received": 0})
        await client.send({"type": "ping", "sent_at": 7, "id": "p"})
        assert (await client.next("pong", "error"))["in_reply_to"] == "p"
        await still_served(honest, caplog)


async def test_behind_a_proxy_the_client_is_refused_and_never_the_proxy(settings: Settings) -> None:
    settings.REALTIME_MAX_CONNECTS_PER_SECOND = settings.REALTIME_MAX_CONNECTIONS_PER_ADDRESS = 1
    settings.TRUSTED_PROXIES = ["10.0.0.1"]
    proxied, other, proxy = (
        {"client": ["10.0.0.1", 1], "headers": headers}
        for headers in ([(b"x-forwarded-for", b"192.0.2.9")], [(b"x-forwarded-for", b"192.0.2.8")], [])
    )
    for headers in [{"x-forwarded-for": "192.0.2.9"}, {}] * 20:
        async with Client(client=["10.0.0.1", 1], headers=headers) as client:
            await client.next()
    assert hub.refuses(proxied)
    assert not hub.refuses(other)
    assert not hub.refuses(proxy)


async def test_client_that_opens_and_closes_all_the_time_is_refused(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.REALTIME_MAX_CONNECTS_PER_SECOND = 1
    settings.REALTIME_MAX_CONNECTIONS_PER_ADDRESS = 3
    async with Client() as honest:
        await honest.subscribe("room.honest")
        for _ in range(30):
            async with Client(client=["192.0.2.9", 1]) as client:
                if (last := await client.next())["type"] == "error":
                    assert await client.closed() == 4412
                else:
                    await client.send({"type": "subscribe", "topics": [{"topic": "room.blue"}]})
        assert (last["code"], last["retryable"]) == ("too_many_attempts", True)
        await still_served(honest, caplog)
