"""The consumers against a real Valkey: what a client asks, and what it gets."""

import asyncio
import json
from contextlib import AsyncExitStack
from contextvars import copy_context
from typing import Any

import pytest
import redis
from asgiref.sync import sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.testing import WebsocketCommunicator
from pytest_django import Settings

from realtime import EventConsumer, flush, hub, publish
from realtime.batch import Live
from realtime.connection import MOST_OWN, Connection
from realtime.feed import Feed
from realtime.history import Draft, Position
from realtime.protocol import SubscribeTopic
from tests.integration.realtime.client import Client
from tests.integration.realtime.rooms import Room, Said, Typing, failures, taken, visitor, walls
from tests.integration.realtime.test_recovery import appended
from tests.waiting import await_for

pytestmark = pytest.mark.usefixtures("valkey")


async def flushed() -> None:
    assert await sync_to_async(flush)(10)


async def test_greeting_comes_first() -> None:
    async with Client() as client:
        greeting = await client.next()
        assert greeting["type"] == "connection_established"
        assert greeting["heartbeat_interval_ms"] == 30_000


async def test_event_reaches_follower_with_its_position() -> None:
    walls["room.blue"] = "hello"
    async with Client() as client:
        subscribed = await client.subscribe("room.blue")
        assert subscribed["recovered"] is False
        assert subscribed["snapshot"] == {"wall": "hello"}
        assert subscribed["in_reply_to"] == "s"
        event_id = publish("room.blue", Said(text="hi"))
        assert await client.next("said") == {
            "type": "said",
            "text": "hi",
            "topic": "room.blue",
            "epoch": subscribed["epoch"],
            "offset": subscribed["offset"] + 1,
            "event_id": event_id,
        }


async def test_event_reaches_each_follower_once_and_in_order() -> None:
    async with Client() as one, Client() as two:
        await one.subscribe("room.blue")
        await two.subscribe("room.blue")
        for number in range(300):
            publish("room.blue", Said(text=str(number)))
        for client in (one, two):
            said = await client.until(300)
            assert [message["text"] for message in said] == [str(number) for number in range(300)]


async def test_many_newcomers_share_a_snapshot() -> None:
    walls["room.full"] = "hello"
    taken.clear()
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(Client()) for _ in range(30)]
        answers = await asyncio.gather(*(client.subscribe("room.full") for client in clients))
        assert [answer["snapshot"] for answer in answers] == [{"wall": "hello"}] * 30
        assert taken["room.full"] < 5
        publish("room.full", Said(text="hi"))
        for client in clients:
            assert len(await client.until(1)) == 1


async def test_finals_published_while_away_are_replayed() -> None:
    async with Client() as client:
        await client.subscribe("room.blue")
        publish("room.blue", Said(text="before"))
        last = await client.next("said")
    publish("room.blue", Typing(percent=1), key="a")
    publish("room.blue", Said(text="missed"))
    publish("room.blue", Typing(percent=2), key="a")
    publish("room.blue", Typing(percent=3), key="ended")
    publish("room.blue", Said(text="end"), ends="ended")
    await flushed()
    async with Client() as client:
        answer = await client.subscribe("room.blue", epoch=last["epoch"], offset=last["offset"])
        assert answer["recovered"] is True
        assert "snapshot" not in answer
        await client.until(2)
        await client.until(1, "typing")
        events = [message for message in client.messages if message["type"] in ("said", "typing")]
        assert sorted(message["offset"] for message in events) == [message["offset"] for message in events]
        assert {message.get("text", message.get("percent")) for message in events} == {"missed", 2, "end"}


@pytest.mark.parametrize("position", [{"offset": 99}, {"epoch": "other"}, {"epoch": "other", "offset": 1}])
async def test_position_that_is_not_of_this_history_gives_a_snapshot(position: dict[str, Any]) -> None:
    publish("room.blue", Said(text="x"))
    await flushed()
    async with Client() as client:
        current = await client.subscribe("room.blue")
        assert current["offset"] == 1
        answer = await client.subscribe("room.blue", **{"epoch": current["epoch"], **position})
        assert answer["recovered"] is False
        assert "snapshot" in answer


async def test_position_below_what_was_trimmed_gives_a_snapshot(settings: Settings) -> None:
    settings.REALTIME_HISTORY_MAX_EVENTS = 3
    async with Client() as client:
        first = await client.subscribe("room.blue")
        for number in range(5):
            publish("room.blue", Said(text=str(number)))
        await client.until(5)
        for offset, recovered in [(1, False), (2, True)]:
            answer = await client.subscribe("room.blue", epoch=first["epoch"], offset=offset)
            assert answer["recovered"] is recovered


async def test_topic_without_snapshot_starts_with_its_whole_history() -> None:
    publish("log.a", Said(text="1"))
    publish("log.a", Said(text="2"))
    await flushed()
    async with Client() as client:
        answer = await client.subscribe("log.a")
        assert answer["recovered"] is False
        assert answer["offset"] == 0
        assert [message["text"] for message in await client.until(2)] == ["1", "2"]
        publish("log.a", Said(text="3"))
        assert (await client.next("said"))["offset"] == 3


async def test_topic_of_others_and_topic_that_does_not_exist_are_one_answer() -> None:
    async with Client() as client:
        answers = [await client.subscribe(name) for name in ("room.secret", "nothing.like.that")]
    for answer, name in zip(answers, ("room.secret", "nothing.like.that"), strict=True):
        assert answer["type"] == "error"
        assert answer["code"] == "topic_not_found"
        assert json.loads(json.dumps(answer).replace(name, "?")) == {
            **{key: value for key, value in answers[0].items() if key not in ("message", "params")},
            "message": "There is no topic '?' for you.",
            "params": {"topic": "?"},
        }


async def test_unsubscribed_topic_is_silent() -> None:
    async with Client() as client:
        await client.subscribe("room.blue")
        await client.subscribe("room.red")
        await client.send({"type": "unsubscribe", "topics": ["room.blue", "room.never"], "id": "u"})
        answer = await client.next("unsubscribed")
        assert answer == {"type": "unsubscribed", "topics": ["room.blue", "room.never"], "in_reply_to": "u"}
        publish("room.blue", Said(text="unheard"))
        publish("room.red", Said(text="heard"))
        assert (await client.next("said"))["text"] == "heard"


def asking() -> list[str]:
    """Tasks that ask an app, or pause before they ask it again."""
    found = [getattr(task.get_coro(), "__qualname__", "") for task in asyncio.all_tasks()]
    return [name for name in found if name in ("_answer", "Feeds._arrive")]


@pytest.mark.parametrize("leaves", ["unsubscribes", "closes"])
@pytest.mark.parametrize("topic", ["broken.door", "broken.wall"])
async def test_app_that_always_fails_is_asked_until_nobody_waits(topic: str, leaves: str) -> None:
    failures.clear()
    async with Client() as client:
        await client.send({"type": "subscribe", "topics": [{"topic": topic}]})
        await await_for(lambda: failures[topic] > 3)
        assert {message["type"] for message in client.messages} <= {"connection_established"}
        if leaves == "unsubscribes":
            await client.send({"type": "unsubscribe", "topics": [topic]})
            await client.next("unsubscribed")
    await await_for(lambda: not asking(), because="nobody to ask")


async def test_subscribe_that_is_repeated_before_its_answer_is_answered_once_to_the_last() -> None:
    asked = [{"topic": "room.blue"}, {"topic": "room.red"}]
    async with Client() as client:
        await client.send(*({"type": "subscribe", "topics": asked, "id": str(number)} for number in range(3)))
        await client.send({"type": "subscribe", "topics": [*asked, *asked], "id": "last"})
        await client.until(2, "subscribed")
        for topic in ("room.blue", "room.red"):
            publish(topic, Said(text="hi"))
        assert len(await client.until(2)) == 2
        answers = [message for message in client.messages if message["type"] in ("subscribed", "error")]
        assert sorted((answer["topic"], answer["in_reply_to"]) for answer in answers) == [
            ("room.blue", "last"),
            ("room.red", "last"),
        ]


async def test_subscribe_that_is_taken_back_before_its_answer_has_none() -> None:
    async with Client() as client:
        subscribe = {"type": "subscribe", "topics": [{"topic": "room.blue"}], "id": "s"}
        await client.send(subscribe, {"type": "unsubscribe", "topics": ["room.blue"], "id": "u"})
        await client.next("unsubscribed")
        await client.subscribe("room.red")
        assert [message["topic"] for message in client.messages if message["type"] == "subscribed"] == ["room.red"]


async def test_too_many_topics_are_refused_one_by_one(settings: Settings) -> None:
    settings.REALTIME_MAX_TOPICS_PER_CONNECTION = 3
    async with Client() as client:
        for name in ("room.a", "room.b", "room.c"):
            await client.subscribe(name)
        refused = await client.subscribe("room.d")
        assert refused["code"] == "too_many_topics"
        assert refused["params"]["topic"] == "room.d"
        assert (await client.subscribe("room.b"))["type"] == "subscribed"
        await client.send({"type": "unsubscribe", "topics": ["room.a"]})
        assert (await client.subscribe("room.d"))["type"] == "subscribed"


@pytest.mark.parametrize(
    ("frame", "code"), [("{", "not_json"), (b"\x00", "binary_frame"), (json.dumps("x" * 20_000), "frame_too_large")]
)
async def test_frame_that_breaks_the_protocol_is_told_and_closed(frame: str | bytes, code: str) -> None:
    async with Client() as client:
        await client.next("connection_established")
        await (client.send_text(frame) if isinstance(frame, str) else client.send_bytes(frame))
        error = await client.next("error")
        assert error["code"] == code
        assert error["suggestion"]
        assert await client.closed() == 4400


async def test_wrong_message_is_told_and_the_connection_goes_on() -> None:
    async with Client() as client:
        await client.send({"type": "dance", "id": "1"})
        assert (await client.next("error"))["code"] == "unknown_type"
        await client.send({"type": "subscribe", "topics": [{"topic": 5}]})
        assert (await client.next("error"))["code"] == "invalid_message"
        assert (await client.subscribe("room.blue"))["type"] == "subscribed"


async def test_foreign_origin_is_told_and_closed() -> None:
    async with Client(headers={"origin": "https://evil.example", "host": "127.0.0.1:8000"}) as client:
        assert (await client.next())["code"] == "origin_refused"
        assert await client.closed() == 4403
        assert [message["type"] for message in client.messages] == ["error"]


async def test_too_many_connections_are_told_and_closed(settings: Settings) -> None:
    settings.REALTIME_MAX_CONNECTIONS_PER_ADDRESS = 1
    async with Client() as first:
        async with Client() as second:
            assert (await second.next())["code"] == "too_many_connections"
            assert await second.closed() == 4412
        await first.next("connection_established")
    async with Client() as third:
        assert (await third.next())["type"] == "connection_established"


async def test_connection_of_which_nothing_is_heard_makes_room(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("realtime.connection.TEST_PATIENCE", 0.1)
    settings.REALTIME_MAX_CONNECTIONS_PER_ADDRESS = 1
    async with Client() as first:
        await first.next("connection_established")
        async with Client() as second:
            assert (await second.next())["retry_after_ms"] == 7_000
            assert await second.closed() == 4412
        await first.next("connection_test")
        assert await first.closed() == 4408
    async with Client() as third:
        assert (await third.next())["type"] == "connection_established"


@pytest.mark.parametrize("path", ["/ws/events/", "/ws/heartbeat/"])
async def test_socket_that_stays_silent_from_the_start_is_told_and_closed(settings: Settings, path: str) -> None:
    settings.REALTIME_FIRST_MESSAGE_TIMEOUT = 0.2
    async with Client(path) as silent:
        assert (await silent.next("error"))["code"] == "first_message_late"
        assert await silent.closed() == 4408


async def test_heartbeat_consumer_answers_pings_and_knows_no_topics() -> None:
    async with Client("/ws/heartbeat/") as client:
        await client.send({"type": "ping", "sent_at": 5})
        assert (await client.next("pong"))["sent_at"] == 5
        assert (await client.subscribe("room.blue"))["code"] == "unknown_type"


async def test_subprotocol_is_confirmed_when_asked_for() -> None:
    async with Client(subprotocols=["convertsite.v1"]) as client:
        assert client.subprotocol == "convertsite.v1"
    async with Client(subprotocols=["other"]) as client:
        assert client.subprotocol is None


async def test_shutdown_is_announced_and_closed() -> None:
    async with Client() as client:
        await client.subscribe("room.blue")
        stopping = asyncio.create_task(hub.shutdown(0.2))
        message = await client.next("server_shutdown")
        assert 0 <= message["reconnect_in_ms"] <= 3_000
        assert await client.closed() == 4012
        await stopping
    async with Client() as late:
        await late.next("server_shutdown")
        assert await late.closed() == 4012


class Recorder:
    """A connection of the hub without a socket, and the messages that it has been sent."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.connection = Connection(owner="", address="", user_agent="", now=0.0, wake=self.take)

    def take(self) -> None:
        while (frame := self.connection.next_frame()) is not None:
            found = json.loads(frame)
            self.messages += found if isinstance(found, list) else [found]


async def test_what_gathers_still_goes_out_before_the_goodbye() -> None:
    layer, one = hub.current(), Recorder()
    layer.open(one.connection)
    room = Feed(Room("room.blue", {"name": "blue"}), asyncio.Event(), layer.feeds.batches.gather)
    assert room.follow(one.connection, Position("e", 0))
    for offset in (1, 2):
        room.live("e", offset, f'{{"type":"said","offset":{offset}}}', None, None)
        await asyncio.sleep(0)  # the second is too soon after the first, and waits
    await hub.shutdown(0)
    assert [message["type"] for message in one.messages[1:]] == ["said", "said", "server_shutdown"]


async def test_who_is_gone_is_owed_nothing() -> None:
    layer, one = hub.current(), Recorder()
    layer.open(one.connection)
    one.connection.send_event("room.blue", "e", Live(1, "{}"))
    layer.close(one.connection, 1006)
    assert one.connection.next_frame() is None


async def test_each_topic_is_authorized_in_the_context_of_its_own_connection() -> None:
    everyone = []
    for name in ("anne", "bill"):
        one = Recorder()
        context = copy_context()
        context.run(visitor.set, name)
        hub.current().open(one.connection)
        asked = SubscribeTopic(topic=f"diary.{name}")
        context.run(hub.current().feeds.subscribe, one.connection, {}, asked, None)
        everyone.append(one)
    for one in everyone:
        await await_for(lambda one=one: len(one.messages) > 1)
    assert [one.messages[1]["type"] for one in everyone] == ["subscribed"] * 2


class Plain(AsyncWebsocketConsumer):
    """A consumer as Channels' own documents show it: it knows nothing of the layer but the group."""

    groups = ("room.blue",)

    async def realtime_event(self, message: dict[str, Any]) -> None:
        await self.send(text_data=json.dumps(message))


@pytest.mark.django_db(transaction=True)  # Channels' dispatch looks after connections to the database
async def test_plain_consumer_in_the_group_gets_every_event() -> None:
    plain = WebsocketCommunicator(Plain.as_asgi(), "/")
    await plain.connect()
    async with Client() as client:
        await client.subscribe("room.blue")  # its markers stay out of the group
        publish("room.blue", Said(text="0"), ends="k")
        assert await sync_to_async(flush)(10)
        publish("room.blue", Typing(percent=1), key="k")  # too late: it is nowhere
        for number in range(1, 20):
            publish("room.blue", Said(text=str(number)))
        found = [json.loads(await plain.receive_from(timeout=10)) for _ in range(20)]
        said = await client.until(20)
    assert [json.loads(message["text"]) for message in found] == said
    assert {message["topic"] for message in found} == {"room.blue"}
    assert [message["offset"] for message in found] == [message["offset"] for message in said]
    await plain.disconnect()


@pytest.mark.parametrize(("origin", "code"), [([], 4500), ([(b"origin", b"https://elsewhere.example")], 4403)])
async def test_frame_that_cannot_be_sent_closes_the_socket_since_it_is_missing(
    origin: list[tuple[bytes, bytes]], code: int
) -> None:
    sent: list[dict[str, Any]] = []
    received: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)
        if message["type"] == "websocket.send":
            raise RuntimeError("out of order")

    received.put_nowait({"type": "websocket.connect"})
    scope = {"type": "websocket", "path": "/ws/events/", "headers": origin, "client": ["192.0.2.1", 1]}
    serving = asyncio.create_task(EventConsumer.as_asgi()(scope, received.get, send))
    await await_for(lambda: sent and sent[-1]["type"] == "websocket.close")
    assert [message.get("code") for message in sent] == [None, None, code]
    received.put_nowait({"type": "websocket.disconnect", "code": code})
    await serving


def large(topic: str) -> list[Draft]:
    """A history that is larger than what may wait for who asks and never reads."""
    fill = "x" * (MOST_OWN // 990)
    return [Draft(topic, f"id{number}", f'{{"type":"said","text":"{number} {fill}"}}') for number in range(1_000)]


async def test_histories_that_are_larger_than_the_limit_arrive_whole() -> None:
    topics = ["log.a", "log.b", "log.c"]
    for topic in topics:
        await appended(*large(topic))
    async with Client() as client:
        await client.send({"type": "subscribe", "topics": [{"topic": topic} for topic in topics]})
        said = await client.until(3_000)
    for topic in topics:
        found = [message["text"].split()[0] for message in said if message["topic"] == topic]
        assert found == [str(number) for number in range(1_000)]


async def test_snapshot_that_is_larger_than_the_limit_arrives() -> None:
    walls["room.large"] = "x" * (MOST_OWN + 1)
    async with Client() as client:
        assert len((await client.subscribe("room.large"))["snapshot"]["wall"]) == MOST_OWN + 1
        publish("room.large", Said(text="hi"))
        await client.until(1)
    del walls["room.large"]


@pytest.mark.parametrize("part", ["position", "finals", "ids", "keys", "values"])
async def test_foreign_key_in_a_topic_is_a_new_start_for_its_followers_alone(valkey: redis.Redis, part: str) -> None:
    async with Client() as client, Client() as other:
        await client.subscribe("room.planted")
        before = await other.subscribe("room.blue")
        valkey.set(f"realtime:{{room.planted}}:{part}", "foreign")
        already = len(client.messages)
        publish("room.planted", Said(text="1"))
        publish("room.planted", Typing(percent=2), key="k")
        publish("room.blue", Said(text="untouched"))
        assert (await other.next("said"))["epoch"] == before["epoch"]
        assert (await client.next("subscribed", after=already))["recovered"] is False
        publish("room.planted", Said(text="last"))
        while (await client.next("said", after=already))["text"] != "last":
            already += 1
        async with Client() as late:
            assert (await late.subscribe("room.planted"))["type"] == "subscribed"
