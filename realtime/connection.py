"""`Connection`: one socket as the layer sees it. Pure logic, no I/O.

`now` is a clock in seconds that never jumps; `unix_ms` is the time of day that messages carry.
"""

import uuid
from collections.abc import Callable, Hashable, Iterator

from realtime.batch import Batch
from realtime.conf import conf
from realtime.errors import HEARTBEAT_LOST, FirstMessageLate, RealtimeError, TooFast, TooSlow
from realtime.frames import messages
from realtime.heartbeat import Due, Heartbeat
from realtime.outbox import Full, Outbox
from realtime.prepared import Prepared
from realtime.protocol import (
    Ack,
    ClientMessage,
    ClientPing,
    ClientPong,
    ConnectionEstablished,
    ConnectionRecovery,
    ConnectionTest,
    ConnectionTestResponse,
    FromServer,
    ServerPing,
    ServerPong,
    Subscribe,
    Unsubscribe,
    as_reply,
    encoder,
)
from realtime.quality import Grade, Quality
from realtime.rate import Rate

MOST_SEALED = 256 * 1024  # characters of finished frames that may wait: a burst of about a thousand events

MOST_OWN = 4 * 1024 * 1024  # characters of answers, replays and snapshots that may wait for who asks and never reads


class Connection:
    """What one socket is owed and what it has said.

    `wake` is called when a frame waits or the connection is to be closed; soon its transport takes frames until there
    is none, and closes with `close_code` if that is set. Events wake nobody: whoever hands them out calls `transmit`
    when it is their time.
    """

    __slots__ = (
        "_acknowledged",
        "_first_message_by",
        "_frames",
        "_heartbeat",
        "_outbox",
        "_rate",
        "_sealed",
        "_sent",
        "_wake",
        "address",
        "busy_until",
        "close_code",
        "credential",
        "id",
        "last_heard",
        "owner",
        "quality",
        "topics",
        "transmit",
        "user_agent",
    )

    def __init__(
        self,
        *,
        owner: str,
        address: str,
        user_agent: str,
        now: float,
        wake: Callable[[], None],
        transmit: Callable[[], None] | None = None,
        credential: Hashable = None,
    ) -> None:
        self.id = uuid.uuid4().hex
        self.owner = owner
        self.address = address
        self.user_agent = user_agent
        self.credential = credential
        self.quality = Quality()
        self.topics: set[str] = set()
        self.close_code: int | None = None
        self.last_heard = now
        self.busy_until = 0.0
        self.transmit = transmit or wake
        self._wake = wake
        self._outbox = Outbox()
        self._frames: list[Prepared] = []
        self._heartbeat = Heartbeat(now)
        self._rate = Rate(conf.MAX_MESSAGES_PER_SECOND, now)
        self._first_message_by: float | None = now + conf.FIRST_MESSAGE_TIMEOUT
        self._sealed = self._sent = self._acknowledged = 0

    def greet(self, unix_ms: int) -> None:
        """Say what the client should know of this server."""
        self.send(
            ConnectionEstablished(
                connection_id=self.id,
                heartbeat_interval_ms=int(conf.HEARTBEAT_INTERVAL * 1000),
                ping_timeout_ms=int(conf.PING_TIMEOUT * 1000),
                max_queue_size=conf.MAX_QUEUE_SIZE,
                server_time=unix_ms,
            )
        )

    # --- To the client

    def send(self, message: FromServer) -> None:
        """Let a message of the layer's own go out."""
        self.send_text(encoder.encode(message).decode())

    def send_text(self, text: str) -> None:
        """Let a finished message go out, which is owed whole: not conflated, not counted."""
        if self.close_code is None:
            self._outbox.put(text)
            if self._outbox.own_size > MOST_OWN:
                self._give_up()
            self._wake()

    def send_event(self, topic: str, text: str, key: str | None, ends: str | None) -> None:
        """Let an event go out with the next `transmit`. If too many wait, the connection is closed: its client comes
        back and resumes."""
        if self.close_code is not None:
            return
        try:
            self._outbox.put_event(topic, text, key, ends)
        except Full:
            if self._seal():  # no fault of the client's: much came at once
                self._outbox.put_event(topic, text, key, ends)
            else:
                self._give_up()

    def send_batch(self, batch: Batch) -> None:
        """Let a topic's events go out with the next `transmit`: whole, unless others wait already."""
        if self.close_code is None and not self._outbox.put_batch(batch):
            for event in batch:
                self.send_event(batch.topic, event.text, event.key, event.ends)

    def _give_up(self) -> None:
        self._outbox.clear()
        self.refuse(TooSlow(limit=conf.MAX_QUEUE_SIZE))

    def _seal(self) -> bool:
        """Make what waits one of the frames that `SEND_WINDOW` allows; False: it allows no more, or the transport takes
        none."""
        full = self._sealed - self._acknowledged >= conf.SEND_WINDOW or sum(map(len, self._frames)) > MOST_SEALED
        if full and self.close_code is None:
            return False
        if frame := self._outbox.take():
            self._frames.append(frame)
            self._sealed += 1
        return True

    def refuse(self, error: RealtimeError) -> None:
        """Tell an error, and close if it is of that kind."""
        self.send(error.as_message())
        if error.close_code is not None:
            self.close(error.close_code)

    def close(self, code: int) -> None:
        """Close after what waits; nothing that comes later goes out."""
        if self.close_code is None:
            self.close_code = code
            self._wake()

    def abandon(self, code: int) -> None:
        """Close without what waits: a frame before it was lost, and its client has to resume from there."""
        self._outbox.clear()
        self._frames.clear()
        self.close(code)

    def next_frame(self) -> Prepared | None:
        """Take what goes out next. None: nothing waits, or `SEND_WINDOW` frames are unacknowledged."""
        if self._frames:
            self._sent += 1
            return self._frames.pop(0)
        if self._sealed - self._acknowledged >= conf.SEND_WINDOW and self.close_code is None:
            return None
        if frame := self._outbox.take():
            self._sealed += 1
            self._sent += 1
        return frame

    # --- From the client

    def receive(self, frame: str | bytes, now: float) -> Iterator[Subscribe | Unsubscribe]:
        """Answer a frame; what concerns topics is left to the caller. Errors are told to the client, not raised."""
        self.last_heard = now
        try:
            for message in messages(frame):
                if self.close_code is not None:
                    return
                if not self._rate.allows(now):
                    raise TooFast(limit=conf.MAX_MESSAGES_PER_SECOND)
                if isinstance(message, RealtimeError):
                    self.refuse(message)
                    continue
                self._first_message_by = None
                if isinstance(message, Subscribe | Unsubscribe):
                    yield message
                else:
                    self._answer(message, now)
        except RealtimeError as error:
            self.refuse(error)

    def _answer(self, message: ClientMessage, now: float) -> None:
        match message:
            case Ack(received=received):
                self._acknowledge(received)
            case ClientPing(sent_at=sent_at, id=reply_to):
                self.send(ServerPong(sent_at=sent_at, in_reply_to=as_reply(reply_to)))
            case ClientPong(sent_at=sent_at, received=received):
                self._acknowledge(received or 0)
                self._answered(sent_at, now)
            case ConnectionTestResponse(test_id=test_id):
                self._answered(test_id, now)

    def _acknowledge(self, received: int) -> None:
        if self._acknowledged < received:
            self._acknowledged = min(received, self._sent)
            if self._outbox:
                self._wake()

    def _answered(self, question: float | str, now: float) -> None:
        round_trip = self._heartbeat.answered(question, now)
        if round_trip is not None:
            self.monitor_connection_quality(round_trip * 1000)

    def monitor_connection_quality(self, latency_ms: float) -> Grade:
        """Take a round trip into account, and return the grade. When it becomes poor, the client is told to slow down,
        once."""
        before = self.quality.grade
        grade = self.quality.measured(latency_ms)
        if grade is Grade.POOR and before is not grade:
            self._recover("poor_quality", "slow_down")
        return grade

    def trigger_connection_recovery(self, reason: str) -> None:
        """Send the client away, to come back on a new connection and resume there: `connection_recovery`, then 4408."""
        self._recover(reason, "reconnect")
        self.close(HEARTBEAT_LOST)

    def _recover(self, reason: str, action: str) -> None:
        self.send(ConnectionRecovery(reason=reason, latency_ms=self.quality.latency_ms, action=action))

    # --- Time

    def tick(self, now: float, unix_ms: int) -> None:
        """Ask the client whether it is there, if that is due; give it up after too much silence."""
        if self._first_message_by is not None and now >= self._first_message_by:
            self.refuse(FirstMessageLate(limit=conf.FIRST_MESSAGE_TIMEOUT))
            return
        match self._heartbeat.tick(now):
            case Due.PING:
                self._heartbeat.asked(unix_ms, now)
                self.send(ServerPing(sent_at=unix_ms))
            case Due.TEST:
                test_id = uuid.uuid4().hex
                self._heartbeat.asked(test_id, now)
                self.send(ConnectionTest(test_id=test_id, sent_at=unix_ms))
            case Due.RECOVERY:
                self.trigger_connection_recovery("heartbeat_lost")
