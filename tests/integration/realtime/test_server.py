"""The web server with a tiny application: real sockets, a real process, its real memory."""

import contextlib
import http.client
import json
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import websockets
from websockets.asyncio.client import ClientConnection, connect

from tests.integration.realtime.tiny_server import MAX_BODY, MEGABYTE, PATIENCE, RESULT_MEGABYTES
from tests.processes import ROOT, environment, free_port, stop
from tests.waiting import await_for, wait_for


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


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TinyServer]:
    with running(tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture
def server(shared: TinyServer) -> TinyServer:
    """A server that has said nothing yet."""
    shared.output = b""
    return shared


@pytest.fixture
def doomed(tmp_path: Path) -> Iterator[TinyServer]:
    """A server that the test stops."""
    with running(tmp_path) as server:
        yield server


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


# --- Bodies in


def test_a_body_up_to_the_limit_is_taken(server: TinyServer) -> None:
    head, body = post(server, request(MAX_BODY), b"x" * MAX_BODY)
    assert b" 200 " in head
    assert body.endswith(str(MAX_BODY).encode() + b"\r\n0\r\n\r\n")


def test_a_body_over_the_limit_is_refused_before_it_is_sent(server: TinyServer) -> None:
    with server.connect() as client:
        client.sendall(request(MAX_BODY + 1))
        answer = client.recv(65536)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b'"code": "body_too_large"' in answer
    assert b'"suggestion": "' in answer
    assert f'"max_bytes": {MAX_BODY}'.encode() in answer


def test_a_client_that_waits_for_a_continue_gets_the_refusal_alone(server: TinyServer) -> None:
    with server.connect() as client:
        client.sendall(request(MAX_BODY + 1, "Expect: 100-continue"))
        assert client.recv(65536).startswith(b"HTTP/1.1 413 ")


def test_a_client_that_sends_all_before_it_reads_gets_the_refusal_too(server: TinyServer) -> None:
    before = server.memory()
    size = 20 * MAX_BODY
    head, body = post(server, request(size), *[b"x" * MEGABYTE] * (size // MEGABYTE))
    assert head.startswith(b"HTTP/1.1 413 ")
    assert b"body_too_large" in body
    assert server.memory() - before < 10 * MEGABYTE


def test_a_body_without_a_length_is_refused_when_it_grows_over_the_limit(server: TinyServer) -> None:
    head = b"POST /length HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"%x\r\n%s\r\n" % (MEGABYTE, b"x" * MEGABYTE)
    answer, body = post(server, head, *[chunk] * 10, b"0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"body_too_large" in body


def test_a_body_without_a_length_is_taken_up_to_the_limit(server: TinyServer) -> None:
    head = b"POST /length HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    answer, body = post(server, head, b"5\r\nhello\r\n", b"0\r\n\r\n")
    assert b" 200 " in answer
    assert b"5" in body


def test_a_connection_serves_one_request_after_another(server: TinyServer) -> None:
    client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    with contextlib.closing(client):
        for size in (10, 200_000, 0):
            client.request("POST", "/length", body=b"x" * size)
            assert client.getresponse().read() == str(size).encode()


# --- Bodies out


def test_a_result_arrives_whole(server: TinyServer) -> None:
    client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    with contextlib.closing(client):
        client.request("GET", "/result")
        response = client.getresponse()
        for index in range(RESULT_MEGABYTES):
            assert response.read(MEGABYTE) == bytes([index]) * MEGABYTE
        assert response.read() == b""
    wait_for(lambda: server.said("result sent"))


def test_areader_that_never_reads_does_not_grow_the_server(server: TinyServer) -> None:
    before = server.memory()
    with server.connect() as client:
        client.sendall(b"GET /result HTTP/1.1\r\nHost: localhost\r\n\r\n")
        wait_for(lambda: server.said("result begun"))
        # Others are served meanwhile, and by then an unbounded server would have written it all.
        for _ in range(20):
            assert post(server, request(5), b"hello")[0].startswith(b"HTTP/1.1 200 ")
        assert server.memory() - before < 20 * MEGABYTE
        assert not server.said("result sent")
    wait_for(lambda: server.said("result sent"), because="the end of the response to a client that left")


# --- WebSockets


async def closing(socket: ClientConnection) -> tuple[int, str]:
    """Read until the server closes; returns its code and reason."""
    with contextlib.suppress(websockets.ConnectionClosed):
        while True:
            await socket.recv()
    await socket.wait_closed()
    return socket.close_code or 0, socket.close_reason or ""


async def test_a_frame_a_little_over_the_limit_of_messages_reaches_the_consumer(server: TinyServer) -> None:
    async with server.websocket() as socket:
        await socket.send("x" * 60_000)
        assert await socket.recv() == "60000"


async def test_a_far_too_large_frame_closes_the_socket_with_a_code_that_ends_it(server: TinyServer) -> None:
    async with server.websocket() as socket:
        await socket.send("x" * MEGABYTE)
        told = json.loads(await socket.recv())
        assert (told["code"], told["params"]["size"]) == ("frame_too_large", MEGABYTE)
        code, reason = await closing(socket)
    assert code == 4400
    assert "exceeds payload limit" in reason


async def test_text_that_is_not_utf8_closes_the_socket_with_a_code_that_ends_it(server: TinyServer) -> None:
    async with server.websocket() as socket:
        await socket.send(b"\xff\xfe", text=True)
        assert (await closing(socket))[0] == 4400


async def test_the_code_and_reason_of_a_close_arrive_and_a_late_send_is_no_error(server: TinyServer) -> None:
    async with server.websocket() as socket:
        await socket.send("close")
        assert await closing(socket) == (4409, "too slow")
    await await_for(lambda: server.said("socket closed 4409"))
    assert not server.said("Traceback")


async def test_a_message_that_goes_out_may_be_larger_than_one_that_comes_in(server: TinyServer) -> None:
    async with server.websocket(max_size=None) as socket:
        await socket.send("repeat 1")
        assert len(await socket.recv()) == MEGABYTE


async def test_a_socket_that_is_not_read_does_not_grow_the_server(server: TinyServer) -> None:
    before, already = server.memory(), server.output.count(b"repeated")
    async with server.websocket(max_size=None, max_queue=1, ping_interval=None) as socket:
        await socket.send("repeat 100")
        for _ in range(20):  # others are served meanwhile, and by then an unbounded server would have written it all
            assert post(server, request(5), b"hello")[0].startswith(b"HTTP/1.1 200 ")
        assert server.memory() - before < 20 * MEGABYTE
        assert server.output.count(b"repeated") == already
        assert [len(await socket.recv()) for _ in range(100)] == [MEGABYTE] * 100


async def test_an_application_hears_that_a_socket_which_was_not_read_is_gone(server: TinyServer) -> None:
    async with server.websocket(max_size=None, max_queue=1, ping_interval=None) as socket:
        await socket.send("repeat 100")
        await socket.recv()
        socket.transport.abort()
    await await_for(lambda: server.said("socket closed 1006"))


async def test_joined_socket_hears_every_text_in_order_however_it_was_framed(server: TinyServer) -> None:
    texts = ["", "short", "naïve ☃", "y" * 125, "z" * 126, "long " * 10_000, "after"]
    async with server.websocket("/joined", max_size=None) as socket:
        for text in texts:
            await socket.send(text)
        await socket.send(["in ", "several ", "frames"])
        await socket.send("last")
        assert [await socket.recv() for _ in range(len(texts) + 2)] == [*texts, "in several frames", "last"]


async def test_texts_to_a_joined_socket_may_come_in_one_packet_or_byte_by_byte(server: TinyServer) -> None:
    reader = server.connect()
    with reader:
        reader.sendall(
            b"GET /joined HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        assert b" 101 " in reader.recv(65536)
        frame = b"\x81\x83\x00\x00\x00\x00abc"
        reader.sendall(frame + frame)
        for byte in frame:
            reader.sendall(bytes([byte]))
        reader.sendall(frame)
        answer = b""
        while len(answer) < 20:
            answer += reader.recv(65536)
        assert answer == b"\x81\x03abc" * 4


async def test_joined_socket_says_when_the_client_does_not_read_and_when_it_does_again(server: TinyServer) -> None:
    before = server.memory()
    async with server.websocket("/joined", max_size=None, max_queue=1, ping_interval=None) as socket:
        await socket.send("repeat 100")
        for _ in range(20):
            assert post(server, request(5), b"hello")[0].startswith(b"HTTP/1.1 200 ")
        assert server.memory() - before < 20 * MEGABYTE
        assert [len(await socket.recv()) for _ in range(100)] == [MEGABYTE] * 100


async def test_joined_socket_is_closed_with_a_code_even_if_the_client_does_not_read(server: TinyServer) -> None:
    async with server.websocket("/joined") as socket:
        await socket.send("close")
        assert (await closing(socket))[0] == 4409
    await await_for(lambda: server.said("joined socket closed 4409"))
    async with server.websocket("/joined", max_size=None, max_queue=1, ping_interval=None) as socket:
        await socket.send("repeat 100")
        await socket.recv()
        await socket.send("close")
        await await_for(lambda: server.output.count(b"joined socket closed") == 2)
    assert not server.said("Traceback")


def pour(client: socket.socket, data: bytes, times: int) -> None:
    """Send the same again and again, each time within the socket's time-out."""
    for _ in range(times):
        client.sendall(data)


async def test_a_flood_of_frames_does_not_grow_the_server(server: TinyServer) -> None:
    before = server.memory()
    reader = server.connect()
    with reader:
        reader.sendall(
            b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        assert b" 101 " in reader.recv(65536)
        masked = b"\x00\x00\x00\x00"
        reader.sendall(b"\x81\x85" + masked + b"stall")
        flood = (b"\x81\xfe" + (30_000).to_bytes(2, "big") + masked + b"x" * 30_000) * 10
        reader.settimeout(0.5)
        with pytest.raises(TimeoutError):
            pour(reader, flood, times=100 * MEGABYTE // len(flood))
        assert post(server, request(5), b"hello")[0].startswith(b"HTTP/1.1 200 ")
        assert server.memory() - before < 20 * MEGABYTE


# --- The stop


async def test_a_stop_says_goodbye_and_closes_sockets_with_going_away(doomed: TinyServer) -> None:
    async with doomed.websocket() as socket:
        await socket.send("x")
        await socket.recv()
        doomed.ask_to_stop()
        assert (await closing(socket))[0] == 4012
    assert doomed.process.wait(PATIENCE) == 0
    assert doomed.said("goodbye")
    assert doomed.said("ended")


def test_a_download_ends_before_the_server_does(doomed: TinyServer) -> None:
    client = http.client.HTTPConnection("127.0.0.1", doomed.port, timeout=10)
    with contextlib.closing(client):
        client.request("GET", "/slow")
        wait_for(lambda: doomed.said("slow begun"))
        doomed.ask_to_stop()
        assert client.getresponse().read() == b"begun,ended"
    assert doomed.process.wait(PATIENCE) == 0


def test_a_request_that_hangs_does_not_hold_the_stop_up(doomed: TinyServer) -> None:
    with doomed.connect() as client:
        client.sendall(b"GET /endless HTTP/1.1\r\nHost: localhost\r\n\r\n")
        wait_for(lambda: doomed.said("endless begun"))
        doomed.ask_to_stop()
        assert doomed.process.wait(PATIENCE + 2) == 0


def test_a_stopping_server_takes_no_new_connection(doomed: TinyServer) -> None:
    with doomed.connect() as client:
        client.sendall(b"GET /endless HTTP/1.1\r\nHost: localhost\r\n\r\n")
        wait_for(lambda: doomed.said("endless begun"))
        doomed.ask_to_stop()
        wait_for(lambda: doomed.said("goodbye"))
        with pytest.raises(ConnectionRefusedError):
            doomed.connect()


def test_an_address_that_is_taken_is_an_error(server: TinyServer) -> None:
    second = TinyServer(server.folder, server.port)
    assert second.process.wait(10) != 0
    second.reader.join()
    assert second.said("Address already in use")
