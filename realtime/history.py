"""`History`: a topic's kept events, by position.

A topic has five keys in Valkey: its position (epoch, offset, and the floor below which events were dropped), a stream
of finals whose ids are their offsets, the ids of those finals and the keys that they ended, and the conflation keys
with their offsets, values and last ids. The scripts in lua/ change them, each in one step. What another program wrote
there is done away with where it is met.
"""

import hashlib
import json
import logging
import re
import secrets
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import DataError, NoScriptError, ResponseError

from realtime.backoff import AWAY
from realtime.conf import conf

logger = logging.getLogger(__name__)


class Position(msgspec.Struct, frozen=True):
    """A place in a topic's history. Offsets of different epochs do not compare; the first event's is 1."""

    epoch: str
    offset: int


class Draft(msgspec.Struct, frozen=True):
    """An event on its way to the history. `body` is its JSON without the envelope; without `key` it is a final.
    `published_at` is in Unix seconds; 0: not known."""

    topic: str
    event_id: str
    body: str
    key: str | None = None
    ends: str | None = None
    published_at: float = 0.0


class Entry(msgspec.Struct, frozen=True):
    """An event in the history."""

    offset: int
    event_id: str
    body: str
    key: str | None = None
    ends: str | None = None


class Page(msgspec.Struct, frozen=True):
    """What a read found: the history's top, and, in order of offset, the entries past the reader's position. If it is
    not `recovered`, the reader's position is of no use: it has a gap, and there are no entries."""

    position: Position
    recovered: bool
    entries: list[Entry] = []


class Script:
    """A Lua script of one or more files; `sha` is the name that Valkey gives it."""

    def __init__(self, *names: str) -> None:
        folder = Path(__file__).parent / "lua"
        self.text = "".join((folder / name).read_text() for name in names)
        self.sha = hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest()


APPEND, READ, POSITIONS, MEND = (
    Script("position.lua", *names)
    for names in (("epoch.lua", "append.lua"), ("epoch.lua", "read.lua"), ("positions.lua",), ("mend.lua",))
)
EVENT_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
# What a script says of keys that are not as it left them; errors of the server's state have a code (OOM, MISCONF, …).
FOREIGN = re.compile(r"WRONGTYPE |(?![A-Z]+ ).*@user_script", re.DOTALL)
Call = tuple[list[str], list[str | int]]  # a script's keys and arguments


def connect() -> Redis:
    """A client of the history's Valkey for the running loop, with few connections, that wait rather than fail when all
    are in use. It never repeats a command by itself: who calls knows what may be repeated."""
    timeouts = {"socket_timeout": 5, "socket_connect_timeout": 2, "timeout": 5}
    pool = BlockingConnectionPool.from_url(conf.URL, max_connections=4, retry=Retry(NoBackoff(), 0), **timeouts)
    return Redis.from_pool(pool)


class History:
    """The histories of all topics. Every call raises one of `backoff.AWAY` when Valkey does not answer."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def append(self, drafts: Sequence[Draft]) -> list[Position]:
        """Append events, in order and in one round trip, and give their positions. An event that is in its history
        already, by `event_id`, keeps the position that it has: so a call of unknown outcome can be repeated. The ids of
        finals are known as long as they are kept, of each key the last 7 at least; of those that `publish` makes, some
        20. One whose key a final of the history has ended is not appended: its offset is 0."""
        calls = [_call(draft.topic, conf.HISTORY_MAX_EVENTS, *_fields(draft)) for draft in drafts]
        return [Position(epoch.decode(), offset) for epoch, offset in await self._run(APPEND, calls)]

    async def read(self, topic: str, since: Position | None) -> Page:
        """What came after `since`, which is no gap unless it is more than `HISTORY_MAX_EVENTS`; without it, the top. It
        notices a server that was restarted: that is a new epoch."""
        page = await self._page(topic, [since.epoch, since.offset] if since else ["", 0])
        return page if len(page.entries) <= conf.HISTORY_MAX_EVENTS else Page(page.position, recovered=False)

    async def read_all(self, topic: str) -> Page:
        """All that the history holds."""
        return await self._page(topic, ["", "all"])

    async def _page(self, topic: str, seen: list[str | int]) -> Page:
        (answer,) = await self._run(READ, [_call(topic, *seen)])
        epoch, offset, recovered, finals, keyed = answer
        entries = [*_decoded(topic, _final, finals), *_decoded(topic, _keyed, keyed)]
        entries.sort(key=lambda entry: entry.offset)
        return Page(Position(epoch.decode(), offset), bool(recovered), entries)

    async def positions(self, topics: Sequence[str]) -> list[Position | None]:
        """Each topic's top, cheaply. None: not known, or left by a server that has been restarted since."""
        (found,) = await self._run(POSITIONS, [([_keys(topic)[0] for topic in topics], [])])
        return [_position(line) for line in found.decode().split("\n")]

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose(close_connection_pool=True)

    async def _run(self, script: Script, calls: Sequence[Call]) -> list[Any]:
        answers = await self._evaluate(script, calls)
        if broken := {number: answer for number, answer in enumerate(answers) if _is_foreign(answer)}:
            await self._mend({tuple(calls[number][0]): answer for number, answer in broken.items()})
            again = await self._evaluate(script, [calls[number] for number in broken])
            for number, answer in zip(broken, again, strict=True):
                answers[number] = answer
        return _without_errors(answers)

    async def _mend(self, broken: dict[tuple[str, ...], Exception]) -> None:
        for keys, error in broken.items():
            logger.error("Another program wrote beside %s; a new epoch begins there: %s", keys[0], error)
        max_age = int(conf.HISTORY_MAX_AGE)
        _without_errors(await self._evaluate(MEND, [(list(keys), [max_age]) for keys in broken]))

    async def _evaluate(self, script: Script, calls: Sequence[Call]) -> list[Any]:
        """Each call's answer, or the error in its place: of the topics in a round trip, one may be out of order."""
        answers = await self._evaluate_loaded(script, calls)
        if any(isinstance(answer, NoScriptError) for answer in answers):  # a new or flushed server
            await self._redis.script_load(script.text)
            answers = await self._evaluate_loaded(script, calls)
        return answers

    async def _evaluate_loaded(self, script: Script, calls: Sequence[Call]) -> list[Any]:
        async with self._redis.pipeline(transaction=False) as pipe:
            for keys, arguments in calls:
                pipe.evalsha(script.sha, len(keys), *keys, *arguments)
            return list(await pipe.execute(raise_on_error=False))


def _call(topic: str, *arguments: str | int) -> Call:
    """A call of a script that begins with epoch.lua."""
    return _keys(topic), [secrets.token_urlsafe(9), int(conf.HISTORY_MAX_AGE), *arguments]


def _keys(topic: str) -> list[str]:
    """The topic's keys; the braces keep them on one node of a cluster."""
    return [f"realtime:{{{topic}}}:{part}" for part in ("position", "finals", "ids", "keys", "values")]


def _position(line: str) -> Position | None:
    epoch, _, offset = line.partition(" ")
    return Position(epoch, int(offset)) if line else None


def _fields(draft: Draft) -> list[str]:
    return [draft.event_id, draft.body, draft.key or "", draft.ends or ""]


def _without_errors(answers: list[Any]) -> list[Any]:
    for answer in answers:
        if isinstance(answer, Exception):
            raise answer
    return answers


def _is_foreign(answer: object) -> bool:
    """Errors whose code redis-py knows (READONLY, NOPERM, OOM, …) are of a class of their own, and have lost it."""
    return type(answer) is ResponseError and FOREIGN.match(str(answer)) is not None


def is_refusal(error: Exception) -> bool:
    """Whether what `append` raised is due to an event of the call, so that to repeat it would be of no use."""
    return not isinstance(error, AWAY) or isinstance(error, DataError) or _is_foreign(error)


class _Object(msgspec.Struct):
    """Any JSON object: fields that a Struct does not name are passed over, if they are JSON. These the envelope has."""

    topic: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    epoch: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    offset: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    event_id: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


_object = msgspec.json.Decoder(_Object)
NO_ENVELOPE = _Object()
# Numbers of more digits Python's json does not read, though they are JSON.
MANY_DIGITS = re.compile(rf"(?<!\d)\d{{{sys.int_info.default_max_str_digits}}}")  # looks at each run of digits once
# Nor what is nested deeper than its stack has room for, which may be less where a client reads it than here.
MANY_LEVELS, ROOM = 500, 100


def _decoded(topic: str, decode: Callable[[Any], Entry], found: Sequence[Any]) -> Iterator[Entry]:
    """The entries that are events; the others are another program's, and would spoil the frames that they are in."""
    strange = 0
    for each in found:
        try:
            entry = decode(each)
            strange_body = _object.decode(entry.body) != NO_ENVELOPE
            if MANY_DIGITS.search(entry.body) or entry.body.count("{") + entry.body.count("[") > MANY_LEVELS:
                json.loads("[" * ROOM + entry.body + "]" * ROOM)
        except (AttributeError, KeyError, ValueError, RecursionError):  # no such field, no text, no JSON, too deep
            entry, strange_body = None, True
        if (
            entry is not None
            and not strange_body
            and entry.body.startswith('{"')
            and EVENT_ID.fullmatch(entry.event_id)
        ):
            yield entry
        else:
            strange += 1
    if strange:
        logger.error("Topic %s: left %d entries of its history out, which are no events", topic, strange)


def _final(found: tuple[bytes, list[bytes]]) -> Entry:
    stream_id, pairs = found
    fields = dict(zip(pairs[::2], pairs[1::2], strict=True))
    ends = fields[b"ends"].decode() or None
    return Entry(int(stream_id.partition(b"-")[0]), fields[b"id"].decode(), fields[b"body"].decode(), ends=ends)


def _keyed(found: tuple[bytes, int, bytes]) -> Entry:
    key, offset, value = found
    event_id, _, body = value.decode().partition(" ")
    return Entry(offset, event_id, body, key=key.decode())
