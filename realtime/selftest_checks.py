"""The layer's own checks of the self-test: any site with the layer is to pass them."""

import asyncio
import secrets
import statistics
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

from realtime.client import Feed
from realtime.client_session import Message
from realtime.errors import (
    INTERNAL_ERROR,
    NOT_AUTHENTICATED,
    ORIGIN_REFUSED,
    PROTOCOL_ERROR,
    BinaryFrame,
    InvalidMessage,
    NotJson,
    OriginRefused,
    TopicNotFound,
    UnknownType,
)
from realtime.health import request_connection_test
from realtime.selftest import CONNECTED, DATABASE, SOURCE, VALKEY, Failed, Skipped, check, open_source
from realtime.selftest_visit import Line, Visit

Fields = Mapping[str, Any]
Arrivals = list[tuple[Message, float]]
EVENTS, MISSED = 100, 10
SETTLED = 10.0  # seconds after the last event happened in which all are to come
SLOW = 2.0  # seconds from the handshake to the greeting
FAR = 1_000.0  # milliseconds of a round trip
GREETING = "connection_established"


@check(
    SOURCE,
    "A visitor gets a topic",
    needs=[DATABASE],
    advice="Look at the log of the web server, and whether the database answers.",
)
async def source(visit: Visit) -> str:
    """Become somebody who owns a topic."""
    await open_source(visit)
    return "The site made us its visitor."


@check(
    CONNECTED,
    "A connection is made",
    needs=[DATABASE],
    advice="Let the proxy in front pass WebSockets on, without waiting.",
)
async def establishment(visit: Visit) -> str:
    """Connect and be greeted, and how long that takes."""
    begun = time.monotonic()
    async with visit.line() as line:
        await greeted(line)
        seconds = time.monotonic() - begun
    if seconds > SLOW:
        raise Failed(f"The greeting took {seconds:.1f} s; up to {SLOW:g} s is well.", vital=False)
    return f"Greeted after {seconds * 1000:.0f} ms."


@check("heartbeat", "Pings are answered", needs=[CONNECTED])
async def heartbeat(visit: Visit) -> str:
    """Ask five times on the address for monitors."""
    trips = []
    async with visit.line("/ws/heartbeat/") as line:
        await greeted(line)
        for number in range(5):
            asked = time.monotonic()
            await line.send({"type": "ping", "sent_at": number, "id": f"{number}"})
            answer = await line.next("pong")
            trips.append((time.monotonic() - asked) * 1000)
            if (answer["sent_at"], answer.get("in_reply_to")) != (number, f"{number}"):
                raise Failed(f"A ping of {number} was answered with {answer}.")
    trip = statistics.median(trips)
    if trip > FAR:
        raise Failed(f"A round trip takes {trip:.0f} ms; up to {FAR:.0f} is well.", vital=False)
    return f"A round trip takes {trip:.1f} ms."


@check(
    "connection_test",
    "A connection can be tested from outside",
    vital=False,
    needs=[CONNECTED, VALKEY],
    advice="Valkey carries such requests to the web processes: see whether it answers, and REDIS_URL.",
)
async def connection_test(visit: Visit) -> str:
    """Ask the hubs, as an admin would, and hear the server's question on the socket."""
    if not visit.is_own:
        raise Skipped("Only where the site's own settings are: run it there, without --url.")
    async with visit.line("/ws/heartbeat/") as line:
        connection_id = (await greeted(line))["connection_id"]
        asked = time.monotonic()
        request_connection_test(connection_id)
        question = await line.next("connection_test")
        took = (time.monotonic() - asked) * 1000
        await line.send({"type": "connection_test_response", "test_id": question["test_id"]})
        await line.send({"type": "ping", "sent_at": 0})
        await line.next("pong")
    return f"Asked after {took:.0f} ms, and the connection stays."


@check("errors", "Invalid requests get typed errors", vital=False, needs=[CONNECTED])
async def errors(visit: Visit) -> str:
    """Say what nobody should."""
    async with visit.line() as line:
        await greeted(line)
        await line.send({"type": "nonsense", "id": "a"}, {"type": "subscribe", "topics": 7, "id": "b"})
        for code, id in ((UnknownType.code, "a"), (InvalidMessage.code, "b")):
            expect(await line.next("error"), code, in_reply_to=id)
        await line.send("{")
        expect(await line.next("error"), NotJson.code)
        if (closed := await line.closed()) != PROTOCOL_ERROR:
            raise Failed(f"After a frame that is no JSON it closed with {closed}, not {PROTOCOL_ERROR}.")
    async with visit.line() as line:
        await greeted(line)
        await line.send(b"\x00")
        expect(await line.next("error"), BinaryFrame.code)
    return "4 of 4 say what is wrong and what to do."


@check(
    "origin",
    "Pages of other sites are refused",
    needs=[CONNECTED],
    advice="Look at CSRF_TRUSTED_ORIGINS, and whether the proxy passes Host and Origin on as they are.",
)
async def origin(visit: Visit) -> str:
    """Connect as a page of another site would make a browser do."""
    foreign = f"https://{secrets.token_hex(8)}.invalid"
    try:
        async with visit.line(origin=foreign) as line:
            answer = await line.next(GREETING, "error")
            if answer["type"] == GREETING:
                raise Failed("A page of another site may connect as its visitor.")
            expect(answer, OriginRefused.code)
            if (closed := await line.closed()) != ORIGIN_REFUSED:
                raise Failed(f"It closed with {closed}, not {ORIGIN_REFUSED}.", vital=False)
    except Failed as refusal:
        if "answered with 403" not in refusal.reason:
            raise
    return "Refused."


@check(
    "strangers", "Topics of others are refused", needs=[SOURCE, CONNECTED], advice="Look at the topics' authorize()."
)
async def strangers(visit: Visit) -> str:
    """Ask, as somebody else, for the visitor's topic and for one that does not exist: the answers are to be alike."""
    topic = (await open_source(visit)).topic
    made_up = topic[:-8] + secrets.token_hex(4)
    async with visit.stranger().line() as line:
        greeting = await line.next(GREETING, "error")
        if greeting["type"] == "error" and await line.closed() == NOT_AUTHENTICATED:
            return "Strangers may not even connect."
        await line.send({"type": "subscribe", "topics": [{"topic": topic}, {"topic": made_up}]})
        answers = [await line.next("subscribed", "error") for _ in range(2)]
    for answer in answers:
        if answer["type"] == "subscribed":
            raise Failed("A stranger may follow somebody else's topic.")
        expect(answer, TopicNotFound.code)
    texts = {answer["message"].replace(answer["params"]["topic"], "") for answer in answers}
    if len(texts) > 1:
        raise Failed("The refusals tell a topic of somebody else from one that does not exist.")
    return "Refused, like one that does not exist."


@check(
    "delivery",
    f"{EVENTS} of {EVENTS} events arrive in order",
    needs=[SOURCE, CONNECTED, VALKEY],
    patience=60.0,
    advice="Events go through Valkey to the web processes: see whether it answers, and the log of the web server.",
)
async def delivery(visit: Visit) -> str:
    """Make events happen, and see each come once and in order."""
    source = await open_source(visit)
    asked_at = []
    async with visit.client() as client:
        feed = client.subscribe(source.topic)
        await followed(feed)
        async with reading(feed) as came:
            caused = []
            for _ in range(EVENTS):
                asked_at.append(time.monotonic())
                caused.append(await source.cause())
            await arrival(came, caused)
    if wrong := verify(caused, [message for message, _ in came]):
        raise Failed(wrong)
    arrived_at = [at for message, at in came if is_one(message, caused)]
    ages = [(arrived - asked) * 1000 for arrived, asked in zip(arrived_at, asked_at, strict=True)]
    median, most = statistics.median(ages), max(ages)
    return f"{EVENTS} of {EVENTS}; half within {median:.0f} ms of the request that caused it, all within {most:.0f}."


@check(
    "resume",
    "After a cut nothing is missing",
    needs=[SOURCE, CONNECTED, VALKEY],
    patience=30.0,
    advice="The history in Valkey fills such gaps: see whether it answers, and whether it was emptied.",
)
async def resume(visit: Visit) -> str:
    """Lose the connection without a word, miss events, and come back with the position."""
    source = await open_source(visit)
    async with visit.client() as client:
        feed = client.subscribe(source.topic)
        await followed(feed)
        client.drop()
    caused = [await source.cause() for _ in range(MISSED)]
    async with visit.client() as client:
        again = client.subscribe(source.topic, feed.position)
        if not (await followed(again))["recovered"]:
            raise Failed("The server did not know the position any more, and sent a snapshot.", vital=False)
        async with reading(again) as came:
            await arrival(came, caused)
    if wrong := verify(caused, [message for message, _ in came]):
        raise Failed(wrong)
    return f"{MISSED} of {MISSED} that were missed came afterwards, in order."


# --- What checks share


async def greeted(line: Line) -> Message:
    """The greeting. Raises `Failed` with what came instead."""
    answer = await line.next(GREETING, "error")
    if answer["type"] == "error":
        code = await line.closed()
        advice = "Look whether the database answers." if code == INTERNAL_ERROR else str(answer.get("suggestion", ""))
        raise Failed(f"Refused with {code} {answer.get('code')}: {answer.get('message')}", advice=advice)
    return answer


def expect(answer: Message, code: str, **fields: Any) -> None:
    """Raise `Failed` unless this is a complete error of that code."""
    wanted = {"code": code, **fields}
    if any(answer.get(name) != value for name, value in wanted.items()):
        raise Failed(f"Expected the error {wanted}, and got {answer.get('code')} {answer.get('message')}")
    if not (answer.get("message") and answer.get("suggestion")):
        raise Failed(f"The error {code} does not say what to do.")


async def followed(feed: Feed) -> Message:
    """The answer to the subscription."""
    async for message in feed:
        if message["type"] == "subscribed":
            return message
    raise Failed("The connection ended.")


@asynccontextmanager
async def reading(feed: Feed) -> AsyncIterator[Arrivals]:
    """What comes meanwhile, with the time of its arrival."""
    came: Arrivals = []

    async def read() -> None:
        async for message in feed:
            came.append((message, time.monotonic()))

    task = asyncio.create_task(read())
    try:
        yield came
    finally:
        task.cancel()
        await asyncio.wait([task])


async def arrival(came: Arrivals, caused: Sequence[Fields]) -> None:
    """Return when as many events came as were caused, or when none is to be expected any more."""
    with suppress(TimeoutError):
        async with asyncio.timeout(SETTLED):
            while sum(is_one(message, caused) for message, _ in came) < len(caused):  # noqa: ASYNC110 (a list tells nobody)
                await asyncio.sleep(0.02)


def is_one(message: Message, caused: Sequence[Fields]) -> bool:
    """Whether a message is one of the events that were caused."""
    return any(fits(message, one) for one in caused)


def fits(message: Message, wanted: Fields) -> bool:
    """Whether a message has these fields."""
    return all(message.get(name) == value for name, value in wanted.items())


def verify(caused: Sequence[Fields], came: Sequence[Message]) -> str:
    """What is wrong with what came, where exactly this was caused, in this order; empty if nothing is."""
    mine = [message for message in came if is_one(message, caused)]
    offsets, ids = [message["offset"] for message in mine], {message["event_id"] for message in mine}
    if len(ids) < len(mine):
        return f"{len(mine) - len(ids)} events came twice."
    if len(mine) != len(caused):
        return f"{len(mine)} of {len(caused)} events came."
    if offsets != sorted(offsets) or not all(map(fits, mine, caused)):
        return "Events came in another order than they happened."
    return ""
