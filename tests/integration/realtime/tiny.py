"""The web server with a tiny application: real sockets, a real process, its real memory."""

import contextlib
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import websockets
from websockets.asyncio.client import ClientConnection, connect

from tests.integration.realtime.tiny_server import PATIENCE
from tests.processes import ROOT, environment, free_port, stop
from tests.waiting import wait_for


class TinyServer:
    """The running process, and all that it has printed."""

    def __init__(self, folder: Path, port: int | None = None) -> None:
        self.folder, self.port = folder, port or free_port()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.realtime.tiny_server", str(self.port), str(folder)],
            cwd=ROOT,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.output = b""
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as output:
            while piece := output.read1(65536):
                self.output += piece

    def said(self, text: str) -> bool:
        return text.encode() in self.output

    def listens(self) -> bool:
        with contextlib.suppress(OSError), self.connect():
            return True
        assert self.process.poll() is None, self.output.decode()
        return False

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def websocket(self, path: str = "/", **options: Any) -> connect:
        return connect(f"ws://127.0.0.1:{self.port}{path}", **options)

    def memory(self) -> int:
        return int(psutil.Process(self.process.pid).memory_info().rss)

    def ask_to_stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)


@contextlib.contextmanager
def running(folder: Path) -> Iterator[TinyServer]:
    """A server that listens; it ends with the `with`."""
    server = TinyServer(folder)
    try:
        wait_for(server.listens, because="the server")
        yield server
    finally:
        stop(server.process, patience=PATIENCE + 2)
        server.reader.join()


def post(server: TinyServer, *parts: bytes) -> tuple[bytes, bytes]:
    """Send a request as it stands; returns the head and the body of the answer, read to the end of the connection."""
    with server.connect() as client:
        for part in parts:
            client.sendall(part)
        answer = b""
        while piece := client.recv(65536):
            answer += piece
    head, _, body = answer.partition(b"\r\n\r\n")
    return head, body


def request(length: int, *headers: str) -> bytes:
    lines = ["POST /length HTTP/1.1", "Host: localhost", "Connection: close", f"Content-Length: {length}", *headers]
    return "\r\n".join([*lines, "", ""]).encode()


async def closing(socket: ClientConnection) -> tuple[int, str]:
    """Read until the server closes; returns its code and reason."""
    with contextlib.suppress(websockets.ConnectionClosed):
        while True:
            await socket.recv()
    await socket.wait_closed()
    return socket.close_code or 0, socket.close_reason or ""
