"""Writes a process's connections to the database: many in one go, never one a connection or heartbeat."""

import asyncio
import logging
import os
import secrets
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from channels.db import database_sync_to_async
from django.utils import timezone

from realtime.conf import conf
from realtime.connection import Connection

logger = logging.getLogger(__name__)
ROWS_AT_ONCE = 500  # in a transaction, so that no other writer of SQLite waits long
PAUSE = 0.05  # seconds between two; SQLite's writers do not queue, they look every 0.1 s whether it is their turn
MOST_CLOSED = 10_000  # kept while the database cannot be written

Row = dict[str, Any]


@dataclass(slots=True)
class Story:
    """A connection's times of day, beside the connection, which knows durations only."""

    connection: Connection
    opened_at: datetime
    closed_at: datetime | None = None
    close_code: int | None = None


class Records:
    """What has to be written, and when: what was opened or closed at the next `write`, all once an interval."""

    def __init__(self) -> None:
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
        """A connection was closed."""
        self._awaited.discard(connection.id)
        story = self._open.pop(connection.id)
        story.closed_at, story.close_code = timezone.now(), code
        self._fresh[connection.id] = story

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
            "recovery_attempts": connection.recovery_attempts,
            "recovery_successes": connection.recovery_successes,
            "recovery_failures": connection.recovery_failures,
        }


def _upsert(rows: Iterable[Row]) -> None:
    from realtime.models import ConnectionRecord, ConnectionState  # when apps are ready

    state = {True: ConnectionState.OPEN, False: ConnectionState.CLOSED}
    records = [ConnectionRecord(**row, state=state[row["closed_at"] is None]) for row in rows]
    changing = ["state", "last_seen_at", "reported_at", "latency_ms", "quality", "closed_at", "close_code"]
    changing += ["recovery_attempts", "recovery_successes", "recovery_failures"]
    ConnectionRecord.objects.bulk_create(
        records, update_conflicts=True, unique_fields=["connection_id"], update_fields=changing
    )
