"""A small app of its own: rooms in which things are said. The layer knows nothing of conversions, nor do its tests."""

from collections import Counter
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from realtime import Event, Topic


class Said(Event, tag="said"):
    text: str


class Typing(Event, tag="typing"):
    percent: int


class Room(Topic):
    """Everybody may enter but where it says `secret`; the snapshot is what stands in `walls`."""

    pattern = "room.{name}"
    events = (Said, Typing)

    async def authorize(self, scope: Mapping[str, Any]) -> bool:
        return self.params["name"] != "secret"

    async def snapshot(self) -> dict[str, Any]:
        taken[self.name] += 1
        return {"wall": walls.get(self.name, "")}


class Broken(Topic):
    """Its app always fails: it cannot even say who may enter where it says `door`, and has no snapshot to show."""

    pattern = "broken.{part}"

    async def authorize(self, scope: Mapping[str, Any]) -> bool:
        failures[self.name] += 1
        if self.params["part"] == "door":
            raise OSError("the database is away")
        return True

    async def snapshot(self) -> Any:
        failures[self.name] += 1
        raise OSError("the database is away")


class Log(Topic):
    """A topic without a snapshot."""

    pattern = "log.{name}"
    events = (Said,)

    async def authorize(self, scope: Mapping[str, Any]) -> bool:
        return True


class Diary(Topic):
    """Only whom it belongs to may read it; who asks is said by the context."""

    pattern = "diary.{owner}"

    async def authorize(self, scope: Mapping[str, Any]) -> bool:
        return visitor.get() == self.params["owner"]


visitor: ContextVar[str] = ContextVar("visitor", default="")
walls: dict[str, str] = {}
taken: Counter[str] = Counter()
"""How many snapshots were taken of each room."""
failures: Counter[str] = Counter()
"""How often each broken topic was asked for something."""
