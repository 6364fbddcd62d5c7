"""`Feed`: what a program reads of a topic that its client follows."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Self

from realtime.client_session import Message
from realtime.client_subscriptions import Subscription
from realtime.history import Position

MAX_WAITING = 1_000
"""Messages that may wait in a feed before its client stops reading."""


class ClientError(Exception):
    """The root of what a client raises."""


class ConnectionRefused(ClientError):  # noqa: N818 (it says what happened)
    """The server closed with a code that says not to come back: `close_code` 4400, 4401 or 4403."""

    def __init__(self, close_code: int, reason: str) -> None:
        self.close_code = close_code
        super().__init__(f"the server closed the connection for good: {close_code} {reason}".rstrip())


class TopicRefused(ClientError):  # noqa: N818
    """The server does not let us follow the topic. `error` is its message, with `code` and `suggestion`."""

    def __init__(self, error: Message) -> None:
        self.error = error
        super().__init__(f"{error.get('message')} {error.get('suggestion', '')}".rstrip())


class Feed:
    """A topic's messages, as an async iterator: dicts as on the wire.

    First comes `subscribed`; where it is not `recovered` and has a `snapshot`, that takes the place of all that was
    known. Then each event comes once, in order. `subscribed` comes again after each reconnection, and, not `recovered`,
    when the server's history was lost. An event may tell what the snapshot before it shows already. Keyed events that
    a newer one replaced may be missing. The iteration ends with the client; it raises `TopicRefused` or
    `ConnectionRefused`.

    A feed that is not read holds up its client's other feeds, once 1,000 messages wait in it; the client may then lose
    its connection, and resumes when it is read again.
    """

    def __init__(
        self, topic: str, position: Position | None, *, leave: Callable[["Feed"], None], has_room: asyncio.Event
    ) -> None:
        self.subscription = Subscription(topic, self._put, position)
        self.error: Exception | None = None
        self._leave = leave
        self._has_room = has_room
        self.position = position
        """Where to go on, in this process or another, after the message that was read last."""
        self._messages: deque[tuple[Message, Position | None]] = deque()
        self._changed = asyncio.Event()
        self._ended = False

    @property
    def full(self) -> bool:
        """Whether so many messages wait that the client stops reading."""
        return len(self._messages) >= MAX_WAITING

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Message:
        while not self._messages:
            if self.error is not None:
                raise self.error
            if self._ended:
                raise StopAsyncIteration
            self._changed.clear()
            await self._changed.wait()
        message, self.position = self._messages.popleft()
        if len(self._messages) == MAX_WAITING - 1:
            self._has_room.set()
        return message

    def close(self) -> None:
        """Follow the topic no more; what has arrived can still be read."""
        self._leave(self)

    def end(self, error: Exception | None = None) -> None:
        """Nothing more comes."""
        self.error, self._ended = error, True
        self._changed.set()

    def _put(self, message: Message) -> None:
        if message["type"] == "error":
            self.end(TopicRefused(message))
            return
        self._messages.append((message, self.subscription.position))
        self._changed.set()
