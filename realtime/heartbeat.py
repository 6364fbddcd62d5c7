"""When to ask a silent client whether it is there, and when to give it up. Pure; times are seconds."""

from enum import Enum, auto

from realtime.conf import conf

FIRST_PING = 5.0  # after opening: so that a new connection has a latency before long
TEST_PATIENCE = 5.0


class Due(Enum):
    """What a connection's heart asks for."""

    NOTHING = auto()
    PING = auto()
    """The last answer is long ago."""
    TEST = auto()
    """The last question stayed unanswered."""
    RECOVERY = auto()
    """Too many questions did."""


class Heartbeat:
    """One connection's questions and answers."""

    __slots__ = ("_asked", "_deadline", "_next_ping", "failures")

    def __init__(self, now: float) -> None:
        self.failures = 0
        self._next_ping = now + min(FIRST_PING, conf.HEARTBEAT_INTERVAL)
        self._deadline = 0.0
        self._asked: dict[float | str, float] = {}

    def tick(self, now: float) -> Due:
        """What is due now. After PING or TEST call `asked`; after RECOVERY nothing more."""
        if not self._asked:
            return Due.PING if now >= self._next_ping else Due.NOTHING
        if now < self._deadline:
            return Due.NOTHING
        self.failures += 1
        return Due.RECOVERY if self.failures >= conf.MAX_CONSECUTIVE_FAILURES else Due.TEST

    def asked(self, question: float | str, now: float) -> None:
        """A question went out; its answer repeats `question`."""
        self._deadline = now + (TEST_PATIENCE if self._asked else conf.PING_TIMEOUT)
        self._asked[question] = now

    def also_asked(self, question: str, now: float) -> None:
        """A question went out that was not due: its answer counts as any other, its silence hastens nothing."""
        if not self._asked:
            self._deadline = now + conf.PING_TIMEOUT
        self._asked[question] = now

    @property
    def in_doubt(self) -> bool:
        """Whether a question is unanswered."""
        return bool(self._asked)

    def tested_for(self, now: float) -> float:
        """Seconds that a test has been unanswered; 0: none is."""
        return max((now - at for question, at in self._asked.items() if isinstance(question, str)), default=0.0)

    @property
    def testing(self) -> bool:
        """Whether one of them is a test, which text tells from a ping's time."""
        return any(isinstance(question, str) for question in self._asked)

    def answered(self, question: float | str, now: float) -> float | None:
        """An answer came: its round trip in seconds; None for a question that was not asked."""
        asked_at = self._asked.get(question)
        if asked_at is None:
            return None
        self._asked.clear()
        self.failures = 0
        self._next_ping = now + conf.HEARTBEAT_INTERVAL
        return now - asked_at
