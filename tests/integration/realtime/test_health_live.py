"""The pages of health over the layer itself."""

import re
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import AnonymousUser, Permission, User

from realtime import overview, publish
from realtime.health import close_connection, request_connection_test
from realtime.models import ConnectionRecord, ConnectionState
from tests.integration.realtime.client import Client
from tests.integration.realtime.rooms import Said
from tests.metrics import sample
from tests.waiting import await_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("valkey")]


@pytest.fixture(autouse=True)
def no_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overview, "parts", {})


def viewer(*permissions: str, is_staff: bool = True) -> User:
    user = User.objects.create_user(f"user{User.objects.count()}", is_staff=is_staff)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return user


aviewer = sync_to_async(viewer)


def figure(html: str, name: str) -> str:
    found = re.search(rf"<dt>{name}</dt><dd>([^<]*)</dd>", html)
    assert found is not None
    return found[1]


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html))


async def shown_until(client: Client, expected: Any) -> str:
    """What the page shows, once it is as expected."""
    while True:
        after = len(client.messages)
        html: str = (await client.next("shown", after=after))["html"]
        if expected(html):
            return html


@pytest.mark.parametrize("topic", ["admin.health", "admin.health.anna", "admin.connection.x"])
async def test_topics_are_for_staff_who_may_view(topic: str) -> None:
    refused = [AnonymousUser(), await aviewer("view_healthsample", "view_connectionrecord", is_staff=False)]
    refused.append(await aviewer("view_logentry"))
    for user in refused:
        async with Client(user=user) as client:
            assert (await client.subscribe(topic))["code"] == "topic_not_found"
    async with Client() as client:  # a project without users
        assert (await client.subscribe(topic))["code"] == "topic_not_found"
    permission = "view_connectionrecord" if "connection" in topic else "change_healthsample"
    async with Client(user=await aviewer(permission)) as client:
        assert (await client.subscribe(topic))["type"] == "subscribed"


async def test_page_of_health_changes_with_what_happens_and_agrees_with_the_metrics() -> None:
    async with Client(user=await aviewer("view_healthsample")) as admin, Client() as other:
        start = (await admin.subscribe("admin.health"))["snapshot"]["html"]
        assert "Healthy" in words(start)
        await other.subscribe("room.blue")
        html = await shown_until(admin, lambda html: figure(html, "Connections") == "2")
        assert "Unknown, no round trip yet 2" in words(html)
        await await_for(lambda: sample("realtime_connections", transport="websocket", quality="unknown") == 2)
        sent = sample("realtime_frames_sent_total")
        for number in range(3):
            publish("room.blue", Said(text=str(number)))
        await other.until(3)
        await other.send({"type": "ack", "received": 3})
        found = re.compile(r"(\d+) acknowledged of (\d+) sent")

        def acknowledged(html: str) -> bool:
            told = found.search(words(html))
            return told is not None and int(told[1]) >= 3

        html = await shown_until(admin, acknowledged)
        assert sample("realtime_frames_sent_total") > sent
    assert "opened and 0 closed" in words(html)


async def test_page_of_one_owner_shows_theirs(settings: Any) -> None:
    settings.REALTIME_OWNER = "tests.integration.realtime.test_health_live.owner_of"
    async with Client(user=await aviewer("view_healthsample")) as admin, Client(owner="anna"), Client(owner="bert"):
        await await_for(both_recorded)
        html = (await admin.subscribe("admin.health.anna"))["snapshot"]["html"]
        assert figure(html, "Connections") == "1"
        assert "connections of owner anna only" in words(html)


async def both_recorded() -> bool:
    return await ConnectionRecord.objects.filter(owner__in=["anna", "bert"]).acount() == 2


def owner_of(scope: Any) -> str:
    return str(scope.get("owner", ""))


async def test_page_of_a_connection_tells_its_life_as_it_goes_on() -> None:
    async with Client(user=await aviewer("view_connectionrecord")) as admin:
        async with Client() as other:
            name = (await other.next("connection_established"))["connection_id"]
            await other.subscribe("room.blue")
            publish("room.blue", Said(text="hi"))
            await other.until(1)
            await other.send({"type": "ack", "received": 1})
            await await_for(ConnectionRecord.objects.filter(pk=name).afirst)
            await admin.subscribe(f"admin.connection.{name}")
            html = await shown_until(admin, lambda html: "room.blue 1 1 0" in words(html))
            assert "Acknowledged 1 of 3 frames; 2 are under way" in words(html)
            request_connection_test(name)
            test = await other.next("connection_test")
            await other.send({"type": "connection_test_response", "test_id": test["test_id"]})
            await shown_until(admin, lambda html: "Asked whether it is there Answered" in without_times(html))
            close_connection(name)
            assert await other.closed() == 4410
        html = await shown_until(admin, lambda html: "Closed with 4410" in words(html))
        assert "closed by operator" in words(html)
        assert "room.blue" in html, "what it followed when it was closed"
        await ConnectionRecord.objects.filter(pk=name, state=ConnectionState.CLOSED).adelete()
        await shown_until(admin, lambda html: html == "")


def without_times(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"\d\d:\d\d:\d\d", "", words(html)))
