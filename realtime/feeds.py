"""`Feeds`: the topics that this process follows, kept true to the histories.

A message that the layer lost shows as a jump in the offsets, or in a comparison with the histories' tops every second;
what was missed is read from the history. A newcomer is brought up from there too, until it lacks nothing.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from typing import Any, NamedTuple, TypeVar

import msgspec

from realtime.auth import Scope
from realtime.backoff import pauses, persistently
from realtime.batches import Batches
from realtime.conf import conf
from realtime.connection import Connection
from realtime.counts import counts
from realtime.errors import TooManyTopics, TopicNotFound
from realtime.feed import Feed
from realtime.groups import Groups
from realtime.history import History, Page, Position
from realtime.layer import HUBS, Control, LayerEvent
from realtime.protocol import SubscribeTopic, encoder
from realtime.together import Together
from realtime.topics import Topic, Watched, find
from realtime.turnstile import Place, Turnstile

logger = logging.getLogger(__name__)
T = TypeVar("T")
COMPARE_INTERVAL = 1.0
COMPARED_AT_ONCE = 500
JOIN_PATIENCE = 3.0  # seconds; who comes while the layer is deaf begins then, and hears from the comparison
ROOM_PAUSE = 0.05  # seconds until a connection for which much waits is looked at again
Arrival = tuple[Connection, str]


class Missed(NamedTuple):
    """What a newcomer lacks: it goes on with a page, or starts from a snapshot, or from a page if there is none."""

    goes_on: bool
    page: Page
    snapshot: msgspec.Raw | None = None


class Numbers(NamedTuple):
    """How much there is just now."""

    topics: int
    behind: int
    arriving: int
    groups_waiting: int


class Feeds:
    """Subscribes connections to topics. No method waits for Valkey; while it is away, who arrives waits."""

    def __init__(self, history: History, control: Callable[[Control], None]) -> None:
        self.batches = Batches()
        self._history = history
        self._control = control
        self._groups = Groups(self._receive)
        self._groups.join(HUBS)
        self._feeds: dict[str, Feed] = {}
        self._arrivals: dict[Arrival, Place | asyncio.Task[None]] = {}
        self._repairs: dict[Feed, asyncio.Task[None]] = {}
        self._replaying: dict[Connection, asyncio.Lock] = {}
        self._together = Together()
        self._turnstile = Turnstile()

    @property
    def numbers(self) -> Numbers:
        """How much there is just now."""
        return Numbers(len(self._feeds), len(self._repairs), len(self._arrivals), self._groups.waiting)

    async def run(self) -> None:
        """Listen and compare, until cancelled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._groups.run())
                tasks.create_task(self._compare())
        finally:
            for task in (*self._arrivals.values(), *self._repairs.values()):
                task.cancel()
            self._together.cancel()

    # --- Who comes and goes

    def subscribe(self, connection: Connection, scope: Scope, asked: SubscribeTopic, reply_to: str | None) -> None:
        """Answer with `subscribed` and follow, or with an error. A repeated subscribe starts again: one that was not
        answered yet never is. Who leaves before its turn has cost next to nothing."""
        name = asked.topic
        if name not in connection.topics and len(connection.topics) >= conf.MAX_TOPICS_PER_CONNECTION:
            connection.refuse(TooManyTopics(topic=name, limit=conf.MAX_TOPICS_PER_CONNECTION, in_reply_to=reply_to))
            return
        self.unsubscribe(connection, name)
        connection.topics.add(name)
        # Its turn comes in the context of whoever is first, and an app's `authorize` may look at its own.
        begin = partial(copy_context().run, self._begin_arrival, connection, scope, asked, reply_to)
        self._arrivals[connection, name] = self._turnstile.call(begin)

    def unsubscribe(self, connection: Connection, name: str) -> None:
        """Send the connection no more of the topic."""
        connection.topics.discard(name)
        if arrival := self._arrivals.pop((connection, name), None):
            arrival.cancel()
        if feed := self._feeds.get(name):
            feed.leave(connection)
            self._close_if_deserted(feed)

    def leave(self, connection: Connection) -> None:
        """The connection is gone."""
        self.batches.forget(connection)
        self._replaying.pop(connection, None)
        for name in list(connection.topics):
            self.unsubscribe(connection, name)

    def _begin_arrival(self, connection: Connection, scope: Scope, asked: SubscribeTopic, reply_to: str | None) -> None:
        arrival = connection, asked.topic
        task = self._arrivals[arrival] = self._spawn(self._arrive(connection, scope, asked, reply_to))
        task.add_done_callback(partial(self._arrived, arrival))

    def _arrived(self, arrival: Arrival, task: asyncio.Task[None]) -> None:
        if self._arrivals.get(arrival) is task:
            del self._arrivals[arrival]

    async def _arrive(self, connection: Connection, scope: Scope, asked: SubscribeTopic, reply_to: str | None) -> None:
        topic = await allowed(scope, asked.topic)
        if topic is None:
            connection.topics.discard(asked.topic)
            connection.refuse(TopicNotFound(topic=asked.topic, in_reply_to=reply_to))
            return
        feed = self._open(topic)
        feed.arriving.add(connection)
        try:
            await _joined(feed)
            await self._turnstile.enter()  # many groups are joined at once
            await self._bring_up(feed, connection, _position(asked), reply_to)
        finally:
            feed.arriving.discard(connection)
            self._close_if_deserted(feed)

    async def _bring_up(self, feed: Feed, connection: Connection, since: Position | None, reply_to: str | None) -> None:
        """Give a newcomer what it lacks, until it follows; events of the meantime are read, not kept waiting."""
        missed = await self._missed_with_room(feed, connection, since)
        if since is not None and missed.goes_on:
            feed.resume(connection, since, missed.page, reply_to)
        else:
            feed.begin(connection, missed.page, missed.snapshot, reply_to)
        while not feed.follow(connection, missed.page.position):
            await self._repaired(feed)
            missed = await self._missed_with_room(feed, connection, missed.page.position)
            if missed.goes_on:
                feed.replay(connection, missed.page)
            else:
                feed.begin(connection, missed.page, missed.snapshot, reply_to)

    async def _missed_with_room(self, feed: Feed, connection: Connection, since: Position | None) -> Missed:
        """What it lacks, read when there is room for it: several large replays go out one after the other."""
        missed: Missed | None = await self._missed(feed, since)
        if connection.crowded:
            async with self._replaying.setdefault(connection, asyncio.Lock()):
                while missed is None or connection.crowded:
                    missed = None  # which may be large, and old by then
                    await asyncio.sleep(ROOM_PAUSE)
                    if not connection.crowded:
                        missed = await self._missed(feed, since)
        assert missed is not None  # noqa: S101 (for the type checker)
        return missed

    async def _missed(self, feed: Feed, since: Position | None) -> Missed:
        page = await self._read_together(feed, since)
        if since is not None and page.recovered:
            return Missed(True, page)
        return Missed(
            False, *await self._together.ask((feed, "fresh", page.position.epoch), lambda: self._fresh(feed, page))
        )

    # --- Feeds

    def position(self, name: str) -> Position | None:
        """How far the followers of a topic are; None: nobody here follows it yet."""
        feed = self._feeds.get(name)
        return feed.position if feed else None

    def watched(self) -> list[Watched]:
        """The topics of that kind that somebody follows."""
        return [feed.topic for feed in self._feeds.values() if isinstance(feed.topic, Watched)]

    def _open(self, topic: Topic) -> Feed:
        if topic.name not in self._feeds:
            self._feeds[topic.name] = Feed(topic, self._groups.join(topic.name), self.batches.gather)
        return self._feeds[topic.name]

    def _close_if_deserted(self, feed: Feed) -> None:
        if feed.deserted and self._feeds.get(feed.topic.name) is feed:
            del self._feeds[feed.topic.name]
            self._groups.leave(feed.topic.name)
            if repair := self._repairs.get(feed):
                repair.cancel()

    def _receive(self, message: LayerEvent | Control) -> None:
        if isinstance(message, Control):
            self._control(message)
        elif feed := self._feeds.get(message.topic):
            feed.live(message.epoch, message.offset, message.text, message.key, message.ends, message.published_at)
            self._repair_if_behind(feed)

    async def _compare(self) -> None:
        while True:
            await asyncio.sleep(COMPARE_INTERVAL)
            names = [name for name, feed in self._feeds.items() if feed.position]
            for start in range(0, len(names), COMPARED_AT_ONCE):
                await self._compare_some(names[start : start + COMPARED_AT_ONCE])

    async def _compare_some(self, names: list[str]) -> None:
        asked_at = time.monotonic()
        tops = await persistently(lambda: self._history.positions(names))
        counts.history_answer = time.monotonic() - asked_at
        for name, top in zip(names, tops, strict=True):
            if feed := self._feeds.get(name):
                feed.compare(top)
                self._repair_if_behind(feed)

    # --- Repairs

    def _repair_if_behind(self, feed: Feed) -> None:
        if feed.behind and feed not in self._repairs:
            repair = self._repairs[feed] = self._spawn(self._repair(feed))
            repair.add_done_callback(lambda _: self._repairs.pop(feed, None))

    async def _repaired(self, feed: Feed) -> None:
        self._repair_if_behind(feed)
        if repair := self._repairs.get(feed):
            await asyncio.wait([repair])

    async def _repair(self, feed: Feed) -> None:
        feed.repairing = True
        counts.gaps += 1
        try:
            while feed.behind:
                feed.behind = False
                page = await self._read(feed, feed.position)
                if page.recovered:
                    counts.events_repaired += len(page.entries)
                    feed.catch_up(page)
                else:
                    feed.start_over(*await self._fresh(feed, page))
        finally:
            feed.repairing = False

    async def _read_together(self, feed: Feed, since: Position | None) -> Page:
        """For newcomers: what an earlier read finds is good enough, since they read again until they lack nothing."""
        return await self._together.ask((feed, "read", since), lambda: self._read(feed, since))

    async def _read(self, feed: Feed, since: Position | None) -> Page:
        return await persistently(lambda: self._history.read(feed.topic.name, since))

    async def _fresh(self, feed: Feed, page: Page) -> tuple[Page, msgspec.Raw | None]:
        """What a follower without a position starts from. The page's position is older than the snapshot."""
        snapshot = await _snapshot(feed.topic)
        if snapshot is None:
            page = await persistently(lambda: self._history.read_all(feed.topic.name))
        return page, snapshot

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        task.add_done_callback(_log_failure)
        return task


async def _joined(feed: Feed) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(JOIN_PATIENCE):
            await feed.joined.wait()


def _log_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()):
        logger.error("A subscription failed", exc_info=error)


def _position(asked: SubscribeTopic) -> Position | None:
    if asked.epoch is None or asked.offset is None:
        return None
    return Position(asked.epoch, asked.offset)


async def allowed(scope: Scope, name: str) -> Topic | None:
    """The topic of this name, if there is one that the connection of this scope may follow."""
    topic = find(name)
    if topic is None:
        return None
    asked = topic
    return topic if await _answer(lambda: asked.authorize(scope), topic) else None


async def _snapshot(topic: Topic) -> msgspec.Raw | None:
    async def taken() -> msgspec.Raw | None:
        found = await topic.snapshot()
        return None if found is None else msgspec.Raw(encoder.encode(found))

    return await _answer(taken, topic)


async def _answer(ask: Callable[[], Awaitable[T]], topic: Topic) -> T:
    """What an app says of its topic; asked again while that fails, since the database may be back soon."""
    for pause in pauses():
        try:
            return await ask()
        except Exception:  # it is another app's, and may raise anything
            logger.exception("Topic %s does not answer, asking again in %.2f s", topic.name, pause)
            await asyncio.sleep(pause)
    raise AssertionError("pauses() never ends")
