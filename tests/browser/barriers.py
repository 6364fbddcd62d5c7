"""A proxy as in networks that know HTTP only: what asks for a WebSocket is refused, the rest goes through."""

import contextlib
import socket
import socketserver
import threading
from types import TracebackType
from typing import Self

PIECE = 64 * 1024
REFUSAL = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class WithoutWebSockets:
    """Listens at `url`, in front of the port of a server."""

    def __init__(self, target: int) -> None:
        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                with socket.create_connection(("127.0.0.1", target)) as far:
                    _join(self.request, far)

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


def _join(near: socket.socket, far: socket.socket) -> None:
    answers = threading.Thread(target=_pass, args=(far, near), daemon=True)
    answers.start()
    with contextlib.suppress(OSError):
        while piece := near.recv(PIECE):
            if b"upgrade: websocket" in piece.lower():
                near.sendall(REFUSAL)
                break
            far.sendall(piece)
    _end(far)
    answers.join()


def _pass(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(PIECE):
            target.sendall(piece)
    _end(target)


def _end(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
