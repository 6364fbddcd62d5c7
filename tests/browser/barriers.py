"""Proxies that are as networks are: some know HTTP only, some forget connections."""

import contextlib
import socket
import socketserver
import threading
from types import TracebackType
from typing import Self

PIECE = 64 * 1024
REFUSAL = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Proxy:
    """Listens at `url`, in front of the port of a server."""

    def __init__(self, target: int) -> None:
        join = self.join

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                with socket.create_connection(("127.0.0.1", target)) as far:
                    join(self.request, far)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            block_on_close = False

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()

    def join(self, near: socket.socket, far: socket.socket) -> None:
        """Carry what either says to the other, until one ends."""
        answers = threading.Thread(target=self.carry, args=(far, near), daemon=True)
        answers.start()
        self.carry(near, far)
        answers.join()

    def carry(self, source: socket.socket, target: socket.socket) -> None:
        """Carry what one says to the other, until it ends."""
        with contextlib.suppress(OSError):
            while piece := source.recv(PIECE):
                target.sendall(piece)
        _end(target)


class WithoutWebSockets(Proxy):
    """What asks for a WebSocket is refused, the rest goes through."""

    def join(self, near: socket.socket, far: socket.socket) -> None:
        answers = threading.Thread(target=self.carry, args=(far, near), daemon=True)
        answers.start()
        with contextlib.suppress(OSError):
            while piece := near.recv(PIECE):
                if b"upgrade: websocket" in piece.lower():
                    near.sendall(REFUSAL)
                    break
                far.sendall(piece)
        _end(far)
        answers.join()


class Forgetful(Proxy):
    """Forgets, when it is told to, all connections that there are: they stay open, and nothing comes through."""

    def __init__(self, target: int) -> None:
        self._forgotten = 0
        super().__init__(target)

    def forget(self) -> None:
        self._forgotten += 1

    def carry(self, source: socket.socket, target: socket.socket) -> None:
        begun = self._forgotten
        with contextlib.suppress(OSError):
            while piece := source.recv(PIECE):
                if begun == self._forgotten:
                    target.sendall(piece)
        if begun == self._forgotten:
            _end(target)


def _end(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
