"""Topics: which feeds exist, who may follow them, and what a newcomer is shown."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from realtime.protocol import Event

# What Channels allows as a group's name, but for the layer's own groups.
NAME = re.compile(r"(?!realtime\.)[A-Za-z0-9._-]{1,99}")


class Topic:
    """A kind of feed. Subclass it in an app's `topics.py`, where it is found at start.

    `pattern` is a name with parameters, such as `owner.{key}`; a parameter has letters, digits, `_` and `-`. No
    topic has a name that begins with `realtime.`, whatever the pattern. `events` lists the types that are published to
    such topics. An instance stands for one topic, `self.name`, with `self.params`.
    """

    pattern: ClassVar[str]
    events: ClassVar[tuple[type[Event], ...]] = ()
    _regex: ClassVar[re.Pattern[str]]

    def __init__(self, name: str, params: Mapping[str, str]) -> None:
        self.name = name
        self.params = params

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        parts = re.split(r"\{(\w+)\}", cls.pattern)  # literal, parameter, literal, …
        parts[::2] = map(re.escape, parts[::2])
        parts[1::2] = [rf"(?P<{name}>[A-Za-z0-9_-]+)" for name in parts[1::2]]
        cls._regex = re.compile("".join(parts))
        topics.append(cls)

    async def authorize(self, scope: Mapping[str, Any]) -> bool:
        """Whether the connection of this ASGI scope may follow the topic; asked at every subscribe. Nobody may, unless
        a subclass says so. The refused cannot tell the topic from one that does not exist. What it raises is no answer:
        it is logged, and asked again with growing pauses until there is one, or the connection unsubscribes or closes;
        the client waits meanwhile."""
        return False

    async def snapshot(self) -> Any:
        """What a follower sees who has no position: JSON, a msgspec Struct, times and UUIDs. It is shared by all
        followers of the topic. The position that comes with it was read before, so events may repeat what it shows.
        None: the topic has no snapshot, and a newcomer gets all that the history holds."""
        return None


class Watched:
    """Mixed into a `Topic` that shows how something is at the moment: while somebody follows it, each process in which
    somebody does looks every `watching.INTERVAL` seconds, and publishes what it sees."""

    name: str

    async def look(self) -> Event:
        """How it is. What this raises is logged, and nothing is published."""
        raise NotImplementedError

    async def snapshot(self) -> Any:
        """The same, for who begins to follow."""
        return await self.look()


topics: list[type[Topic]] = []


def find(name: str) -> Topic | None:
    """The topic of this name, if a declared pattern matches."""
    if NAME.fullmatch(name):
        for kind in topics:
            if match := kind._regex.fullmatch(name):
                return kind(name, match.groupdict())
    return None
