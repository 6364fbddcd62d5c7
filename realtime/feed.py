"""`Feed`: one topic in one process, with its position and its followers. Pure logic, no I/O."""

import asyncio
from collections.abc import Callable, Iterator

import msgspec
from msgspec import UNSET

from realtime.batch import Batch, Joined, Live, finals_of
from realtime.connection import Connection
from realtime.counts import counts
from realtime.history import Entry, Page, Position
from realtime.protocol import Subscribed, as_reply, encoder, envelop
from realtime.topics import Topic


class Feed:
    """Fans a topic's events out, in order of offset and each once. `position` is that of the last event it has taken.

    Events gather in a batch; with the first one `gather` is called, and `flush` hands them to the followers. Whoever
    notices that the feed does not hold what the history holds sets `behind`.
    """

    def __init__(self, topic: Topic, joined: asyncio.Event, gather: Callable[["Feed"], None]) -> None:
        self.topic = topic
        self.joined = joined
        self.busy_until = 0.0
        self.position: Position | None = None
        self.behind = False
        self.repairing = False
        self.arriving: set[Connection] = set()
        self._followers: dict[Connection, int] = {}  # with the offset that each had on arrival
        self._gather = gather
        self._batch = Batch(topic.name, "")

    @property
    def deserted(self) -> bool:
        """Whether nobody follows or arrives."""
        return not self._followers and not self.arriving

    def live(
        self, epoch: str, offset: int, text: str, key: str | None, ends: str | None, published_at: int = 0
    ) -> None:
        """Take an event from the layer: fan it out if it is the next one, and drop it if it is an old one."""
        if self.position is None:
            return
        if epoch != self.position.epoch or offset > self.position.offset + 1 or self.repairing:
            self.behind = True
        elif offset == self.position.offset + 1:
            self._fan_out(offset, text, key, ends, published_at)

    def compare(self, top: Position | None) -> None:
        """Compare with the history's top, as it was a moment ago; None: it is not of the epoch that it was."""
        if self.position is None or top == self.position:
            return
        if top is None or top.epoch != self.position.epoch or top.offset > self.position.offset:
            self.behind = True

    def catch_up(self, page: Page) -> None:
        """Fan out what a read from this feed's position found."""
        for entry in page.entries:
            if self.position is None or entry.offset > self.position.offset:
                self._fan_out(entry.offset, self.text(page.position, entry), entry.key, entry.ends)
        self.position = page.position

    def start_over(self, page: Page, snapshot: msgspec.Raw | None) -> None:
        """After a new epoch, or a gap that the history cannot fill: every follower starts anew."""
        for _ in self.flush():
            pass  # what was taken before goes before
        self.position = page.position
        start = self._start(page, snapshot)
        counts.snapshots += len(self._followers)
        for connection in self._followers:
            self._followers[connection] = page.position.offset
            connection.send_replay(start, page.position)

    def begin(
        self, connection: Connection, page: Page, snapshot: msgspec.Raw | None, in_reply_to: str | None = None
    ) -> None:
        """Let a connection start from a snapshot; from all that the history holds if there is none."""
        counts.snapshots += 1
        connection.send_replay(self._start(page, snapshot, in_reply_to), page.position)

    def _start(self, page: Page, snapshot: msgspec.Raw | None, in_reply_to: str | None = None) -> Joined:
        whole = snapshot is None
        message = Subscribed(
            topic=self.topic.name,
            epoch=page.position.epoch,
            offset=0 if whole else page.position.offset,
            recovered=False,
            snapshot=UNSET if snapshot is None else snapshot,
            in_reply_to=as_reply(in_reply_to),
        )
        return self._joined(message, page if whole else None)

    def resume(self, connection: Connection, since: Position, page: Page, in_reply_to: str | None = None) -> None:
        """Let a connection go on from the position that it has."""
        counts.replays += 1
        message = Subscribed(
            topic=self.topic.name,
            epoch=since.epoch,
            offset=since.offset,
            recovered=True,
            in_reply_to=as_reply(in_reply_to),
        )
        connection.send_replay(self._joined(message, page), page.position)

    def replay(self, connection: Connection, page: Page) -> None:
        """Give one connection the events of a page."""
        connection.send_replay(self._joined(None, page), page.position)

    def _joined(self, message: Subscribed | None, page: Page | None) -> Joined:
        texts = [] if message is None else [encoder.encode(message).decode()]
        if page is None:
            return Joined(texts)
        texts += [self.text(page.position, entry) for entry in page.entries]
        offsets = [entry.offset for entry in page.entries if entry.key is None]
        return Joined(texts, finals_of(self.topic.name, page.position.epoch, offsets), len(page.entries))

    def tell_age(self, unix_ms: int) -> None:
        """Count how old what is about to be handed to the followers is."""
        if self._batch.published_at and self._followers:  # clocks of two machines may differ
            age_ms = max(0, unix_ms - self._batch.published_at)
            counts.delivery_age.add(age_ms / 1000, len(self._followers))

    def follow(self, connection: Connection, position: Position) -> bool:
        """Let a connection that has everything up to `position` follow; False: it, or this feed, lacks something."""
        if self.position is None:
            self.position = position
        if position.epoch != self.position.epoch:
            self.behind = True
            return False
        if position.offset < self.position.offset:
            return False
        self._followers[connection] = position.offset
        return True

    def leave(self, connection: Connection) -> None:
        """A connection follows no more."""
        self._followers.pop(connection, None)

    def text(self, position: Position, entry: Entry) -> str:
        """An entry's finished text."""
        return envelop(self.topic.name, position.epoch, entry.offset, entry.event_id, entry.body)

    def flush(self) -> Iterator[Connection]:
        """Hand the batch to the followers; gives those who have something to send now."""
        batch, self._batch = self._batch, Batch(self.topic.name, "")
        for connection, since in self._followers.items():
            if since < batch.first:
                connection.send_batch(batch)
                yield connection
            elif since < batch.last:
                connection.send_batch(batch.after(since))
                yield connection

    def _fan_out(self, offset: int, text: str, key: str | None, ends: str | None, published_at: int = 0) -> None:
        assert self.position is not None  # noqa: S101 (for the type checker)
        self.position = Position(self.position.epoch, offset)
        if self._followers:
            if not self._batch:
                self._batch = Batch(self.topic.name, self.position.epoch, published_at)
                self._gather(self)
            self._batch.add(Live(offset, text, key, ends))
