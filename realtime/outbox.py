"""What waits for one connection, in the order in which it goes out."""

from itertools import count

from realtime.batch import Batch, Finals, Joined
from realtime.conf import conf
from realtime.counts import counts
from realtime.prepared import Prepared

Slot = int | tuple[str, ...]  # a number; a topic and a conflation key; a topic, for a batch


class Full(Exception):  # noqa: N818 (as in queue.Full)
    """More than `MAX_QUEUE_SIZE` events wait."""


class Outbox:
    """Texts of the layer's own messages, and of events. A keyed event takes the place of an older one with its key, at
    the end, so that the order of offsets holds; a final that `ends` a key removes what waits with it. A batch, which
    is shared by all followers of a topic, stays whole."""

    __slots__ = ("_batches", "_joined", "_numbers", "_own", "_waiting", "finals", "own_size", "replays_size")

    def __init__(self) -> None:
        self._numbers = count()
        self._waiting: dict[Slot, str | Joined] = {}
        self._own = self._batches = 0
        self._joined = 0  # events in the batches and replays that wait
        self.finals: list[Finals] = []  # those that wait; whoever takes a frame may keep the list
        self.own_size = 0  # characters of the layer's own messages that wait
        self.replays_size = 0  # characters of the replays that wait

    def __bool__(self) -> bool:
        """Whether something waits."""
        return bool(self._waiting)

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, text: str) -> None:
        """Add a message of the layer's own; it is neither conflated nor counted."""
        self._waiting[next(self._numbers)] = text
        self._own += 1
        self.own_size += len(text)

    def put_replay(self, replay: Joined) -> None:
        """Add a topic's start, or what was missed of it; it is neither conflated nor counted."""
        self._waiting[next(self._numbers)] = replay
        self._own += 1
        self._joined += replay.events
        self.replays_size += len(replay.text)
        if replay.finals is not None:
            self.finals.append(replay.finals)

    def put_batch(self, batch: Batch) -> bool:
        """Add a batch, unless something waits that it would have to be conflated with or counted: False."""
        slot = batch.slot
        if len(self._waiting) > self._batches or slot in self._waiting:
            return False
        self._waiting[slot] = joined = batch.joined
        self._batches += 1
        self._joined += joined.events
        if joined.finals is not None:
            self.finals.append(joined.finals)
        return True

    def put_event(self, topic: str, text: str, key: str | None, ends: str | None, finals: Finals | None = None) -> None:
        """Add an event; `finals` is itself, if it is one. Raises `Full`."""
        if ends is not None:
            self._waiting.pop((topic, ends), None)
        slot = next(self._numbers) if key is None else (topic, key)
        self._waiting.pop(slot, None)
        if len(self._waiting) - self._own - self._batches >= conf.MAX_QUEUE_SIZE:
            raise Full
        self._waiting[slot] = text
        if finals is not None:
            self.finals.append(finals)

    def take(self) -> Prepared | None:
        """All that waits, as one frame: a message, or an array of messages. None: nothing waits."""
        if not self._waiting:
            return None
        waiting = list(self._waiting.values())
        counts.events_delivered += self._joined + len(waiting) - self._own - self._batches
        self.clear()
        if len(waiting) > 1:
            return Prepared(f"[{','.join([part if isinstance(part, str) else part.text for part in waiting])}]")
        return Prepared(waiting[0]) if isinstance(waiting[0], str) else waiting[0].frame

    def clear(self) -> None:
        """Forget what waits."""
        self._waiting.clear()
        if self.finals:
            self.finals = []
        self._own = self._batches = self._joined = self.own_size = self.replays_size = 0
