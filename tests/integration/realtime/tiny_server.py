"""A server with a tiny application: `python -m tests.integration.realtime.tiny_server PORT FOLDER`."""

from realtime.server import Server  # isort:skip (it chooses Twisted's reactor)

import asyncio
import logging
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import django

from realtime.auth import header
from realtime.prepared import SOCKET, Prepared, Socket

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

MEGABYTE = 1024**2
MAX_BODY = 4 * MEGABYTE
PATIENCE = 2.0
RESULT_MEGABYTES = 200
REFUSED = "127.0.0.9"


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 (how the tests hear of it)


async def application(scope: Message, receive: Receive, send: Send) -> None:
    """Answers by path; says on standard output what it lives through."""
    if scope["path"] == "/joined":
        await joined(scope["extensions"][SOCKET], receive, send)
    elif scope["path"] == "/broken":
        await broken(scope, receive, send)
    elif scope["type"] == "websocket":
        await echo(receive, send)
    else:
        await PATHS[scope["path"]](receive, send)


async def echo(receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] != "websocket.disconnect":
        if message["text"] == "stall":
            await asyncio.sleep(60)
        elif message["text"].startswith("repeat "):
            await repeat(int(message["text"].split()[1]), send)
        elif message["text"] == "close":
            await send({"type": "websocket.close", "code": 4409, "reason": "too slow"})
            await send({"type": "websocket.send", "text": "too late"})
        else:
            await send({"type": "websocket.send", "text": str(len(message["text"]))})
    say(f"socket closed {message['code']}")


async def repeat(megabytes: int, send: Send) -> None:
    """As many megabytes, each a message."""
    for _ in range(megabytes):
        await send({"type": "websocket.send", "text": "x" * MEGABYTE})
    say(f"repeated {megabytes}")


async def joined(socket: Socket, receive: Receive, send: Send) -> None:
    """Echoes by the server's extension: nothing is awaited."""
    await receive()
    await send({"type": "websocket.accept"})
    owed = [0]

    def heard(text: str | bytes) -> bool:
        assert isinstance(text, str)
        if text == "close":
            socket.close(4409)
        elif text == "progress":
            say("progress {} {}".format(*socket.progress()))
        elif text.startswith("repeat "):
            owed[0] = int(text.split()[1])
            flows()
        else:
            socket.write(Prepared(text))
        return text != "enough"

    def flows() -> None:
        while owed[0] and socket.flowing:
            owed[0] -= 1
            socket.write(Prepared("x" * MEGABYTE))

    socket.join(heard=heard, flows=flows)
    message = await receive()
    say(f"joined socket closed {message['code']}")


async def result(receive: Receive, send: Send) -> None:
    """As many megabytes as a large result has."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    say("result begun")
    for index in range(RESULT_MEGABYTES):
        await send({"type": "http.response.body", "body": bytes([index]) * MEGABYTE, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
    say("result sent")


async def length(receive: Receive, send: Send) -> None:
    """The length of the request's body."""
    size, more = 0, True
    while more:
        message = await receive()
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(size).encode()})


async def slow(receive: Receive, send: Send) -> None:
    """A download that is under way at a stop, and ends by itself after a second."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"begun,", "more_body": True})
    say("slow begun")
    await asyncio.sleep(1)
    await send({"type": "http.response.body", "body": b"ended"})


async def endless(receive: Receive, send: Send) -> None:
    """A request that never ends."""
    say("endless begun")
    await asyncio.Event().wait()


class Broken:
    """A socket on which nothing can be sent any more; it can be closed."""

    flowing = True

    def __init__(self, socket: Socket) -> None:
        self.join, self.close, self.progress = socket.join, socket.close, socket.progress

    def write(self, frame: Prepared) -> None:
        raise RuntimeError("out of order")


async def broken(scope: Message, receive: Receive, send: Send) -> None:
    """The layer's own consumer on such a socket."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    django.setup()
    from realtime import HeartbeatConsumer  # only now, since it needs the settings

    scope["extensions"][SOCKET] = Broken(scope["extensions"][SOCKET])
    await HeartbeatConsumer.as_asgi()(scope, receive, send)


PATHS = {"/result": result, "/length": length, "/slow": slow, "/endless": endless}


async def goodbye(seconds: float) -> None:
    say("goodbye")


if __name__ == "__main__":
    logging.basicConfig(level="INFO")
    server = Server(
        application,
        port=int(sys.argv[1]),
        body_folder=Path(sys.argv[2]),
        max_body_bytes=MAX_BODY,
        patience=PATIENCE,
        on_stop=goodbye,
        refuses=lambda scope: REFUSED in (scope["client"][0], header(scope, b"x-came-from")),
    )
    server.run()
    say("ended")
