"""How a watcher speaks with each kind of server."""

import random
import re
import time
from typing import ClassVar

import msgspec
from picows import WSFrame, WSListener, WSMsgType, WSTransport

from tests.benchmarks.arrivals import Arrivals, Frame

POSITION = re.compile(rb'"epoch":"([^"]+)","offset":(\d+)')
Position = tuple[str, int]
ACK_EVERY_FRAMES = 32
ACK_EVERY = 1.0


class Watcher(WSListener):
    """One connection that watches one topic. `ready` is set when it follows."""

    def __init__(self, arrivals: Arrivals, topic: str, since: Position | None = None) -> None:
        self.arrivals, self.topic, self.since = arrivals, topic, since
        self.frames: list[Frame] = []
        self.ready = self.gone = False

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport
        self.ready = True

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self.gone = True

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.TEXT:
            self.take(frame.get_payload_as_bytes())

    def take(self, payload: bytes) -> bool:
        """A text frame came; whether it had events."""
        if frame := self.arrivals.take(payload):
            self.frames.append(frame)
        return bool(frame)

    def say(self, text: bytes) -> None:
        self.transport.send(WSMsgType.TEXT, text)

    def say_something(self) -> None:
        """A frame such as a watcher sends all the time."""
        self.say(b'{"type":"ack","received":1}')


class Dialect:
    """A server's address and its kind of watcher."""

    watcher: ClassVar[type[Watcher]] = Watcher
    path: ClassVar[str]

    def url(self, port: int, topic: str) -> str:
        """Where a watcher of the topic connects."""
        return f"ws://127.0.0.1:{port}/{self.path.format(topic=topic)}"


class Channels(Dialect):
    path = "ws/?topic={topic}"


class SocketIOWatcher(Watcher):
    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport

    def take(self, payload: bytes) -> bool:
        if payload[:2] == b"42":
            return super().take(payload)
        if payload[:1] == b"0":
            self.say(b"40")
        elif payload[:2] == b"40":
            self.ready = True
        elif payload[:1] == b"2":
            self.say(b"3")
        return False

    def say_something(self) -> None:
        self.say(b'42["ack",{"received":1}]')


class SocketIO(Dialect):
    watcher = SocketIOWatcher
    path = "socket.io/?EIO=4&transport=websocket&topic={topic}"


class ReliableWatcher(Watcher):
    """Acknowledges as the protocol asks, and remembers its position."""

    def __init__(self, arrivals: Arrivals, topic: str, since: Position | None = None) -> None:
        super().__init__(arrivals, topic, since)
        self.recovered: bool | None = None
        self.received = self.acknowledged = 0
        self.ack_due = 0.0
        self.latest = b""

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport
        position = f',"epoch":"{self.since[0]}","offset":{self.since[1]}' if self.since else ""
        self.say(f'{{"type":"subscribe","topics":[{{"topic":"{self.topic}"{position}}}]}}'.encode())

    def take(self, payload: bytes) -> bool:
        self.received += 1
        had_events = super().take(payload)
        now = time.monotonic()
        if had_events:
            self.latest = payload
            if now > self.ack_due or self.received - self.acknowledged >= ACK_EVERY_FRAMES:
                self.acknowledge(now)
        if not had_events or not self.ready or b'"sent_at"' in payload:
            self.listen(payload)
        return had_events

    @property
    def position(self) -> Position:
        """The epoch and offset of the last event, or of the subscription."""
        epoch, offset = POSITION.findall(self.latest)[-1]
        return epoch.decode(), int(offset)

    def acknowledge(self, now: float) -> None:
        self.acknowledged, self.ack_due = self.received, now + ACK_EVERY * random.uniform(1, 1.5)
        self.say(b'{"type":"ack","received":%d}' % self.received)

    def listen(self, payload: bytes) -> None:
        """The layer's own messages."""
        found = msgspec.json.decode(payload)
        for message in found if isinstance(found, list) else [found]:
            match message.get("type"):
                case "subscribed":
                    self.ready, self.recovered = True, message["recovered"]
                    self.latest = self.latest or payload
                case "ping":
                    self.say(b'{"type":"pong","sent_at":%d,"received":%d}' % (message["sent_at"], self.received))
                case "connection_test":
                    self.say(b'{"type":"connection_test_response","test_id":"%s"}' % message["test_id"].encode())
                case "error":
                    raise RuntimeError(f"The server refuses: {message['message']}")


class Reliable(Dialect):
    watcher = ReliableWatcher
    path = "ws/events/"
