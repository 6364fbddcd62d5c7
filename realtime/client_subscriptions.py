"""The topics that a client follows, and how far it has come in each. Pure logic, no I/O."""

from collections.abc import Callable
from dataclasses import dataclass, field

from realtime.client_session import Message
from realtime.history import Position

REMEMBERED = 4_096
"""Event ids of a topic that are kept, to know an event that comes again at another position: more than a history
holds by default, since a topic without a snapshot may be replayed whole."""


@dataclass(slots=True, eq=False)
class Subscription:
    """One topic. `deliver` gets `subscribed` first, then each event once and in order, or one `error`."""

    topic: str
    deliver: Callable[[Message], None]
    position: Position | None = None
    _seen: dict[str, None] = field(default_factory=dict)

    def request(self) -> Message:
        """What a `subscribe` says of this topic."""
        if self.position is None:
            return {"topic": self.topic}
        return {"topic": self.topic, "epoch": self.position.epoch, "offset": self.position.offset}

    def start(self, message: Message) -> None:
        """Take a `subscribed`: go on from the position that we have, or start over."""
        if not message["recovered"]:
            # Without a snapshot all that the history holds follows, so no offset is behind us yet.
            self.position = Position(message["epoch"], message["offset"] if "snapshot" in message else 0)
        self.deliver(message)

    def take(self, event: Message) -> None:
        """Deliver an event, unless it is known or not of the history that we follow."""
        epoch, offset, event_id = event.get("epoch"), event.get("offset"), event.get("event_id")
        if self.position is None or epoch != self.position.epoch or not isinstance(offset, int):
            return
        if offset <= self.position.offset:
            return
        self.position = Position(self.position.epoch, offset)
        if self._is_new(event_id):
            self.deliver(event)

    def _is_new(self, event_id: str | None) -> bool:
        if event_id is None:
            return True
        if event_id in self._seen:
            return False
        self._seen[event_id] = None
        if len(self._seen) > REMEMBERED:
            del self._seen[next(iter(self._seen))]
        return True


class Subscriptions:
    """All topics of one client."""

    def __init__(self) -> None:
        self._topics: dict[str, Subscription] = {}

    def requests(self) -> list[Message]:
        """What to ask for on a new connection."""
        return [subscription.request() for subscription in self._topics.values()]

    def add(self, subscription: Subscription) -> None:
        """Follow one more topic. Raises `ValueError` for one that is followed already."""
        if subscription.topic in self._topics:
            raise ValueError(f"topic: {subscription.topic!r} is followed already; close its feed first")
        self._topics[subscription.topic] = subscription

    def remove(self, subscription: Subscription) -> bool:
        """Follow a topic no more; whether it was followed."""
        known = self._topics.get(subscription.topic) is subscription
        if known:
            del self._topics[subscription.topic]
        return known

    def receive(self, message: Message) -> None:
        """Hand a message of the server to the topic that it is for; what is for none is dropped."""
        params = message.get("params") if message["type"] == "error" else None
        topic = params.get("topic") if isinstance(params, dict) else message.get("topic")
        subscription = self._topics.get(topic) if isinstance(topic, str) else None
        if subscription is None:
            return
        match message["type"]:
            case "subscribed":
                subscription.start(message)
            case "error":
                del self._topics[subscription.topic]
                subscription.deliver(message)
            case _:
                subscription.take(message)
