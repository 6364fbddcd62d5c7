"""Writes a process's connections to the database: many in one go, never one a connection or heartbeat."""

import asyncio
import logging
import os
import secrets
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from channels.db import database_sync_to_async
from django.utils import timezone

from realtime import clock
from realtime.conf import conf
from realtime.connection import Connection
from realtime.history import Position

logger = logging.getLogger(__name__)
ROWS_AT_ONCE = 500  # in a transaction, so that no other writer of SQLite waits long
PAUSE = 0.05  # seconds between two; SQLite's writers do not queue, they look every 0.1 s whether it is their turn
MOST_CLOSED = 10_000  # kept while the database cannot be written
MOMENTS = ("opened_at", "last_seen_at", "reported_at", "closed_at")
NEAR = timedelta(seconds=1)  # as which clocks are taken to agree

Row = dict[str, Any]
PositionOf = Callable[[str], Position | None]
"""How far the process is with a topic; None: it does not follow it yet."""


@dataclass(slots=True)
class Story:
    """A connection's times of day, beside the connection, which knows durations only."""

    connection: Connection
    opened_at: datetime
    closed_at: datetime | None = None
    close_code: int | None = None
    waiting: int = 0  # when it was closed, as is the next
    topics: list[Row] | None = None


class Records:
    """What has to be written, and when: what was opened or closed at the next `write`, all once an interval."""

    def __init__(self, position: PositionOf = lambda topic: None) -> None:
        self._position = position
        self.process = f"{socket.gethostname()[:64]}:{os.getpid()}:{secrets.token_hex(4)}"
        self._open: dict[str, Story] = {}
        self._fresh: dict[str, Story] = {}
        self._awaited: set[str] = set()
        self._written_at = 0.0
        self._failure = ""
        self._writing = asyncio.Lock()

    def opened(self, connection: Connection) -> None:
        """A connection was opened."""
        self._open[connection.id] = self._fresh[connection.id] = Story(connection, timezone.now())

    def closed(self, connection: Connection, code: int | None) -> None:
        """A connection was closed, and still has what it was owed and the topics that it followed."""
        self._awaited.discard(connection.id)
        story = self._open.pop(connection.id)
        story.closed_at, story.close_code = timezone.now(), code
        story.waiting, story.topics = connection.waiting, self._topics(connection)
        self._fresh[connection.id] = story

    def write_soon(self, connection: Connection) -> None:
        """Write a connection before its interval is over: somebody looks at it."""
        self._fresh[connection.id] = self._open[connection.id]

    def write_when_answered(self, connection: Connection) -> None:
        """Write a connection before its interval is over: once its client has answered what it was asked."""
        self._awaited.add(connection.id)

    def _take_answered(self) -> None:
        answered = {name for name in self._awaited if not self._open[name].connection.in_doubt}
        self._fresh.update((name, self._open[name]) for name in answered)
        self._awaited -= answered

    async def write(self, now: float) -> None:
        """Write what is due at `now`, in slices, between which the loop and the database's other writers have their
        turn. A database that cannot be written costs nothing but the records' freshness."""
        async with self._writing:  # two at once could leave open what is closed
            self._take_answered()
            stories, full = self._fresh, now >= self._written_at + conf.HEALTH_CHECK_INTERVAL
            if full:
                stories = self._open | self._fresh
            self._fresh = {}
            if stories and await self._write_all(list(stories.values()), now) and full:
                self._written_at = now

    async def _write_all(self, stories: list[Story], now: float) -> bool:
        """Whether all could be written; what could not is kept for the next time."""
        moment, written = timezone.now(), 0
        try:
            while written < len(stories):
                rows = [self._row(story, now, moment) for story in stories[written : written + ROWS_AT_ONCE]]
                # Not in the thread that Django's views share: they would wait for it.
                await database_sync_to_async(_upsert, thread_sensitive=False)(rows)
                written += len(rows)
                if written < len(stories):
                    await asyncio.sleep(PAUSE)
        except Exception as error:  # noqa: BLE001 (connections go on whatever the database says)
            unwritten = {story.connection.id: story for story in stories[written:]} | self._fresh
            self._fresh = dict(list(unwritten.items())[-MOST_CLOSED:])
            self._tell(str(error))
        else:
            self._tell("")
        return written == len(stories)

    def _tell(self, failure: str) -> None:
        """One line tells of a failure as long as it lasts: it is tried again each second."""
        if failure and not self._failure:
            logger.warning("Connection records cannot be written: %s", failure)
        elif self._failure and not failure:
            logger.warning("Connection records are written again")
        self._failure = failure

    def _row(self, story: Story, now: float, moment: datetime) -> Row:
        """A record's fields, `moment` being the time of day at `now`. The model is made of them in the thread: it takes
        the loop five times as long."""
        connection = story.connection
        return {
            "connection_id": connection.id,
            "owner": connection.owner[:64],
            "address": connection.address[:64],
            "user_agent": connection.user_agent[:200],
            "process": self.process,
            "transport": connection.transport,
            "opened_at": story.opened_at,
            "last_seen_at": moment - timedelta(seconds=now - connection.last_heard),
            "reported_at": moment,
            "latency_ms": connection.quality.latency_ms,
            "quality": connection.quality.grade or "",
            "closed_at": story.closed_at,
            "close_code": story.close_code,
            "close_reason": connection.close_reason[:128],
            "recovery_attempts": connection.recovery_attempts,
            "recovery_successes": connection.recovery_successes,
            "recovery_failures": connection.recovery_failures,
            "frames_sent": connection.frames_sent,
            "frames_acknowledged": connection.frames_sent - connection.unacknowledged,
            "waiting": connection.waiting if story.closed_at is None else story.waiting,
            "details": self._details(story, now, moment),
        }

    def _details(self, story: Story, now: float, moment: datetime) -> Row:
        today = moment.timestamp() - now
        life, topics = story.connection.life, story.topics
        return {
            "topics": self._topics(story.connection) if topics is None else topics,
            "round_trips": [(round((today + at) * 1000), round(ms, 1)) for at, ms in life.round_trips],
            "life": [(round((today + at) * 1000), what, more) for at, what, more in life.moments],
        }

    def _topics(self, connection: Connection) -> list[Row]:
        """The topics, and the position up to which the connection was handed all."""
        found = [(name, self._position(name)) for name in sorted(connection.topics)]
        return [
            {"topic": name, "epoch": at.epoch, "offset": at.offset} if at else {"topic": name} for name, at in found
        ]


def _upsert(rows: Iterable[Row]) -> None:
    from realtime.models import ConnectionRecord, ConnectionState  # when apps are ready

    state = {True: ConnectionState.OPEN, False: ConnectionState.CLOSED}
    shift = clock.ahead()
    if abs(shift) >= NEAR:
        rows = [shifted(row, shift) for row in rows]
    records = [ConnectionRecord(**row, state=state[row["closed_at"] is None]) for row in rows]
    changing = ["state", "last_seen_at", "reported_at", "latency_ms", "quality", "closed_at", "close_code"]
    changing += ["recovery_attempts", "recovery_successes", "recovery_failures"]
    changing += ["frames_sent", "frames_acknowledged", "waiting", "close_reason", "details"]
    ConnectionRecord.objects.bulk_create(
        records, update_conflicts=True, unique_fields=["connection_id"], update_fields=changing
    )


def shifted(row: Row, by: timedelta) -> Row:
    """A record's fields as the shared clock has them (clock.py)."""
    moments = {name: row[name] + by for name in MOMENTS if row[name] is not None}
    details, ms = dict(row["details"]), round(by.total_seconds() * 1000)
    for name in ("life", "round_trips"):
        details[name] = [(at + ms, *rest) for at, *rest in details[name]]
    return {**row, **moments, "details": details}
