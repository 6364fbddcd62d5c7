"""How a watcher speaks with each kind of server."""

import random
import time
from typing import ClassVar

import msgspec
from picows import WSFrame, WSListener, WSMsgType, WSTransport

from tests.benchmarks.arrivals import Arrivals, Frame, Position

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
            self.take(frame.get_payload_as_memoryview())

    def take(self, payload: memoryview) -> Frame:
        """A text frame came."""
        if (frame := self.arrivals.take(payload)).stamps:
            self.frames.append(frame)
        return frame

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

    def take(self, payload: memoryview) -> Frame:
        frame = super().take(payload)
        if not frame.stamps:
            self.answer(bytes(payload))
        return frame

    def answer(self, text: bytes) -> None:
        """A message of the protocol's own."""
        if text[:1] == b"0":
            self.say(b"40")
        elif text[:2] == b"40":
            self.ready = True
        elif text[:1] == b"2":
            self.say(b"3")

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
        self.position: Position | None = None

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport
        position = f',"epoch":"{self.since[0]}","offset":{self.since[1]}' if self.since else ""
        self.say(f'{{"type":"subscribe","topics":[{{"topic":"{self.topic}"{position}}}]}}'.encode())

    def take(self, payload: memoryview) -> Frame:
        self.received += 1
        frame = super().take(payload)
        self.position = frame.position or self.position
        if frame.speaks:
            self.listen(bytes(payload))
        now = time.monotonic()
        if frame.stamps and (now > self.ack_due or self.received - self.acknowledged >= ACK_EVERY_FRAMES):
            self.acknowledge(now)
        return frame

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
                case "ping":
                    self.say(b'{"type":"pong","sent_at":%d,"received":%d}' % (message["sent_at"], self.received))
                case "connection_test":
                    self.say(b'{"type":"connection_test_response","test_id":"%s"}' % message["test_id"].encode())
                case "error":
                    raise RuntimeError(f"The server refuses: {message['message']}")


class Reliable(Dialect):
    watcher = ReliableWatcher
    path = "ws/events/"
