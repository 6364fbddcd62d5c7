"""`publish()` and its twins: give an event to the layer without ever waiting for the network.

One background thread with one event loop a process appends to the histories and then fans out. It starts with the first
event, after a fork anew.
"""

import asyncio
import atexit
import logging
import math
import os
import secrets
import socket
import threading
import time
from collections import Counter, deque
from collections.abc import Iterable
from itertools import count
from multiprocessing.util import Finalize
from typing import Any

from channels.layers import get_channel_layer

from realtime import metrics
from realtime.backlog import Backlog, Numbered
from realtime.backoff import pauses
from realtime.counts import counts
from realtime.history import EVENT_ID, Draft, History, Position, connect, is_refusal
from realtime.protocol import Event, encode_event, envelop
from realtime.topics import NAME

logger = logging.getLogger(__name__)
BATCH = 200  # events in one round trip
LONG_REST = 1.0  # seconds
COUNT_INTERVAL = 1.0  # seconds in which what was published is counted once
AT_EXIT, MOST_AT_EXIT = 2.0, 10.0  # seconds that a process waits for the next of its last events to leave, and for all
MOST_TOLD = 10_000  # messages to groups that may wait; past it the oldest go


def publish(
    topic: str, event: Event, *, key: str | None = None, ends: str | None = None, event_id: str | None = None
) -> str:
    """Give an event to a topic's followers; returns its id at once.

    Without `key` it is a final: it is kept in the topic's history, and every follower gets it, once and in order. With
    `key` it is a state that replaces the one with the same key: of many in a short time, only the newest arrives. A
    final that `ends` a key removes what was published with it, and for as long as the history has the final, an event
    with that key does nothing: whoever was late to hear of the end adds nothing to it. An `event_id` that the topic's
    history has already is not appended again, so that an announcement may be repeated; of those who follow only plain
    consumers of the group notice. A state is known by its id also once others have replaced it: the last 7 of a key at
    least, and some 20 if their ids are as `publish` makes them.

    May be called anywhere: sync, async, in any thread; in a transaction, wrap it in `on_commit`. While Valkey is away
    events wait, `PUBLISH_QUEUE_SIZE` of them at most; `flush` tells whether they have left.
    """
    draft = _draft(topic, event, key, ends, event_id)
    _publisher.put(draft)
    return draft.event_id


def _draft(topic: str, event: Event, key: str | None, ends: str | None, event_id: str | None) -> Draft:
    if not NAME.fullmatch(topic):
        raise ValueError(f"topic: got {topic!r}, expected 1 to 99 of A-Z a-z 0-9 . _ -, and no realtime. at the start")
    if key is not None and ends is not None:
        raise ValueError("an event with a key is not a final, and ends nothing: give key or ends")
    if "" in (key, ends):
        raise ValueError("key and ends: got an empty string; leave them out instead")
    if not _is_text(key or ends or ""):
        raise ValueError(f"key and ends: got {key or ends!r}, expected text that UTF-8 can say")
    if event_id is None:
        event_id = _publisher.next_id()
    elif not EVENT_ID.fullmatch(event_id):
        raise ValueError(f"event_id: got {event_id!r}, expected 1 to 64 characters of A-Z a-z 0-9 . _ : -")
    return Draft(topic, event_id, encode_event(event), key, ends, time.time())


def _is_text(name: str) -> bool:
    """No lone surrogates, as names of files have them that are not UTF-8: Valkey takes no such name."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


async def apublish(
    topic: str, event: Event, *, key: str | None = None, ends: str | None = None, event_id: str | None = None
) -> str:
    """`publish` for those who await everything; it does not wait either."""
    return publish(topic, event, key=key, ends=ends, event_id=event_id)


class NotInHistory(TimeoutError):  # noqa: N818 (it says what is so)
    """The topic's history does not have the event yet. It goes on waiting for Valkey, unless the publisher's queue is
    full."""


def send_message_with_retry(
    topic: str, event: Event, *, ends: str | None = None, event_id: str | None = None, timeout: float | None = 10.0
) -> Position:
    """`publish` and `flush` in one, for a final: waits until the topic's history has it, and returns its position.

    It is tried again, with growing pauses, while Valkey is away. Raises `NotInHistory` after `timeout` seconds. It
    blocks: in async code call it in a thread.
    """
    position = _publisher.put_and_wait(_draft(topic, event, None, ends, event_id), timeout)
    if position is None:
        raise NotInHistory(f"event of topic {topic!r}: not in the history after {timeout} seconds")
    return position


def tell(group: str, messages: Iterable[dict[str, Any]]) -> None:
    """Send messages to a group of the channel layer, without ever waiting for the network. They are in no history:
    while Valkey is away they are lost, which is logged. May be called anywhere, as `publish`; `flush` waits for them.
    """
    _publisher.tell(group, messages)


def flush(timeout: float | None = None) -> bool:
    """Wait until the histories have all that this process published before; whether they do after `timeout` seconds.

    Finals that were lost meanwhile (the queue was full, or the history refused them) make it False too, once in each
    thread that calls. It blocks: in async code call it in a thread.
    """
    return _publisher.flush(timeout)


class _Loop(asyncio.SelectorEventLoop):
    """Resolves names itself: asyncio's threads for that take nothing more once the process ends, before atexit."""

    async def getaddrinfo(self, *arguments: Any, **options: Any) -> Any:
        """See `socket.getaddrinfo`. Nothing else runs in this loop, so it may stand still."""
        return socket.getaddrinfo(*arguments, **options)


class Publisher:
    """A backlog, and the thread that works it off."""

    def __init__(self) -> None:
        self._lock = threading.RLock()  # taken itself: by way of the condition it costs two calls more
        self._changed = threading.Condition(self._lock)
        self._backlog = Backlog()
        self._in_flight: list[Numbered] = []
        self._places: dict[int, Position | None] = {}  # of drafts that somebody waits for
        self._told: deque[tuple[str, dict[str, Any]]] = deque(maxlen=MOST_TOLD)
        self._telling = False
        self._idle = False
        self._heard = threading.local()  # `lost`: how many losses `flush` has told of in that thread
        self._thread: threading.Thread | None = None
        self._counted = Counter[str]()
        self._count_at: float | None = None  # while something may be uncounted
        self._closing = False
        self._prefix = secrets.token_hex(8)
        self._count = count()

    def next_id(self) -> str:
        """An event id that no other event has. (A random one would cost more than all the rest of a `publish`.)"""
        return f"{self._prefix}{next(self._count):x}"

    def put(self, draft: Draft) -> None:
        """Let a draft wait for its turn."""
        with self._lock:
            self._backlog.put(draft)
            if self._idle or self._thread is None:
                self._awake()

    def tell(self, group: str, messages: Iterable[dict[str, Any]]) -> None:
        """See the function `tell`."""
        with self._changed:
            self._told += [(group, message) for message in messages]
            self._telling = bool(self._told)
            self._awake()

    def _awake(self) -> None:
        if self._thread is None:
            self._start()
        elif self._idle:
            self._idle = False
            self._changed.notify_all()

    def put_and_wait(self, draft: Draft, timeout: float | None) -> Position | None:
        """Let a draft wait for its turn, and wait for its place in the history; None: it has none in time."""
        with self._changed:
            self.put(draft)
            number = self._backlog.last_number
            self._places[number] = None
            self._changed.wait_for(lambda: self._places[number] or self._settled(number), timeout)
            return self._places.pop(number)

    def flush(self, timeout: float | None) -> bool:
        """See the function `flush`."""
        with self._changed:
            last = self._backlog.last_number
            settled = self._changed.wait_for(lambda: self._settled(last) and not self._telling, timeout)
            heard, self._heard.lost = getattr(self._heard, "lost", 0), self._backlog.lost
        if self._count_at is not None:  # the process may be about to end
            self._tell_counts()
        return settled and self._heard.lost == heard

    def close(self, timeout: float) -> None:
        """Let what waits leave, as long as some of it does every `timeout` seconds, and end the thread. What is lost
        then is logged."""
        before, until = math.inf, time.monotonic() + MOST_AT_EXIT
        while not self.flush(timeout) and (waiting := self._waiting()):
            if waiting >= before or time.monotonic() >= until:
                logger.error("The process ends: %d events that it published never reached their histories", waiting)
                break
            before = waiting
        if self._thread and self._thread.is_alive():
            with self._changed:
                self._closing, self._idle = True, False
                self._changed.notify_all()
            self._thread.join(timeout)

    def _waiting(self) -> int:
        with self._lock:
            return len(self._backlog) + len(self._in_flight)

    def _settled(self, last: int) -> bool:
        oldest = self._backlog.oldest()
        return (oldest is None or oldest > last) and all(number > last for number, _ in self._in_flight)

    def _start(self) -> None:
        if self is _publisher:
            Finalize(None, _close, exitpriority=0)  # children of multiprocessing end without what atexit has
        self._thread = threading.Thread(target=self._run, name="realtime-publisher", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=_Loop) as runner:
            runner.run(self._work())

    async def _work(self) -> None:
        history = History(connect())
        try:
            await self._send_all(history)
        finally:
            await history.close()

    async def _send_all(self, history: History) -> None:
        pause = pauses()
        while not self._closing:
            await self._send_told()
            batch, wait = self._take()
            if not batch:
                await self._rest(wait)
            elif await self._send(history, batch):
                pause = pauses()
            else:
                await asyncio.sleep(next(pause))
            if self._count_at is not None and time.monotonic() >= self._count_at:
                self._tell_counts()

    def _take(self) -> tuple[list[Numbered], float | None]:
        with self._changed:
            now = time.monotonic()
            self._in_flight = self._backlog.take(now, BATCH)
            self._idle = not (self._in_flight or self._told)
            if self._in_flight and self._count_at is None:
                self._count_at = now + COUNT_INTERVAL
            return self._in_flight, self._due_in(now)

    def _due_in(self, now: float) -> float | None:
        due = self._backlog.due_in(now)
        if self._count_at is None:
            return due
        count_in = max(0.0, self._count_at - now)
        return count_in if due is None else min(due, count_in)

    def _tell_counts(self) -> None:
        with self._lock:
            backlog, self._count_at = self._backlog, None
            found = Counter(published=backlog.last_number, final=backlog.lost, keyed=backlog.dropped)
            more, self._counted = found - self._counted, found
            counts.events_published += more.pop("published", 0)
            counts.events_lost.update(more)
            counts.events_waiting = len(backlog) + len(self._in_flight)
        metrics.flush()

    async def _send_told(self) -> None:
        if self._telling:  # seldom, and this is looked at for every batch
            with self._changed:
                told = list(self._told)
                self._told.clear()
            await _send_to_groups(told, "Valkey is away, what the hubs were asked is lost")
            with self._changed:
                self._telling = bool(self._told)
                self._changed.notify_all()

    async def _rest(self, wait: float | None) -> None:
        """Wait for a draft, `wait` seconds at most. Nothing else runs in this loop, so it may stand still: to wake it
        from another thread would take system calls, at each of which this thread would run first."""
        start = time.monotonic()
        with self._changed:
            if self._idle:
                self._changed.wait(wait)
        if time.monotonic() > start + LONG_REST:
            for _ in range(2):
                await asyncio.sleep(0)  # connections notice that they were closed meanwhile

    async def _send(self, history: History, batch: list[Numbered]) -> bool:
        """Whether Valkey is there."""
        drafts = [draft for _, draft in batch]
        try:
            positions = await history.append(drafts)
        except Exception as error:  # noqa: BLE001 (whatever it is, no event but its cause is to be lost)
            return await self._send_apart(history, batch, error)
        with self._changed:
            self._in_flight = self._in_flight[len(batch) :]
            if self._places:  # seldom, and this is done for every batch
                placed = zip((number for number, _ in batch), positions, strict=True)
                self._places |= {number: position for number, position in placed if number in self._places}
            self._changed.notify_all()
        # The histories have the events, so the hubs fetch what does not arrive.
        kept = ((draft, at) for draft, at in zip(drafts, positions, strict=True) if at.offset)
        messages = ((draft.topic, group_message(draft, at)) for draft, at in kept)
        await _send_to_groups(messages, "Fan-out failed, the hubs will read the history")
        return True

    async def _send_apart(self, history: History, batch: list[Numbered], error: Exception) -> bool:
        """After an error: each event of the batch for itself, so that none but the one that is refused is lost."""
        if not is_refusal(error):
            self._give_back(error)
            return False
        if len(batch) == 1:
            self._lose(batch[0][1], error)
            return True
        for item in batch:
            if not await self._send(history, [item]):
                return False
        return True

    def _lose(self, draft: Draft, error: Exception) -> None:
        with self._changed:
            self._in_flight = self._in_flight[1:]
            self._backlog.lose(draft, f"The history refuses it ({error!r})")
            self._changed.notify_all()

    def _give_back(self, error: Exception) -> None:
        counts.valkey_errors["append"] += 1
        with self._changed:
            self._backlog.give_back(self._in_flight)
            self._in_flight = []
            waiting = len(self._backlog)
        logger.warning("Valkey is away, %d events wait: %s", waiting, error)


async def _send_to_groups(messages: Iterable[tuple[str, dict[str, Any]]], failure: str) -> None:
    try:
        layer = get_channel_layer()
        for group, message in messages:
            await layer.group_send(group, message)
    except Exception as error:  # noqa: BLE001 (and the events after these must go out)
        counts.valkey_errors["fan_out"] += 1
        logger.warning("%s: %s", failure, error)


def group_message(draft: Draft, position: Position) -> dict[str, Any]:
    """What a topic's group gets of an event: public, any consumer may join the group. `text` is what clients see."""
    text = envelop(draft.topic, position.epoch, position.offset, draft.event_id, draft.body)
    return {
        "type": "realtime.event",
        "topic": draft.topic,
        "epoch": position.epoch,
        "offset": position.offset,
        "text": text,
        "key": draft.key,
        "ends": draft.ends,
        "published_at": int(draft.published_at * 1000),
    }


_publisher = Publisher()


def _close() -> None:
    _publisher.close(AT_EXIT)


def _start_over() -> None:
    """In a forked child: what waited is the parent's to send, and its thread is not here."""
    global _publisher  # noqa: PLW0603 (one a process is the point)
    _publisher = Publisher()


os.register_at_fork(after_in_child=_start_over)
atexit.register(_close)
