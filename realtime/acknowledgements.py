"""Which connection acknowledged which final, and when: gathered in each process, kept in one capped stream in Valkey.

Nothing waits for it: while Valkey is away, acknowledgements are kept up to a bound, and then dropped and counted.
"""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain, islice
from typing import Any

import msgspec
from redis.asyncio import Redis
from redis.typing import EncodableT, FieldT

from realtime.backoff import heed_cancellation, warn_of_outage
from realtime.batch import Finals
from realtime.conf import conf
from realtime.history import connect

logger = logging.getLogger(__name__)
Taken = list[tuple[str, int]]  # connections, and when each acknowledged, in Unix ms
Fields = dict[FieldT, EncodableT]

STREAM = "realtime:acknowledgements"
MOST_ENTRIES = 10_000
"""Entries that the stream keeps, more or less. An entry holds the finals of one frame and up to `MOST_IN_ENTRY`
connections that acknowledged it. So the stream takes 1 MB on a quiet site, and 50 MB where each final has hundreds of
watchers, whom it remembers for a hundred finals then."""
MOST_IN_ENTRY = 100
MOST_GATHERED = 50_000  # acknowledgements, and finals that they are of, that wait in a process: some 6 MB
WRITTEN_AT_ONCE = 100  # entries, of up to 10,000 connections together: some 8 ms
READ_AT_ONCE = 500  # entries
TAKEN = re.compile(rb"(\w+):([0-9]{1,14})")


class Acknowledgement(msgspec.Struct, frozen=True):
    """A connection has a final since `at`, by the server's clock, at the latest."""

    connection_id: str
    at: datetime


class Acknowledgements:
    """What a process's connections acknowledged and the stream does not hold yet. `dropped` counts what it never
    will."""

    def __init__(self, redis: Redis) -> None:
        self.dropped = 0
        self._redis = redis
        self._gathered: dict[Finals, Taken] = {}
        self._size = 0  # also of what is being written
        self._told_of = 0
        self._writing = asyncio.Lock()

    def add(self, connection_id: str, finals: Iterable[Finals], unix_ms: int) -> None:
        """A connection acknowledged finals just now."""
        for each in finals:
            taken = self._gathered.get(each)
            size = 1 if taken is not None else 1 + len(each.offsets)
            if self._size + size > MOST_GATHERED:
                self.dropped += 1
                continue
            self._size += size
            if taken is None:
                taken = self._gathered[each] = []
            taken.append((connection_id, unix_ms))

    async def write(self) -> None:
        """Let the stream have what was gathered, usually in one round trip. Raises nothing: deliveries go on whatever
        becomes of their records."""
        async with self._writing:
            if not self._gathered:
                return
            gathered, size = self._gathered, self._size
            self._gathered = {}
            try:
                await self._append(gathered)
            except Exception as error:  # noqa: BLE001 (see above)
                self._give_back(gathered)
                warn_of_outage(error)
            else:
                self._size -= size
                self._tell_of_drops()
            heed_cancellation()

    async def _append(self, gathered: dict[Finals, Taken]) -> None:
        entries = chain.from_iterable(_entries(finals, taken) for finals, taken in gathered.items())
        while some := list(islice(entries, WRITTEN_AT_ONCE)):  # a few at once: others have their turn in between
            async with self._redis.pipeline(transaction=False) as pipe:
                for fields in some:
                    pipe.xadd(STREAM, fields, maxlen=MOST_ENTRIES, approximate=True)
                pipe.expire(STREAM, int(conf.HISTORY_MAX_AGE))
                await pipe.execute()

    def _give_back(self, gathered: dict[Finals, Taken]) -> None:
        """What arrived may be written twice then, which readers bear."""
        for finals, taken in self._gathered.items():
            gathered.setdefault(finals, []).extend(taken)
        self._gathered = gathered

    def _tell_of_drops(self) -> None:
        if self.dropped > self._told_of:
            logger.warning("Too many acknowledgements waited for Valkey: %d dropped so far", self.dropped)
            self._told_of = self.dropped

    async def close(self) -> None:
        """Close the connections to Valkey."""
        await self._redis.aclose(close_connection_pool=True)


async def acknowledged_by(topic: str, epoch: str, offset: int) -> list[Acknowledgement]:
    """The connections that acknowledged the final at this position, newest last, about a second after they did.

    They acknowledge frames, so this says that the client's program has the event. Who is not named may have it too: a
    snapshot tells no single event, an event stream acknowledges nothing, a connection may close before its next `ack`,
    and the oldest acknowledgements are forgotten. Raises one of `backoff.AWAY` while Valkey is away.
    """
    return (await acknowledgements_of(topic, epoch, [offset]))[offset]


async def acknowledgements_of(topic: str, epoch: str, offsets: Iterable[int]) -> dict[int, list[Acknowledgement]]:
    """The same of several finals, in one reading."""
    first: dict[int, dict[str, int]] = {offset: {} for offset in offsets}
    redis = connect()
    try:
        async for fields in _read(redis):
            if fields.get(b"topic") == topic.encode() and fields.get(b"epoch") == epoch.encode():
                _take_first(first, fields)
    finally:
        await redis.aclose(close_connection_pool=True)
    return {offset: _in_time(found) for offset, found in first.items()}


def _entries(finals: Finals, taken: Taken) -> Iterator[Fields]:
    """An entry, or several of a bounded size."""
    offsets, rest = " ".join(map(str, finals.offsets)), iter(taken)
    while some := list(islice(rest, MOST_IN_ENTRY)):
        connections = " ".join([f"{name}:{at}" for name, at in some])
        yield {"topic": finals.topic, "epoch": finals.epoch, "offsets": offsets, "connections": connections}


async def _read(redis: Redis) -> AsyncIterator[dict[bytes, bytes]]:
    start = b"-"
    while True:
        found: Any = await redis.xrange(STREAM, start, "+", READ_AT_ONCE)
        for _, fields in found:
            yield fields
        if len(found) < READ_AT_ONCE:
            return
        start = b"(" + found[-1][0]


def _take_first(first: dict[int, dict[str, int]], fields: dict[bytes, bytes]) -> None:
    """A connection may have had an event twice, or an entry may be written twice: the first time counts."""
    told = set(fields.get(b"offsets", b"").split())
    if not (asked := [found for offset, found in first.items() if b"%d" % offset in told]):
        return
    for name, at in TAKEN.findall(fields.get(b"connections", b"")):
        for found in asked:
            found[name.decode()] = min(found.get(name.decode(), int(at)), int(at))


def _in_time(found: dict[str, int]) -> list[Acknowledgement]:
    return [Acknowledgement(name, _moment(at)) for name, at in sorted(found.items(), key=lambda item: item[1])]


def _moment(unix_ms: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=unix_ms)
