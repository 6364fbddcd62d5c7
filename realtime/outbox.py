"""What waits for one connection, in the order in which it goes out."""

from itertools import count

from realtime.conf import conf


class Full(Exception):  # noqa: N818 (as in queue.Full)
    """More than `MAX_QUEUE_SIZE` events wait."""


class Outbox:
    """Texts of the layer's own messages, and of events. A keyed event takes the place of an older one with its key, at
    the end, so that the order of offsets holds; a final that `ends` a key removes what waits with it."""

    def __init__(self) -> None:
        self._numbers = count()
        self._texts: dict[int | tuple[str, str], str] = {}
        self._own: set[int | tuple[str, str]] = set()

    def put(self, text: str) -> None:
        """Add a message of the layer's own; it is neither conflated nor counted."""
        number = next(self._numbers)
        self._texts[number] = text
        self._own.add(number)

    def put_event(self, topic: str, text: str, key: str | None, ends: str | None) -> None:
        """Add an event. Raises `Full`."""
        if ends is not None:
            self._texts.pop((topic, ends), None)
        slot = next(self._numbers) if key is None else (topic, key)
        self._texts.pop(slot, None)
        if len(self._texts) - len(self._own) >= conf.MAX_QUEUE_SIZE:
            raise Full
        self._texts[slot] = text

    def take(self) -> str | None:
        """All that waits, as one frame: a message, or an array of messages. None: nothing waits."""
        if not self._texts:
            return None
        texts = list(self._texts.values())
        self.clear()
        return texts[0] if len(texts) == 1 else f"[{','.join(texts)}]"

    def clear(self) -> None:
        """Forget what waits."""
        self._texts.clear()
        self._own.clear()
