"""The Python client, against a server that plays a script over a real socket, and against the whole site."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed, InvalidURI

from realtime.client import Client, ConnectionRefused, Feed, Options, Position, State, TopicRefused
from realtime.client_feed import MAX_WAITING
from tests.integration.conversions.program import Program
from tests.integration.conversions.web import picture
from tests.stack import Site
from tests.waiting import await_for

Message = dict[str, Any]
Scene = Callable[["Stage"], Awaitable[None]]
TOPIC = "room.blue"
SUBSCRIBED = {"type": "subscribed", "topic": TOPIC, "epoch": "e", "offset": 0, "recovered": False, "snapshot": {}}


class Stage:
    """One connection, from the server's side."""

    def __init__(self, socket: ServerConnection) -> None:
        self.socket = socket

    async def send(self, *messages: Message) -> None:
        await self.socket.send(json.dumps(messages))

    async def next(self, kind: str) -> Message:
        while True:
            message: Message = json.loads(await self.socket.recv())
            if message["type"] == kind:
                return message

    async def greet(self) -> Message:
        """Greet, and answer a subscribe; returns what was asked of the one topic."""
        await self.send({"type": "connection_established"})
        (asked,) = (await self.next("subscribe"))["topics"]
        await self.send({**SUBSCRIBED, "recovered": "epoch" in asked})
        return dict(asked)

    async def events(self, *offsets: int) -> None:
        await self.send(
            *({"type": "said", "topic": TOPIC, "epoch": "e", "offset": n, "event_id": f"{n}"} for n in offsets)
        )


@asynccontextmanager
async def playing(*scenes: Scene) -> AsyncIterator[str]:
    """A server whose connections play one scene each, and then wait for the client; gives its address."""
    waiting = list(scenes)

    async def play(socket: ServerConnection) -> None:
        try:
            await waiting.pop(0)(Stage(socket))
            async for _ in socket:
                pass
        except ConnectionClosed:
            pass

    async with serve(play, "127.0.0.1", 0, ping_interval=None) as server:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    assert not waiting, "not every scene was played"


async def offsets(feed: Feed, count: int) -> list[int]:
    """The next events' offsets."""
    found: list[int] = []
    async with asyncio.timeout(10):
        async for message in feed:
            if message["type"] == "said":
                found.append(message["offset"])
                if len(found) == count:
                    break
    return found


async def test_goes_on_where_it_stopped() -> None:
    asked: list[Message] = []

    async def first(stage: Stage) -> None:
        asked.append(await stage.greet())
        await stage.events(1, 2)
        stage.socket.transport.abort()

    async def second(stage: Stage) -> None:
        asked.append(await stage.greet())
        asked.append(await stage.next("recovery_success"))
        await stage.events(2, 3)

    async with playing(first, second) as url, Client(url) as client:
        assert await offsets(client.subscribe(TOPIC), 3) == [1, 2, 3]
        await await_for(lambda: len(asked) == 3)
        assert client.reconnects == 1
    assert asked[:2] == [{"topic": TOPIC}, {"topic": TOPIC, "epoch": "e", "offset": 2}]
    assert asked[2]["attempt"] == 1
    assert asked[2]["downtime_ms"] > 0


async def test_connection_that_is_dropped_on_purpose_is_made_again() -> None:
    asked: list[Message] = []
    addresses: list[str] = []

    async def scene(stage: Stage) -> None:
        asked.append(await stage.greet())
        addresses.append(stage.socket.remote_address[0])
        await stage.events(len(asked))

    async with playing(scene, scene) as url, Client(url, transport={"local_addr": ("127.77.0.1", 0)}) as client:
        feed = client.subscribe(TOPIC)
        assert await offsets(feed, 1) == [1]
        client.drop()
        assert await offsets(feed, 1) == [2]
    assert asked == [{"topic": TOPIC}, {"topic": TOPIC, "epoch": "e", "offset": 1}]
    assert addresses == ["127.77.0.1"] * 2


async def test_position_of_another_process_is_resumed() -> None:
    asked: list[Message] = []

    async def scene(stage: Stage) -> None:
        asked.append(await stage.greet())
        await stage.events(6, 7, 8)

    async with playing(scene) as url, Client(url) as client:
        feed = client.subscribe(TOPIC, Position("e", 6))
        assert feed.position == Position("e", 6)
        await await_for(lambda: feed.subscription.position == Position("e", 8))
        assert await offsets(feed, 1) == [7]
        assert feed.position == Position("e", 7), "8 waits, and would be lost to who stops here"
    assert asked == [{"topic": TOPIC, "epoch": "e", "offset": 6}]


async def test_comes_back_when_the_server_that_stops_has_said() -> None:
    times: list[float] = []

    async def stop(stage: Stage) -> None:
        await stage.greet()
        await stage.send({"type": "server_shutdown", "reason": "restart", "reconnect_in_ms": 700})
        times.append(asyncio.get_running_loop().time())
        await stage.socket.close(4012)

    async def again(stage: Stage) -> None:
        times.append(asyncio.get_running_loop().time())
        await stage.greet()

    async with playing(stop, again) as url, Client(url) as client:
        client.subscribe(TOPIC)
        await await_for(lambda: len(times) == 2)
    assert 0.69 < times[1] - times[0] < 2


@pytest.mark.parametrize(("code", "tries"), [(4400, 1), (4403, 1), (4401, 2)])
async def test_final_close_code_ends_the_feeds(code: int, tries: int) -> None:
    async def refuse(stage: Stage) -> None:
        await stage.socket.close(code, "no")

    async with playing(*[refuse] * tries) as url, Client(url) as client:
        with pytest.raises(ConnectionRefused) as refused:
            await anext(client.subscribe(TOPIC))
        assert refused.value.close_code == code
        assert client.state == State.ENDED
        with pytest.raises(ConnectionRefused):
            await anext(client.subscribe("room.green"))


async def test_refused_topic_ends_its_feed_alone() -> None:
    async def scene(stage: Stage) -> None:
        await stage.send({"type": "connection_established"})
        await stage.next("subscribe")
        await stage.send({"type": "error", "code": "topic_not_found", "message": "None.", "params": {"topic": "x"}})
        await stage.send(SUBSCRIBED)
        await stage.events(1)

    async with playing(scene) as url, Client(url) as client:
        wrong, right = client.subscribe("x"), client.subscribe(TOPIC)
        with pytest.raises(TopicRefused, match=r"None\."):
            await anext(wrong)
        assert await offsets(right, 1) == [1]


async def test_silent_server_is_left() -> None:
    async def say_nothing(stage: Stage) -> None:
        await stage.greet()

    async def answer(stage: Stage) -> None:
        await stage.greet()
        await stage.events(1)

    options = Options(heartbeat_interval=0.2, patience=0.2, retest_patience=0.1)
    async with playing(say_nothing, answer) as url, Client(url, options=options) as client:
        assert await offsets(client.subscribe(TOPIC), 1) == [1]


async def test_health_check_finds_a_dead_socket() -> None:
    async def say_nothing(stage: Stage) -> None:
        await stage.greet()

    async def answer(stage: Stage) -> None:
        await stage.greet()
        await stage.events(1)

    async with playing(say_nothing, answer) as url, Client(url) as client:
        feed = client.subscribe(TOPIC)
        assert (await anext(feed))["type"] == "subscribed"
        client.check()
        assert await offsets(feed, 1) == [1]


async def test_feed_that_is_not_read_holds_the_server_up() -> None:
    sent: list[int] = []

    async def flood(stage: Stage) -> None:
        await stage.greet()
        for number in range(1, 5_001):
            await stage.send(
                {
                    "type": "said",
                    "topic": TOPIC,
                    "epoch": "e",
                    "offset": number,
                    "event_id": f"{number}",
                    "fill": "x" * 10_000,
                }
            )
            sent.append(number)

    async with playing(flood) as url, Client(url) as client:
        feed = client.subscribe(TOPIC)
        await await_for(lambda: feed.full)
        before = -1
        while before < len(sent):  # until the flood stands still
            before = len(sent)
            await asyncio.sleep(0.1)
        assert MAX_WAITING <= len(sent) < 5_000
        assert await offsets(feed, 5_000) == list(range(1, 5_001))


async def test_closed_feed_unsubscribes_and_client_ends_the_others() -> None:
    left: list[Message] = []

    async def scene(stage: Stage) -> None:
        await stage.greet()
        left.append(await stage.next("unsubscribe"))

    async with playing(scene) as url, Client(url) as client:
        feed = client.subscribe(TOPIC)
        await anext(feed)
        feed.close()
        await await_for(lambda: left)
        other = client.subscribe("room.green")
    assert left[0]["topics"] == [TOPIC]
    assert [message async for message in feed] == []
    assert [message async for message in other] == []


async def test_message_that_makes_no_sense_is_told_to_who_reads() -> None:
    async def scene(stage: Stage) -> None:
        await stage.send({"type": "connection_established"}, {"type": "subscribed", "topic": TOPIC})

    async with playing(scene) as url, Client(url) as client:
        with pytest.raises(KeyError):
            await anext(client.subscribe(TOPIC))


async def test_wrong_address_is_an_error_at_once() -> None:
    with pytest.raises(InvalidURI):
        Client("http://127.0.0.1/ws/events/")


async def test_follows_a_conversion_of_the_site(site: Site) -> None:
    program = await asyncio.to_thread(Program, site, "client")
    topic = await asyncio.to_thread(program.topic)
    async with Client(f"{site.url.replace('http', 'ws', 1)}/ws/events/", headers=program.headers) as client:
        feed = client.subscribe(topic)
        assert (await anext(feed))["snapshot"] == {"conversions": []}
        conversion = await asyncio.to_thread(program.convert, picture())
        events: list[Message] = []
        async with asyncio.timeout(10):
            async for event in feed:
                events.append(event)
                if event["type"] == "conversion_completed":
                    break
        assert client.latency is not None
    finals = [event for event in events if event["type"] != "progress_update" and event["type"] != "queue_position"]
    assert [event["type"] for event in finals] == ["conversion_queued", "conversion_started", "conversion_completed"]
    assert finals[-1]["conversion_id"] == conversion["id"]
    found = [event["offset"] for event in events]
    assert found == sorted(set(found))


async def test_site_refuses_a_wrong_token(site: Site) -> None:
    headers = {"Authorization": "Bearer nonsense"}
    async with Client(f"{site.url.replace('http', 'ws', 1)}/ws/events/", headers=headers) as client:
        with pytest.raises(ConnectionRefused) as refused:
            await anext(client.subscribe("owner.x"))
    assert refused.value.close_code == 4401
