"""`Batch`: events of one topic that leave together; `Joined`: finished messages that do."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from realtime.prepared import Prepared


class Live(NamedTuple):
    """An event on its way to the followers, with its finished text."""

    offset: int
    text: str
    key: str | None = None
    ends: str | None = None


class Finals(NamedTuple):
    """Which finals are in a frame, or a part of one."""

    topic: str
    epoch: str
    offsets: tuple[int, ...]


class Joined:
    """Finished messages that leave together and whole. Joined, and framed, once for all who get them."""

    __slots__ = ("_frame", "_several", "events", "finals", "text")

    def __init__(self, texts: Sequence[str], finals: Finals | None = None, events: int = 0) -> None:
        self.text = ",".join(texts)
        """The messages, to stand in an array with others."""
        self.finals = finals
        """Those of them that are finals."""
        self.events = events
        """How many of them are events."""
        self._several = len(texts) > 1
        self._frame: Prepared | None = None

    def __bool__(self) -> bool:
        return bool(self.text)

    @property
    def frame(self) -> Prepared:
        """The messages as a frame of their own."""
        if self._frame is None:
            self._frame = Prepared(f"[{self.text}]" if self._several else self.text)
        return self._frame


class Batch:
    """What gathered for a topic's followers, in order of offset. A keyed event takes the place of an older one with its
    key; a final that `ends` a key removes what was there. The text is joined, and framed, once for all followers."""

    __slots__ = ("_events", "_joined", "epoch", "first", "last", "published_at", "slot", "topic")

    def __init__(self, topic: str, epoch: str, published_at: int = 0) -> None:
        self.topic, self.epoch = topic, epoch
        self.published_at = published_at
        """When its first event was published, in Unix ms; 0: not known."""
        self.slot = (topic,)  # in each follower's outbox
        self.first = self.last = 0
        self._events: dict[int | str, Live] = {}
        self._joined: Joined | None = None

    def __len__(self) -> int:
        return len(self._events)

    def __iter__(self) -> Iterator[Live]:
        return iter(self._events.values())

    def add(self, event: Live) -> None:
        """Add the next event."""
        if event.ends is not None:
            self._events.pop(event.ends, None)
        slot = event.offset if event.key is None else event.key
        self._events.pop(slot, None)
        self._events[slot] = event
        self.first, self.last = self.first or event.offset, event.offset

    def after(self, offset: int) -> "Batch":
        """The part past this offset, for who has the rest."""
        part = Batch(self.topic, self.epoch)
        for event in self:
            if event.offset > offset:
                part.add(event)
        return part

    @property
    def joined(self) -> Joined:
        """The events as they leave. The batch is complete then."""
        if self._joined is None:
            finals = finals_of(self.topic, self.epoch, [event.offset for event in self if event.key is None])
            self._joined = Joined([event.text for event in self], finals, len(self))
        return self._joined


def finals_of(topic: str, epoch: str, offsets: Sequence[int]) -> Finals | None:
    """The finals with these offsets; None: there are none."""
    return Finals(topic, epoch, tuple(offsets)) if offsets else None
