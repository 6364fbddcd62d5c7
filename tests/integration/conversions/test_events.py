"""`/api/v1/events`: who may follow which topic as a stream, and what the others are told."""

import time
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import AsyncClient, Client
from pytest_django import Settings

from conversions.accounts import tokens
from conversions.models import Owner
from realtime.models import ConnectionRecord
from tests.integration.conversions.web import API, assert_problem
from tests.integration.conversions.work import queued
from tests.integration.realtime.events import Reader
from tests.waiting import await_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("valkey")]
ADDRESS = f"{API}/events"
PROMISED = 5  # seconds


class Caller:
    """A stranger, or who these headers and cookies say."""

    def __init__(self, **headers: str) -> None:
        self.headers = headers
        self.client = AsyncClient()

    async def get(self, query: Any, **headers: str) -> Any:
        return await self.client.get(ADDRESS, query, headers={**self.headers, **headers})


def visitor() -> tuple[Caller, str]:
    """A visitor's browser, and the visitor's topic."""
    browser, caller = Client(), Caller()
    topic = browser.get(f"{API}/conversions").json()["topic"]
    caller.client.cookies = browser.cookies
    return caller, topic


def robot(name: str = "robot") -> tuple[Caller, str]:
    """A program with a token, and its topic."""
    user = User.objects.create_user(name)
    return Caller(authorization=f"Bearer {tokens.create(user, 'test')}"), Owner.objects.create(user=user).topic


@asynccontextmanager
async def reading(caller: Caller, headers: dict[str, str] | None = None, **query: str) -> AsyncIterator[Reader]:
    response = await caller.get(query, **(headers or {}))
    assert response.status_code == 200, response.content
    assert response["Content-Type"] == "text/event-stream"
    async with aclosing(aiter(response)) as chunks:
        yield Reader(chunks)


@pytest.mark.parametrize("who", [visitor, robot])
async def test_own_topic_streams_from_its_snapshot_on(who: Any) -> None:
    caller, topic = await sync_to_async(who)()
    async with reading(caller, topic=topic) as reader:
        assert (await reader.next("subscribed"))["snapshot"] == {"conversions": []}
        owner = await Owner.objects.aget_or_create(key=topic.removeprefix("owner."))
        made = await sync_to_async(queued)(owner=owner[0])
        assert (await reader.next("conversion_queued"))["conversion_id"] == str(made.pk)


@pytest.mark.parametrize("way", ["header", "query"])
async def test_position_resumes(way: str) -> None:
    caller, topic = await sync_to_async(robot)()
    async with reading(caller, topic=topic) as reader:
        await reader.next("subscribed")
        position = reader.position
    await sync_to_async(queued)(owner=await Owner.objects.aget())
    # The header is newer than the address with which an EventSource was made.
    query = {"topic": topic, "last_event_id": position if way == "query" else "other:7"}
    headers = {"last-event-id": position} if way == "header" else {}
    async with reading(caller, headers, **query) as reader:
        assert (await reader.next("subscribed"))["recovered"] is True
        await reader.until(1, "conversion_queued")


async def test_topic_of_others_and_topic_that_does_not_exist_are_one_answer() -> None:
    _, theirs = await sync_to_async(visitor)()
    _, robots = await sync_to_async(robot)()
    strangers = [Caller(), (await sync_to_async(visitor)())[0], (await sync_to_async(robot)("eve"))[0]]
    for caller in strangers:
        told = []
        for topic in (theirs, robots, "owner.nobody", "nonsense"):
            document = assert_problem(await caller.get({"topic": topic}), 404, "topic_not_found")
            told.append(str(document).replace(topic, "?"))
        assert len(set(told)) == 1


async def test_stranger_is_not_made_a_visitor() -> None:
    response = await Caller().get({"topic": "owner.nobody"})
    assert not response.cookies
    assert not await Session.objects.aexists()
    assert not await ConnectionRecord.objects.aexists()


async def test_wrong_token_is_refused() -> None:
    _, topic = await sync_to_async(robot)()
    response = await Caller(authorization="Bearer wrong").get({"topic": topic})
    assert_problem(response, 401, "token_invalid")


async def test_strangers_are_refused_where_only_users_are_served(settings: Settings) -> None:
    caller, topic = await sync_to_async(visitor)()
    settings.ANONYMOUS = False
    assert_problem(await caller.get({"topic": topic}), 401, "sign_in_required")


async def test_page_of_another_site_is_refused() -> None:
    caller, topic = await sync_to_async(visitor)()
    response = await caller.get({"topic": topic}, origin="https://evil.example")
    assert_problem(response, 403, "origin_refused")


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({}, 422, "request_invalid"),
        ({"topic": "x" * 129}, 422, "request_invalid"),
        ({"topic": ["a", "b"]}, 422, "request_invalid"),
        ({"topic": "owner.x", "last_event_id": "nonsense"}, 400, "invalid_position"),
        ({"topic": "owner.x", "last_event_id": "e:-1"}, 400, "invalid_position"),
        ({"topic": "owner.x\0"}, 404, "topic_not_found"),
    ],
)
async def test_wrong_request_is_a_problem(query: Any, status: int, code: str) -> None:
    assert_problem(await Caller().get(query), status, code)


@pytest.mark.parametrize("method", ["POST", "HEAD", "DELETE"])
async def test_a_stream_is_only_got(method: str) -> None:
    response = await AsyncClient().generic(method, f"{ADDRESS}?topic=owner.x")
    assert response.status_code == 405


async def test_one_stream_too_many_is_told_when_to_come_back(settings: Settings) -> None:
    settings.REALTIME_MAX_CONNECTIONS_PER_OWNER = 1
    caller, topic = await sync_to_async(robot)()
    async with reading(caller, topic=topic) as reader:
        await reader.next("subscribed")
        response = await caller.get({"topic": topic})
        document = assert_problem(response, 429, "too_many_connections")
        assert (document["retryable"], document["retry_after_ms"], response["Retry-After"]) == (True, 7_000, "7")


@pytest.mark.parametrize("who", [visitor, robot])
async def test_stream_ends_with_its_session_or_token(who: Any) -> None:
    caller, topic = await sync_to_async(who)()
    async with reading(caller, topic=topic) as reader:
        await reader.next("subscribed")
        began = time.monotonic()
        await Session.objects.all().adelete()
        await User.objects.all().adelete()
        assert (await reader.rest())[-1]["code"] == "session_ended"
        assert time.monotonic() - began < PROMISED
    closed = await await_for(ConnectionRecord.objects.filter(state="closed").afirst)
    assert (closed.transport, closed.close_code) == ("sse", 4401)
