"""Clients that harm: `python -m tests.benchmarks.abusers PORT SOCKETS`.

Reads lines `KIND SECONDS` from standard input, does that, and answers each with a line of JSON: how many connections it
opened, and which errors and close codes came back. Its sockets are raw: what it does should cost it little.
"""

import asyncio
import contextlib
import json
import os
import re
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from itertools import count

from tests.masked import BINARY, HANDSHAKE, client_frame

PAUSE = 0.01
"""Seconds between two connections of one abuser: a hundred a second."""
ADDRESSES = 5
"""Network addresses among which the abusers are spread."""
ERROR = re.compile(rb'"type":"error","code":"([a-z_]+)"')
STATUS = re.compile(rb"^HTTP/1.1 (\d+) ")
LARGEST = 16_384
FAR_TOO_LARGE = 4 * 1024**2

Reader, Writer = asyncio.StreamReader, asyncio.StreamWriter
numbers, networks = count(), count()


def text(message: object) -> bytes:
    """A client's frame that holds a message."""
    return client_frame(json.dumps(message, separators=(",", ":")).encode())


def subscription(names: list[str]) -> bytes:
    return text({"type": "subscribe", "topics": [{"topic": name} for name in names]})


PINGS = text({"type": "ping", "sent_at": 1}) * 500
UNKNOWN = text({"type": "launch_missiles", "id": "x"}) * 500
MANY_PINGS = text([{"type": "ping", "sent_at": 1}] * 500)
BLANKS = client_frame(b'{"type":"ping","sent_at":1' + b" " * (LARGEST - 27) + b"}")


async def flood(writer: Writer, data: bytes) -> None:
    """The same again and again, as fast as it is taken."""
    while not writer.is_closing():
        writer.write(data)
        await writer.drain()
        await asyncio.sleep(0)  # `drain` does not always give others their turn


async def ping(writer: Writer) -> None:
    await flood(writer, PINGS)


async def junk(writer: Writer) -> None:
    await flood(writer, UNKNOWN if next(numbers) % 2 else client_frame(b"{no json") * 500)


async def large(writer: Writer) -> None:
    choice = next(numbers) % 3
    await flood(writer, [BLANKS, MANY_PINGS, client_frame(b"x" * FAR_TOO_LARGE)][choice])


async def binary(writer: Writer) -> None:
    await flood(writer, client_frame(b"\x00" * 100, BINARY) * 100)


async def topics(writer: Writer) -> None:
    """As many as a frame can hold, again and again; every other time ten thousand."""
    many = 1_000 if next(numbers) % 2 else 10_000
    await flood(writer, subscription([f"{number}" for number in range(many)]))


async def foreign(writer: Writer) -> None:
    """As fast as is allowed: topics that do not exist, those of others, and many of one's own, to and fro."""
    while True:
        names = [f"{kind}.{next(numbers)}" for kind in ("vault", "nothing", "board") for _ in range(15)]
        writer.write(subscription(names) + text({"type": "unsubscribe", "topics": names}))
        await asyncio.sleep(0.05)


async def come_and_go(writer: Writer) -> None:
    """A greeting is not even waited for."""


async def half(writer: Writer) -> None:
    writer.write(PINGS[:10])
    await asyncio.sleep(60)


async def deaf(writer: Writer) -> None:
    """Asks for everything, and neither reads nor acknowledges."""
    writer.transport.pause_reading()  # type: ignore[attr-defined]
    writer.write(subscription(["board.0"]))
    await asyncio.sleep(60)


KINDS: dict[str, Callable[[Writer], Awaitable[None]]] = {
    "pings": ping,
    "junk": junk,
    "large": large,
    "binary": binary,
    "topics": topics,
    "foreign": foreign,
    "come-and-go": come_and_go,
    "half": half,
    "deaf": deaf,
}


async def listen(reader: Reader, answers: Counter[str]) -> None:
    """Take what comes, until the server closes."""
    while data := await reader.read(1 << 16):
        answers.update(code.decode() for code in ERROR.findall(data))


async def accepted(reader: Reader, answers: Counter[str]) -> bool:
    """Whether the handshake succeeds. What is sent before its answer would be no frames."""
    status = STATUS.match(await reader.readuntil(b"\r\n\r\n"))
    code = status[1].decode() if status else "nonsense"
    answers[code] += 1
    return code == "101"


async def speak(kind: str, reader: Reader, writer: Writer, answers: Counter[str]) -> None:
    """A connection's life, until the server or the abuse has enough."""
    writer.write(HANDSHAKE % b"/ws/events/")
    if kind == "come-and-go" or not await accepted(reader, answers):
        return
    tasks = [asyncio.ensure_future(KINDS[kind](writer))]
    if kind != "deaf":
        tasks.append(asyncio.create_task(listen(reader, answers)))
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def connection(kind: str, port: int, address: str, answers: Counter[str]) -> None:
    """One connection from its beginning to its end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(address, 0))
    answers["connections"] += 1
    try:
        await speak(kind, reader, writer, answers)
    finally:
        writer.transport.abort()


async def abuser(kind: str, port: int, address: str, answers: Counter[str]) -> None:
    """Comes back whenever it is thrown out."""
    while True:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await connection(kind, port, address, answers)
        await asyncio.sleep(PAUSE)


async def harm(kind: str, seconds: float, port: int, sockets: int) -> Counter[str]:
    """From addresses that have not been seen before."""
    answers: Counter[str] = Counter()
    network = f"127.66.{next(networks)}"
    tasks = [
        asyncio.create_task(abuser(kind, port, f"{network}.{1 + number % ADDRESSES}", answers))
        for number in range(sockets)
    ]
    await asyncio.sleep(seconds)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return answers


def main(port: int, sockets: int) -> None:
    os.nice(19)  # what is measured is the server's cost, not that of the abusers
    for line in sys.stdin:
        kind, seconds = line.split()
        answers = asyncio.run(harm(kind, float(seconds), port, sockets))
        sys.stdout.write(f"{json.dumps(answers)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
