"""`Allowance`: how much one client may say. Pure logic, no I/O; `now` is a clock in seconds."""

from realtime.conf import conf
from realtime.errors import TooFast, TooManySubscriptions
from realtime.protocol import Subscribe
from realtime.rate import Rate

TOPICS_BURST, TOPICS_PERIOD = 2, 10  # a connection may subscribe to twice all its topics in ten seconds
WRONG = 9  # messages more for which a wrong one counts: to tell what is wrong costs more than to hear what is right
FREE_CHARACTERS = 1024  # of a frame; for each as many more it counts as one message more, since it costs as much


class Allowance:
    """Messages and topics that are left to a client. Every method but `wrong` raises when it has had too many."""

    __slots__ = ("_messages", "_topics")

    def __init__(self, now: float) -> None:
        self._messages = Rate(conf.MAX_MESSAGES_PER_SECOND, now)
        most = TOPICS_BURST * conf.MAX_TOPICS_PER_CONNECTION
        self._topics = Rate(most / TOPICS_PERIOD, now, most)

    def frame(self, characters: int, now: float) -> None:
        """Pay for a frame's size, before it is read. Raises `TooFast`."""
        self._pay(now, min(characters, conf.MAX_MESSAGE_BYTES) // FREE_CHARACTERS)

    def message(self, now: float) -> None:
        """Pay for a message. Raises `TooFast`."""
        self._pay(now, 1)

    def wrong(self, now: float) -> None:
        """Pay for a message, or a frame, that was wrong."""
        self._messages.charge(now, WRONG)

    def topics(self, message: Subscribe, now: float) -> None:
        """Pay for topics: each costs an authorisation, and may cost a read of the history and a snapshot. Raises
        `TooManySubscriptions`."""
        if not self._topics.allows(now, len(message.topics)):
            most = TOPICS_BURST * conf.MAX_TOPICS_PER_CONNECTION
            raise TooManySubscriptions(limit=most, in_reply_to=message.id)

    def _pay(self, now: float, messages: int) -> None:
        if not self._messages.allows(now, messages):
            raise TooFast(limit=conf.MAX_MESSAGES_PER_SECOND)
