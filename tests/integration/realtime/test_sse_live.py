"""Event streams over the real web server: real sockets, readers who do not read, and a real stop."""

import contextlib
import http.client
import json
import math
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import psutil
import pytest
import redis
from django.conf import settings

from realtime import flush, publish
from tests.integration.realtime.events import Parser, Told
from tests.integration.realtime.rooms import Said
from tests.integration.realtime.sse_server import PATIENCE
from tests.processes import ROOT, environment, free_port, stop
from tests.waiting import wait_for

MIB = 1024 * 1024


class Web:
    """The running process."""

    def __init__(self) -> None:
        self.port = free_port()
        module = "tests.integration.realtime.sse_server"
        command = [sys.executable, "-W", "ignore", "-m", module, str(self.port), settings.REDIS_URL]
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment(), stderr=subprocess.DEVNULL)

    def ask(self, address: str) -> tuple[int, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        with contextlib.closing(connection):
            connection.request("GET", address)
            response = connection.getresponse()
            return response.status, json.load(response)

    def state(self) -> dict[str, Any]:
        return dict(self.ask("/state")[1])

    def hear(self, topic: str, texts: list[str]) -> None:
        """Publish, and wait until the process has it all or nobody there follows the topic any more."""
        wait_for(lambda: self.state()["feeds"].get(topic, 0) is not None, because="the topic's position")
        first = self.state()["feeds"].get(topic, 0)
        for text in texts:
            publish(topic, Said(text=text))
        assert flush(20)
        wait_for(lambda: self.state()["feeds"].get(topic, math.inf) >= first + len(texts), because="the events")

    def serves(self) -> bool:
        with contextlib.suppress(OSError):
            return self.ask("/state")[0] == 200
        assert self.process.poll() is None
        return False

    def memory(self) -> int:
        return int(psutil.Process(self.process.pid).memory_info().rss)

    def unread(self, topic: str) -> socket.socket:
        """A connection with a small buffer on which a stream was asked for and has begun."""
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * 1024)
        connection.settimeout(20)
        connection.connect(("127.0.0.1", self.port))
        connection.sendall(f"GET /events?topic={topic} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        assert connection.recv(15) == b"HTTP/1.1 200 OK"
        return connection

    def clog(self, topic: str) -> None:
        """Publish one event that is larger than the kernel's buffers, and wait until it is on its way."""
        before = self.memory()
        publish(topic, Said(text="x" * 12 * MIB))
        assert flush(10)
        wait_for(lambda: self.memory() > before + 10 * MIB, because="the event to wait")


class Following:
    """A stream that is read over HTTP."""

    def __init__(self, web: Web, topic: str, position: str = "") -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", web.port, timeout=20)
        self._connection.request("GET", f"/events?topic={topic}", headers={"Last-Event-ID": position})
        self.response = self._connection.getresponse()
        self.parser = Parser()
        self.events: list[Told] = []

    def until(self, kind: str) -> dict[str, Any]:
        """The first message of a type."""
        while True:
            for event in self.events:
                for message in event.messages:
                    if message["type"] == kind:
                        return message
            piece = self.response.read1(65536)
            assert piece, "the stream ended"
            self.events += self.parser.feed(piece)

    def rest(self) -> list[dict[str, Any]]:
        """All messages, once the stream has ended as a response should."""
        while piece := self.response.read1(65536):
            self.events += self.parser.feed(piece)
        return [message for event in self.events for message in event.messages]

    def close(self) -> None:
        self.response.close()
        self._connection.close()


def read_all(connection: socket.socket) -> None:
    while connection.recv(65536):
        pass


@pytest.fixture(scope="module")
def shared(valkey_server: redis.Redis) -> Iterator[Web]:
    web = Web()
    try:
        wait_for(web.serves, 20, "the server")
        yield web
    finally:
        stop(web.process, PATIENCE + 2)


@pytest.fixture
def web(shared: Web) -> Web:
    """A server to which nobody is connected."""
    wait_for(lambda: not shared.state()["connections"], because="earlier streams to be gone")
    return shared


@pytest.fixture
def doomed(valkey_server: redis.Redis) -> Iterator[Web]:
    """A server that the test stops."""
    web = Web()
    try:
        wait_for(web.serves, 20, "the server")
        yield web
    finally:
        stop(web.process, PATIENCE + 2)


def test_events_arrive_as_they_happen(web: Web) -> None:
    with contextlib.closing(Following(web, "room.live")) as following:
        assert following.response.getheader("Content-Type") == "text/event-stream"
        following.until("subscribed")
        publish("room.live", Said(text="hello"))
        assert following.until("said")["text"] == "hello"


def test_refusals_are_answers(web: Web) -> None:
    assert web.ask("/events?topic=room.secret")[0] == 404
    with contextlib.ExitStack() as stack:
        for _ in range(5):
            stack.enter_context(contextlib.closing(Following(web, "room.full"))).until("subscribed")
        status, told = web.ask("/events?topic=room.full")
        assert (status, told["code"]) == (429, "too_many_connections")


@pytest.mark.parametrize("reads", [True, False], ids=["reading", "not reading"])
def test_client_that_leaves_takes_everything_along(web: Web, reads: bool) -> None:
    tasks = web.state()["tasks"]
    with web.unread("room.left"):
        wait_for(lambda: web.state()["feeds"], because="the subscription")
        if not reads:
            web.clog("room.left")
        assert web.state()["connections"] == 1
        assert set(web.state()["feeds"]) == {"room.left"}
    wait_for(lambda: not web.state()["connections"], because="the end of the stream")
    left = wait_for(lambda: (state := web.state())["tasks"] <= tasks and state, because="the end of its tasks")
    assert {name: found for name, found in left.items() if name != "tasks" and found} == {}


def test_reader_who_never_reads_costs_little_memory_and_is_cut(web: Web) -> None:
    with web.unread("room.slow") as connection:
        wait_for(lambda: web.state()["feeds"], because="the subscription")
        web.clog("room.slow")
        before = web.memory()
        for _ in range(120):  # a little at a time, lest what waits in the channel layer is weighed
            web.hear("room.slow", ["x" * 100_000] * 10)
        wait_for(lambda: not web.state()["connections"], because="the end of the stream")
        assert web.memory() - before < 60 * MIB, "of 115 that were sent; freed pieces of 100 kB leave holes"
        with pytest.raises(ConnectionResetError):
            read_all(connection)


def test_places_of_who_takes_nothing_are_given_to_who_wants_them(web: Web) -> None:
    with contextlib.ExitStack() as stack:

        def admitted() -> bool:
            following = stack.enter_context(contextlib.closing(Following(web, "room.here")))
            return following.response.status == 200

        for _ in range(5):
            stack.enter_context(web.unread("room.gone"))
        wait_for(lambda: web.state()["connections"] == 5, because="the streams")
        web.clog("room.gone")
        for _ in range(5):
            wait_for(admitted, 40, "a place")


def test_stop_ends_streams_with_a_wait_and_is_not_held_up_by_who_does_not_read(doomed: Web) -> None:
    with contextlib.closing(Following(doomed, "room.ends")) as following, doomed.unread("room.deaf"):
        following.until("subscribed")
        wait_for(lambda: len(doomed.state()["feeds"]) == 2, because="the subscriptions")
        doomed.clog("room.deaf")
        began = time.monotonic()
        doomed.process.send_signal(signal.SIGTERM)
        messages = following.rest()
        assert messages[-1]["type"] == "server_shutdown"
        assert following.events[-1].retry_ms == messages[-1]["reconnect_in_ms"]
        assert doomed.process.wait(PATIENCE) == 0
        assert time.monotonic() - began < PATIENCE / 2 + 1
