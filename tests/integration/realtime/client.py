"""A WebSocket client of the consumers, in the test's own event loop."""

import asyncio
import json
from types import TracebackType
from typing import Any, Self

from channels.testing import WebsocketCommunicator

from realtime.routing import websocket_urlpatterns

Message = dict[str, Any]
PATIENCE = 15
APPLICATIONS = {f"/{pattern.pattern}": pattern.callback for pattern in websocket_urlpatterns}


class Client:
    """Connects with `async with`; every message that comes is kept in `messages`, pings left out."""

    def __init__(self, path: str = "/ws/events/", headers: dict[str, str] | None = None, **scope: Any) -> None:
        pairs = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
        self._socket = WebsocketCommunicator(APPLICATIONS[path], path, headers=pairs)
        self._socket.scope.update({"client": ["192.0.2.1", 1], **scope})
        self.messages: list[Message] = []
        self.close_code: int | None = None
        self.acknowledges = True
        self._received = 0

    async def __aenter__(self) -> Self:
        connected, self.subprotocol = await self._socket.connect(timeout=5)
        assert connected
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        await self._socket.disconnect()

    async def send(self, *messages: Message) -> None:
        await self.send_text(json.dumps(messages[0] if len(messages) == 1 else messages))

    async def send_text(self, text: str) -> None:
        await self._socket.send_to(text_data=text)

    async def send_bytes(self, data: bytes) -> None:
        await self._socket.send_to(bytes_data=data)

    async def subscribe(self, topic: str, **position: Any) -> Message:
        """Subscribe, and return the answer."""
        already = len(self.messages)
        await self.send({"type": "subscribe", "topics": [{"topic": topic, **position}], "id": "s"})
        return await self.next("subscribed", "error", after=already)

    async def next(self, *types: str, after: int | None = None) -> Message:
        """The next message of one of these types (of any but pings, if none is given)."""
        start = len(self.messages) if after is None else after
        async with asyncio.timeout(PATIENCE):
            while True:
                for message in self.messages[start:]:
                    if not types or message["type"] in types:
                        return message
                start = len(self.messages)
                await self._take()

    async def until(self, count: int, kind: str = "said") -> list[Message]:
        """All messages of a type, once there are `count`."""
        async with asyncio.timeout(PATIENCE):
            while len(found := [message for message in self.messages if message["type"] == kind]) < count:
                await self._take()
        return found

    async def closed(self) -> int:
        """The code with which the server closes."""
        async with asyncio.timeout(PATIENCE):
            while self.close_code is None:
                await self._take()
        return self.close_code

    async def _take(self) -> None:
        assert self.close_code is None, f"closed with {self.close_code} after {self.messages[-1]}"
        output = await self._socket.receive_output(timeout=30)
        if output["type"] == "websocket.close":
            self.close_code = output["code"]
            return
        self._received += 1
        if self.acknowledges and self._received % 16 == 0:
            await self.send({"type": "ack", "received": self._received})
        found = json.loads(output["text"])
        self.messages += [m for m in (found if isinstance(found, list) else [found]) if m["type"] != "ping"]
