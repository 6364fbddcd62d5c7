"""Readers that never read: what they cost a web process."""

import asyncio
import base64
import contextlib
import json
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass

from tests.chaos.stage import Board, Stage, memory, watching
from tests.waiting import await_for

COUNT = 20
SECONDS = 20
RATE, FILL = 200, 4_096
ALLOWED = 20.0
"""MiB that a process may grow by: half a megabyte a reader (the 100 events that may wait for it, as one frame) and what
memory takes in between. Unbounded, these readers would take over 300."""


@dataclass(frozen=True)
class Reader:
    """A kind of client that does not read."""

    name: str
    acknowledges: bool


@dataclass(frozen=True)
class Growth:
    """What a web process's memory did, MiB."""

    name: str
    before: float
    after: float
    owed: float
    """MiB that were published to all those readers."""

    @property
    def bounded(self) -> bool:
        return self.after - self.before < ALLOWED

    def __str__(self) -> str:
        memory = f"memory {self.before:.1f} → {self.after:.1f} MiB"
        return f"{self.name:44} {memory}; {COUNT} of them were owed {self.owed:.0f} MiB"


READERS = (
    Reader("a reader that never reads", acknowledges=False),
    Reader("a reader that never reads, but says it does", acknowledges=True),
)


async def run(reader: Reader) -> Growth:
    """Let readers of this kind follow a busy board."""
    async with Stage() as stage:
        board = Board(stage, "busy", RATE, FILL)
        with watching(stage.url(), board.topic, 1) as (watcher,):
            await await_for(lambda: len(watcher.sight.jobs) > RATE, 30, "a busy board")
            before, published = memory(stage.webs[0]), len(board.truth().jobs)
            async with asyncio.TaskGroup() as tasks:
                ignoring = [tasks.create_task(_ignore(stage.ports[0], board.topic, reader)) for _ in range(COUNT)]
                await asyncio.sleep(SECONDS)
                after = memory(stage.webs[0])
                for task in ignoring:
                    task.cancel()
            owed = (len(board.truth().jobs) - published) * FILL * COUNT / 1024**2
        await board.stop()
    return Growth(reader.name, before, after, owed)


async def _ignore(port: int, topic: str, reader: Reader) -> None:
    """Subscribe, over and over if the server hangs up, and read nothing."""
    while True:
        async with _connection(port) as writer:
            writer.write(_frame({"type": "subscribe", "topics": [{"topic": topic}]}))
            received = 0
            with contextlib.suppress(OSError):
                while not writer.transport.is_closing():
                    if reader.acknowledges:
                        received += 10
                        writer.write(_frame({"type": "ack", "received": received}))
                    await writer.drain()
                    await asyncio.sleep(0.1)


@contextlib.asynccontextmanager
async def _connection(port: int) -> AsyncIterator[asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
    key = base64.b64encode(os.urandom(16)).decode()
    writer.write(
        f"GET /ws/events/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    await reader.readuntil(b"\r\n\r\n")
    try:
        yield writer  # the stream's buffer is full at once, and then asyncio reads no more
    finally:
        writer.transport.abort()


def _frame(message: dict[str, object]) -> bytes:
    """A text frame of under 126 bytes, masked with zeros."""
    text = json.dumps(message).encode()
    assert len(text) < 126
    return bytes([0x81, 0x80 | len(text), 0, 0, 0, 0]) + text
