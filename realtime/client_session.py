"""One socket of a client: greeting, receipts, heartbeat and answers to the server's tests. Pure logic, no I/O.

`now` is a clock in seconds that never jumps; `random` gives 0 to 1.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Message = dict[str, Any]
NEVER = float("inf")


@dataclass(frozen=True, kw_only=True)
class Options:
    """How patient a client is; seconds."""

    heartbeat_interval: float = 30.0
    """How often the server is asked whether it is there."""
    patience: float = 10.0
    """How long a new connection, and an answer to a heartbeat, may take."""
    retest_patience: float = 5.0
    """How long an answer may take once one is missing."""
    max_consecutive_failures: int = 3
    """Heartbeats without an answer, in a row, before a fresh socket is made."""


class Receipts:
    """Counts frames, and says when the server should hear of it: at once every 32, else within a second."""

    EVERY_FRAMES = 32
    EVERY = 1.0

    def __init__(self, random: Callable[[], float]) -> None:
        self.received = 0
        self.due_at = NEVER
        self._acknowledged = 0
        self._random = random

    def count(self, now: float) -> None:
        """A frame arrived."""
        self.received += 1
        if self.received - self._acknowledged >= self.EVERY_FRAMES:
            self.due_at = now
        elif self.due_at == NEVER:
            self.due_at = now + self.EVERY * (0.75 + self._random() / 4)

    def told(self) -> int:
        """The count, which goes out now."""
        self._acknowledged, self.due_at = self.received, NEVER
        return self.received


class Heartbeat:
    """Asks at intervals, and judges after a while whether anything came since. A socket that says it is open is not
    believed."""

    def __init__(self, options: Options) -> None:
        self.due_at = NEVER
        self.failures = 0
        self._options = options
        self._asked = self._heard = False

    def heard(self) -> None:
        """Something arrived; what, does not matter."""
        self._heard = True
        self.failures = 0

    def ask(self, now: float, patience: float) -> None:
        """A question goes out; it is judged after `patience` seconds."""
        self._asked, self._heard = True, False
        self.due_at = now + patience

    def tick(self, now: float) -> bool:
        """Call it when due. Whether to ask (again); `failures` says whether that makes sense."""
        if not self._asked:
            self.ask(now, self._options.patience)
            return True
        if self._heard:
            self._asked = False
            self.due_at = now + max(0.0, self._options.heartbeat_interval - self._options.patience)
            return False
        self.failures += 1
        self.ask(now, self._options.retest_patience)
        return True


class Session:
    """A socket's life. Give it frames and the time; send what `take` gives; when `lost` says why, end the socket."""

    def __init__(self, now: float, random: Callable[[], float], options: Options | None = None) -> None:
        self.lost = ""
        self.latency: float | None = None
        """Seconds of the last round trip."""
        self._options = options or Options()
        self._receipts = Receipts(random)
        self._heartbeat = Heartbeat(self._options)
        self._greeting_due = now + self._options.patience
        self._probe_due = NEVER
        self._outgoing: list[Message] = []

    def send(self, message: Message) -> None:
        """Let a message go out with the next `take`."""
        self._outgoing.append(message)

    def take(self) -> list[str]:
        """The frames that are to be sent, in order."""
        texts = [json.dumps(message) for message in self._outgoing]
        self._outgoing.clear()
        return texts

    def receive(self, frame: str | bytes, now: float) -> list[Message]:
        """Take a frame in; returns what this session does not answer itself. What is no message is left out."""
        self._receipts.count(now)
        self._heartbeat.heard()
        self._probe_due = NEVER
        return [message for message in messages(frame) if not self._answered(message, now)]

    def _answered(self, message: Message, now: float) -> bool:
        match message:
            case {"type": "connection_established"}:
                self._greeting_due = NEVER
                self._heartbeat.ask(now, self._options.patience)
                self._ping(now)
                return False
            case {"type": "ping", "sent_at": sent_at}:
                self.send({"type": "pong", "sent_at": sent_at, "received": self._receipts.told()})
            case {"type": "pong", "sent_at": float() | int() as sent_at}:
                self.latency = max(0.0, now - sent_at / 1000)
            case {"type": "connection_test", "test_id": test_id}:
                self.send({"type": "connection_test_response", "test_id": test_id})
            case {"type": "connection_recovery", "action": "reconnect"}:
                self.lost = "asked to reconnect"
            case _:
                return False
        return True

    def probe(self, now: float, patience: float) -> None:
        """Ask the server now whether it is there; if nothing arrives within `patience` seconds, the socket is lost."""
        self._probe_due = now + patience
        self._ping(now)

    def _ping(self, now: float) -> None:
        self.send({"type": "ping", "sent_at": now * 1000})

    def due_at(self) -> float:
        """When `tick` has something to do."""
        return min(self._receipts.due_at, self._heartbeat.due_at, self._greeting_due, self._probe_due)

    def tick(self, now: float) -> None:
        """Do what is due: acknowledge, ask, or give the socket up."""
        if now >= self._greeting_due:
            self.lost = "no greeting in time"
        if now >= self._probe_due:
            self.lost = "no answer to a health check"
        if now >= self._receipts.due_at:
            self.send({"type": "ack", "received": self._receipts.told()})
        if now >= self._heartbeat.due_at and self._heartbeat.tick(now):
            self._ping(now)
        if self._heartbeat.failures >= self._options.max_consecutive_failures:
            self.lost = "heartbeat lost"


def messages(frame: str | bytes) -> list[Message]:
    """The messages of a frame, which holds one or an array of them."""
    try:
        found = json.loads(frame)
    except (ValueError, RecursionError):
        return []
    found = found if isinstance(found, list) else [found]
    return [message for message in found if isinstance(message, dict) and isinstance(message.get("type"), str)]
