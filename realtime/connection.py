"""`Connection`: one socket as the layer sees it. Pure logic, no I/O.

`now` is a clock in seconds that never jumps; `unix_ms` is the time of day that messages carry.
"""

import uuid
from collections.abc import Callable, Hashable, Iterator
from typing import ClassVar

from realtime.allowance import Allowance
from realtime.batch import Batch, Finals, Joined, Live
from realtime.conf import conf
from realtime.counts import counts, reason_label
from realtime.errors import HEARTBEAT_LOST, FirstMessageLate, RealtimeError, TooSlow
from realtime.frames import messages
from realtime.heartbeat import TEST_PATIENCE, Due, Heartbeat
from realtime.history import Position
from realtime.in_flight import InFlight, Told
from realtime.life import Life
from realtime.outbox import Full, Outbox
from realtime.prepared import Prepared
from realtime.progress import Look, Progress, unknown
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
    RecoveryAttempt,
    RecoveryFailure,
    RecoverySuccess,
    ServerPing,
    ServerPong,
    Subscribe,
    Unsubscribe,
    as_reply,
    encoder,
)
from realtime.quality import Grade, Lag, Quality
from realtime.window import Window

MOST_SEALED = 256 * 1024  # characters of finished frames that may wait: a burst of about a thousand events

# Characters that may wait for who asks and never reads: of answers, and of replays before one more, of any size.
MOST_OWN = 4 * 1024 * 1024
CROWDED = 256 * 1024  # characters of replays that wait; past it a newcomer to one more topic is not brought up yet


class Connection:
    """What one socket is owed and what it has said.

    `wake` is called when a frame waits or the connection is to be closed; soon its transport takes frames until there
    is none, and closes with `close_code` if that is set. Events wake nobody: whoever hands them out calls `transmit`
    when it is their time. `acknowledged` is called with the connection's id and the finals that its client has by now,
    each time that it has more; without it nobody keeps account of them. `look` tells of the bytes under way.
    """

    transport: ClassVar[str] = "websocket"

    __slots__ = (
        "_allowance",
        "_first_message_by",
        "_heartbeat",
        "_lag",
        "_outbox",
        "_progress",
        "_wake",
        "_window",
        "address",
        "busy_until",
        "close_code",
        "close_reason",
        "credential",
        "id",
        "last_heard",
        "life",
        "owner",
        "quality",
        "recovery_attempts",
        "recovery_failures",
        "recovery_successes",
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
        acknowledged: Told | None = None,
        look: Look = unknown,
    ) -> None:
        self.id = uuid.uuid4().hex
        self.owner = owner
        self.address = address
        self.user_agent = user_agent
        self.credential = credential
        self.quality = Quality()
        self.recovery_attempts = self.recovery_successes = self.recovery_failures = 0  # that the client told of
        self.topics: set[str] = set()
        self.life = Life()
        self.close_code: int | None = None
        self.close_reason = ""
        self.last_heard = now
        self.busy_until = 0.0
        self.transmit = transmit or wake
        self._wake = wake
        self._outbox = Outbox()
        self._window = Window(InFlight(self.id, acknowledged))
        self._heartbeat = Heartbeat(now)
        self._progress = Progress(look)
        self._lag = Lag()
        self._allowance = Allowance(now)
        self._first_message_by: float | None = now + conf.FIRST_MESSAGE_TIMEOUT

    def greet(self, unix_ms: int, client_version: str = "") -> None:
        """Say what the client should know of this server."""
        self.send(
            ConnectionEstablished(
                connection_id=self.id,
                heartbeat_interval_ms=int(conf.HEARTBEAT_INTERVAL * 1000),
                ping_timeout_ms=int(conf.PING_TIMEOUT * 1000),
                max_queue_size=conf.MAX_QUEUE_SIZE,
                server_time=unix_ms,
                client_version=client_version,
            )
        )

    # --- To the client

    def send(self, message: FromServer) -> None:
        """Let a message of the layer's own go out."""
        self.send_text(encoder.encode(message).decode())

    def send_text(self, text: str) -> None:
        """Let a finished message go out, which is owed whole: not conflated, not counted."""
        if self.close_code is None:
            if self._outbox.own_size > MOST_OWN:
                self._give_up()
                return
            self._outbox.put(text)
            self._wake()

    @property
    def crowded(self) -> bool:
        """Whether so much is owed already that one more replay should wait."""
        return self._outbox.replays_size > CROWDED

    def send_replay(self, replay: Joined, position: Position) -> None:
        """Let a topic's start or what was missed of it go out, owed whole and of any size; with it the client has all
        up to `position`."""
        if self.close_code is not None or not replay:
            return
        if self._outbox.replays_size > MOST_OWN:
            self._give_up()
            return
        self._outbox.put_replay(replay)
        self._wake()

    def send_event(self, topic: str, epoch: str, event: Live) -> None:
        """Let an event go out with the next `transmit`. If too many wait, the connection is closed: its client comes
        back and resumes."""
        if self.close_code is not None:
            return
        finals = Finals(topic, epoch, (event.offset,)) if event.key is None else None
        try:
            self._outbox.put_event(topic, event.text, event.key, event.ends, finals)
        except Full:
            if self._seal():  # no fault of the client's: much came at once
                self._outbox.put_event(topic, event.text, event.key, event.ends, finals)
            else:
                self._give_up()

    def send_batch(self, batch: Batch) -> None:
        """Let a topic's events go out with the next `transmit`: whole, unless others wait already."""
        if self.close_code is None and not self._outbox.put_batch(batch):
            for event in batch:
                self.send_event(batch.topic, batch.epoch, event)

    def _give_up(self) -> None:
        self._outbox.clear()
        self.refuse(TooSlow(limit=conf.MAX_QUEUE_SIZE))

    def _seal(self) -> bool:
        """Make what waits one of the frames that `SEND_WINDOW` allows; False: it allows no more, or the transport takes
        none."""
        full = self._window.full or sum(map(len, self._window.frames)) > MOST_SEALED
        if full and self.close_code is None:
            return False
        self._window.seal(self._outbox)
        return True

    def refuse(self, error: RealtimeError) -> None:
        """Tell an error, and close if it is of that kind."""
        self.send(error.as_message())
        if error.close_code is not None:
            self.close(error.close_code, error.code)

    def close(self, code: int, reason: str = "") -> None:
        """Close after what waits; nothing that comes later goes out. `reason` is for the records."""
        if self.close_code is None:
            self.close_code, self.close_reason = code, reason
            self._window.in_flight.end()
            self._wake()

    def abandon(self, code: int) -> None:
        """Close without what waits: a frame before it was lost, and its client has to resume from there."""
        self.forget()
        self.close(code)

    def forget(self) -> None:
        """Let go of what waits, since nobody will take it."""
        self._outbox.clear()
        self._window.frames.clear()

    def next_frame(self) -> Prepared | None:
        """Take what goes out next. None: nothing waits, or `SEND_WINDOW` frames are unacknowledged."""
        if not self._window.frames and (self.close_code is not None or not self._window.full):
            self._window.seal(self._outbox)
        return self._window.take()

    # --- From the client

    def receive(self, frame: str | bytes, now: float) -> Iterator[Subscribe | Unsubscribe]:
        """Answer a frame; what concerns topics is left to the caller. Errors are told to the client, not raised."""
        if self.close_code is not None:
            return
        self.last_heard = now
        try:
            self._allowance.frame(len(frame), now)
            for message in messages(frame):
                if self.close_code is not None:
                    return
                self._allowance.message(now)
                if isinstance(message, RealtimeError):
                    self._allowance.wrong(now)
                    self.refuse(message)
                    continue
                self._first_message_by = None
                if isinstance(message, Subscribe):
                    self._allowance.topics(message, now)
                if isinstance(message, Subscribe | Unsubscribe):
                    yield message
                else:
                    self._answer(message, now)
        except RealtimeError as error:
            self._allowance.wrong(now)
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
            case RecoveryAttempt():
                self.recovery_attempts += 1
                counts.recoveries["attempt"] += 1
            case RecoverySuccess(reason=reason, downtime_ms=downtime_ms):
                self.recovery_successes += 1
                counts.recoveries["success"] += 1
                self.life.came_back(now, reason, downtime_ms)
            case RecoveryFailure(reason=reason):
                self.recovery_failures += 1
                counts.recoveries["failure"] += 1
                self.life.note(now, "failed_to_come_back", reason)

    def _acknowledge(self, received: int) -> None:
        if self._window.acknowledge(received) and self._outbox:
            self._wake()

    def _answered(self, question: float | str, now: float) -> None:
        round_trip = self._heartbeat.answered(question, now)
        if round_trip is None:
            return
        counts.round_trip.add(round_trip)
        self.life.answered(now, round_trip * 1000, tested=isinstance(question, str))
        before = self.quality.grade
        self._note_grade(now, before, self.monitor_connection_quality(round_trip * 1000))

    def monitor_connection_quality(self, latency_ms: float) -> Grade:
        """Take a round trip into account, and return the grade. When it becomes poor, the client is told to slow down,
        once."""
        before = self.quality.grade
        grade = self.quality.measured(latency_ms)
        self._tell_if_poor(before)
        return grade

    def _look_at_lag(self, now: float) -> None:
        if not self._window.acknowledged:
            return  # who never acknowledges may not know that it should; `SEND_WINDOW` ends that
        lag_ms = self._lag.look(self._window.taken, self._window.acknowledged, now) * 1000
        if lag_ms != self.quality.lag_ms:
            before = self.quality.grade
            after = self.quality.lagging(lag_ms)
            self._tell_if_poor(before)
            self._note_grade(now, before, after)

    def _note_grade(self, now: float, before: Grade | None, after: Grade | None) -> None:
        if after is not before:
            self.life.graded(now, before, after)

    def _tell_if_poor(self, before: Grade | None) -> None:
        if self.quality.grade is Grade.POOR and before is not Grade.POOR:
            self._recover("poor_quality", "slow_down")

    def trigger_connection_recovery(self, reason: str) -> None:
        """Send the client away, to come back on a new connection and resume there: `connection_recovery`, then 4408."""
        self._recover(reason, "reconnect")
        self.close(HEARTBEAT_LOST, reason)

    def _recover(self, reason: str, action: str) -> None:
        counts.recoveries_asked[reason_label(reason)] += 1
        self.send(ConnectionRecovery(reason=reason, latency_ms=self.quality.latency_ms, action=action))

    # --- Time

    def tick(self, now: float, unix_ms: int) -> None:
        """Ask the client whether it is there, if that is due; give it up after too much silence."""
        if self._first_message_by is not None and now >= self._first_message_by:
            self.refuse(FirstMessageLate(limit=conf.FIRST_MESSAGE_TIMEOUT))
            return
        self._look_at_lag(now)
        match self._heartbeat.tick(now):
            case Due.PING:
                self._heartbeat.asked(unix_ms, now)
                self.send(ServerPing(sent_at=unix_ms))
            case Due.TEST:
                self._heartbeat.asked(self._test(now, unix_ms), now)
            case Due.RECOVERY:
                self.trigger_connection_recovery("heartbeat_lost")

    def test(self, now: float, unix_ms: int) -> None:
        """Ask the client now whether it is there, unless a test is unanswered already. Silence hastens nothing."""
        if not self._heartbeat.testing:
            self._heartbeat.also_asked(self._test(now, unix_ms), now)

    def make_room(self, now: float, unix_ms: int) -> None:
        """Somebody wants this one's place. A client that was not heard lately is asked, and given up if it does not
        answer: one whose network went away comes back before its old connections are known to be dead. On a slow line
        the question waits behind what is owed, and the client keeps its place while it takes that."""
        moves = self._progress.moves(now)
        if self._heartbeat.tested_for(now) >= TEST_PATIENCE and not moves:
            self.trigger_connection_recovery("heartbeat_lost")
        elif now - self.last_heard >= TEST_PATIENCE:
            self.test(now, unix_ms)

    def _test(self, now: float, unix_ms: int) -> str:
        test_id = uuid.uuid4().hex
        self.life.note(now, "tested")
        self.send(ConnectionTest(test_id=test_id, sent_at=unix_ms))
        return test_id

    @property
    def waiting(self) -> int:
        """How many messages and batches wait."""
        return len(self._outbox)

    @property
    def frames_sent(self) -> int:
        """How many frames the transport took."""
        return self._window.taken

    @property
    def unacknowledged(self) -> int:
        """How many frames the transport took and the client has not acknowledged."""
        return self._window.taken - self._window.acknowledged

    @property
    def in_doubt(self) -> bool:
        """Whether the client owes an answer."""
        return self._heartbeat.in_doubt
