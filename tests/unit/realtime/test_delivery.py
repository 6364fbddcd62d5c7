"""Whatever the network, the layer and the server do: every final is seen once, in order, and the last of each key."""

import asyncio
import json
from collections import deque
from typing import Any

import msgspec
from django.test import override_settings
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from realtime.client_subscriptions import Subscription, Subscriptions
from realtime.connection import Connection
from realtime.feed import Feed
from realtime.history import Entry, Page, Position
from realtime.protocol import envelop
from realtime.topics import Topic

WINDOW = 1
LIMITS = override_settings(REALTIME_MAX_QUEUE_SIZE=5, REALTIME_SEND_WINDOW=WINDOW)
KEY = st.sampled_from([None, "a", "b"])
NEWS = st.tuples(KEY, KEY, st.sampled_from(["arrives"] * 5 + ["is lost", "is repeated", "is late"]))


class Anything(Topic):
    """A topic of any name."""

    pattern = "anything"


class Log:
    """A history and the database behind it, in their simplest form. `wipe` forgets the history, not the database."""

    def __init__(self) -> None:
        self.lives = self.published = 0
        self.finals: list[str] = []
        self.values: dict[str, int] = {}
        self.wipe()

    def wipe(self) -> None:
        self.lives += 1
        self.top = self.floor = 0
        self.entries: list[Entry] = []

    @property
    def position(self) -> Position:
        return Position(f"life{self.lives}", self.top)

    def append(self, key: str | None, ends: str | None) -> Entry:
        self.published += 1
        self.top += 1
        event_id = f"e{self.published}"
        if key is None:
            self.finals.append(event_id)
            self.values.pop(ends or "", None)
        else:
            self.values[key] = self.published
        body = json.dumps({"type": "told", "key": key, "ends": ends, "value": self.published})
        self.entries = [entry for entry in self.entries if entry.key is None or entry.key not in (key, ends)]
        self.entries.append(Entry(self.top, event_id, body, key, ends))
        return self.entries[-1]

    def trim(self) -> None:
        dropped = self.entries[: len(self.entries) // 2]
        self.floor = max([self.floor, *(entry.offset for entry in dropped)])
        self.entries = self.entries[len(dropped) :]

    def read(self, since: Position | None) -> Page:
        if since and since.epoch == self.position.epoch and self.floor <= since.offset <= self.top:
            return Page(self.position, True, [entry for entry in self.entries if entry.offset > since.offset])
        return Page(self.position, False, list(self.entries))

    def snapshot(self) -> msgspec.Raw:
        return msgspec.Raw(json.dumps({"finals": self.finals, "values": self.values}).encode())


class Screen:
    """What somebody at the client has seen."""

    def __init__(self) -> None:
        self.finals: list[str] = []
        self.values: dict[str, int] = {}

    def show(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "subscribed" if "snapshot" in message:
                assert not message["recovered"]
                self.finals = list(message["snapshot"]["finals"])
                self.values = dict(message["snapshot"]["values"])
            case "told" if message["key"] is None:
                self.finals.append(message["event_id"])
                self.values.pop(message["ends"], None)
            case "told":
                self.values[message["key"]] = message["value"]


class Delivery(RuleBasedStateMachine):
    """One topic, one client, and a layer and a network that lose, repeat, delay and cut as they like."""

    def __init__(self) -> None:
        super().__init__()
        self.log, self.screen = Log(), Screen()
        self.layer: deque[dict[str, Any]] = deque()
        self.feed = Feed(Anything("anything", {}), asyncio.Event(), lambda feed: None)
        self.subscriptions = Subscriptions()
        self.subscriptions.add(Subscription("anything", self.screen.show))
        self.connect()
        self.bring_up()
        self.bring_up()
        self.transmit()
        self.deliver_all()
        self.acknowledge()

    # --- The server

    @rule(news=st.lists(NEWS, min_size=1, max_size=8))
    def publish(self, news: list[tuple[str | None, str | None, str]]) -> None:
        for key, ends, fate in news:
            entry = self.log.append(key, ends if key is None else None)
            position = self.log.position
            text = envelop("anything", position.epoch, entry.offset, entry.event_id, entry.body)
            self.layer.append(
                {"epoch": position.epoch, "offset": entry.offset, "text": text, "key": entry.key, "ends": entry.ends}
            )
            self.carry(fate)

    def carry(self, fate: str) -> None:
        """What the layer does with its oldest message."""
        message = self.layer.popleft()
        if fate in ("arrives", "is repeated"):
            self.feed.live(**message)
        if fate in ("is late", "is repeated"):
            self.layer.append(message)

    @rule()
    def compare_and_repair(self) -> None:
        self.feed.compare(self.log.position)
        if self.feed.behind:
            page = self.log.read(self.feed.position)
            self.feed.behind = False
            if page.recovered:
                self.feed.catch_up(page)
            else:
                self.feed.start_over(page, self.log.snapshot())

    @rule(kind=st.sampled_from(["wipe", "trim", "cut"]))
    def misfortune(self, kind: str) -> None:
        {"wipe": self.log.wipe, "trim": self.log.trim, "cut": self.cut}[kind]()

    # --- Between server and client

    def connect(self) -> None:
        self.frames: deque[str] = deque()
        self.received = 0
        self.page: Page | None = None
        self.following = False
        self.connection = Connection(owner="", address="", user_agent="", now=0, wake=lambda: None)
        (request,) = self.subscriptions.requests()
        self.since = Position(request["epoch"], request["offset"]) if "epoch" in request else None

    def cut(self) -> None:
        self.feed.leave(self.connection)
        self.connect()

    @precondition(lambda self: not self.following)
    @rule()
    def bring_up(self) -> None:
        """Half of what a newcomer needs: a read of the history, or what follows from it. Events come in between."""
        if self.page is None:
            self.page = self.log.read(self.since)
            return
        page, self.page = self.page, None
        if page.recovered and self.since is not None:
            self.feed.resume(self.connection, self.since, page)
        else:
            page = self.log.read(None)
            self.feed.begin(self.connection, page, self.log.snapshot())
        self.since = page.position
        self.following = self.feed.follow(self.connection, page.position)

    @rule()
    def flush(self) -> None:
        for _ in self.feed.flush():
            pass

    @rule()
    def transmit(self) -> None:
        self.flush()
        while frame := self.connection.next_frame():
            self.frames.append(frame)
        if self.connection.close_code is not None:
            self.deliver_all()
            self.cut()

    @precondition(lambda self: self.frames)
    @rule()
    def deliver(self) -> None:
        self.received += 1
        found = json.loads(self.frames.popleft())
        for message in found if isinstance(found, list) else [found]:
            self.subscriptions.receive(message)

    def deliver_all(self) -> None:
        while self.frames:
            self.deliver()

    @rule()
    def acknowledge(self) -> None:
        list(self.connection.receive(json.dumps({"type": "ack", "received": self.received}), 0))

    # --- What must hold

    @invariant()
    def finals_are_seen_once_and_in_order(self) -> None:
        published = iter(self.log.finals)
        assert all(final in published for final in self.screen.finals)

    @invariant()
    def memory_is_bounded(self) -> None:
        assert len(self.frames) <= WINDOW + 1  # the window, and a last word before a close

    def teardown(self) -> None:
        """Once all is well again, everything was seen."""
        self.layer.clear()
        for _ in range(20):
            self.compare_and_repair()
            if not self.following:
                self.bring_up()
            self.transmit()
            self.deliver_all()
            self.acknowledge()
        assert self.screen.finals == self.log.finals
        assert self.screen.values == self.log.values


@LIMITS
def test_every_final_is_seen_once_and_in_order_and_the_last_of_each_key() -> None:
    run_state_machine_as_test(Delivery, settings=settings(max_examples=250, stateful_step_count=30, deadline=None))
