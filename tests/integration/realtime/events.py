"""Server-sent events taken apart as a browser does (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

PATIENCE = 15
LINE = re.compile(r"\r\n|\n|\r")


@dataclass
class Told:
    """One event: its frame's messages, its id, and the wait that was named before or with it."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    position: str | None = None
    retry_ms: int | None = None


class Parser:
    """Takes a stream in pieces; gives each event once it is complete. `comments` counts what keeps a stream alive."""

    def __init__(self) -> None:
        self.comments = 0
        self.retry_ms: int | None = None
        self._rest = b""

    def feed(self, data: bytes) -> list[Told]:
        *blocks, self._rest = (self._rest + data).split(b"\n\n")
        return [event for block in blocks if (event := self._event(block.decode()))]

    def _event(self, block: str) -> Told | None:
        event, data = Told(), []
        for line in LINE.split(block):
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            match name:
                case "":
                    self.comments += 1
                case "data":
                    data.append(value)
                case "id":
                    event.position = value
                case "retry":
                    self.retry_ms = int(value)
                case _:
                    raise AssertionError(f"unknown field {line!r}")
        if not data:
            return None
        event.retry_ms, self.retry_ms = self.retry_ms, None
        found = json.loads("\n".join(data))
        event.messages = found if isinstance(found, list) else [found]
        return event


def told(data: bytes) -> list[Told]:
    """The events of a whole text."""
    return Parser().feed(data)


class Reader:
    """A stream that is being read; every message is kept, and the position that came last."""

    def __init__(self, chunks: AsyncIterator[bytes], position: str = "") -> None:
        self.messages: list[dict[str, Any]] = []
        self.position = position
        self.parser = Parser()
        self._chunks = chunks

    async def take(self) -> list[Told]:
        async with asyncio.timeout(PATIENCE):
            events = self.parser.feed(await anext(self._chunks))
        for event in events:
            self.messages += event.messages
            self.position = event.position or self.position
        return events

    async def until(self, count: int, kind: str = "said") -> list[dict[str, Any]]:
        """All messages of a type, once there are `count`."""
        while len(found := [message for message in self.messages if message["type"] == kind]) < count:
            await self.take()
        return found

    async def next(self, kind: str) -> dict[str, Any]:
        return (await self.until(1 + sum(message["type"] == kind for message in self.messages), kind))[-1]

    async def rest(self) -> list[dict[str, Any]]:
        """All messages, once the stream has ended."""
        try:
            while True:
                await self.take()
        except StopAsyncIteration:
            return self.messages
