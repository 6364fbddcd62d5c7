"""WebSockets on the layer's own server: limits, order, and back-pressure."""

import asyncio
import contextlib
import json
import socket
import time
from collections.abc import Iterator

import pytest

from realtime.server_doorstep import HOLD
from tests.integration.realtime.tiny import TinyServer, closing, post, request
from tests.integration.realtime.tiny_server import MEGABYTE, REFUSED
from tests.masked import CLOSE, HANDSHAKE, PING, client_frame
from tests.waiting import await_for, wait_for


async def test_a_frame_a_little_over_the_limit_of_messages_reaches_the_consumer(tiny: TinyServer) -> None:
    async with tiny.websocket() as socket:
        await socket.send("x" * 60_000)
        assert await socket.recv() == "60000"


async def test_a_far_too_large_frame_closes_the_socket_with_a_code_that_ends_it(tiny: TinyServer) -> None:
    async with tiny.websocket() as socket:
        await socket.send("x" * MEGABYTE)
        told = json.loads(await socket.recv())
        assert (told["code"], told["params"]["size"]) == ("frame_too_large", MEGABYTE)
        code, reason = await closing(socket)
    assert code == 4400
    assert "exceeds payload limit" in reason


async def test_text_that_is_not_utf8_closes_the_socket_with_a_code_that_ends_it(tiny: TinyServer) -> None:
    async with tiny.websocket() as socket:
        await socket.send(b"\xff\xfe", text=True)
        assert (await closing(socket))[0] == 4400


async def test_the_code_and_reason_of_a_close_arrive_and_a_late_send_is_no_error(tiny: TinyServer) -> None:
    async with tiny.websocket() as socket:
        await socket.send("close")
        assert await closing(socket) == (4409, "too slow")
    await await_for(lambda: tiny.said("socket closed 4409"))
    assert not tiny.said("Traceback")


BAD_HANDSHAKES = {
    "a port that is none": b"Origin: http://127.0.0.1:1.evil.example\r\n",
    "half an address": b"Origin: http://[::1\r\n",
    "an old version": b"Sec-WebSocket-Version: 99\r\n",
}


@pytest.mark.parametrize("header", BAD_HANDSHAKES.values(), ids=BAD_HANDSHAKES)
def test_a_handshake_that_cannot_be_is_refused_without_a_traceback(tiny: TinyServer, header: bytes) -> None:
    name = header.partition(b":")[0]
    lines = [line for line in (HANDSHAKE % b"/").split(b"\r\n") if not line.startswith(name)]
    with tiny.connect() as client:
        client.sendall(b"\r\n".join([*lines[:-2], header.strip(), b"", b""]))
        answer = b""
        while piece := client.recv(65536):
            answer += piece
    assert answer.startswith(b"HTTP/1.1 4")
    assert not tiny.said("Traceback")


async def test_a_message_that_goes_out_may_be_larger_than_one_that_comes_in(tiny: TinyServer) -> None:
    async with tiny.websocket(max_size=None) as socket:
        await socket.send("repeat 1")
        assert len(await socket.recv()) == MEGABYTE


async def test_a_socket_that_is_not_read_does_not_grow_the_server(tiny: TinyServer) -> None:
    before = tiny.memory()
    async with tiny.websocket(max_size=None, max_queue=1, ping_interval=None) as socket:
        await socket.send("repeat 101")
        for _ in range(20):  # others are served meanwhile, and by then an unbounded server would have written it all
            assert post(tiny, request(5), b"hello")[0].startswith(b"HTTP/1.1 200 ")
        assert tiny.memory() - before < 20 * MEGABYTE
        assert not tiny.said("repeated 101")
        assert [len(await socket.recv()) for _ in range(101)] == [MEGABYTE] * 101


async def test_an_application_hears_that_a_socket_which_was_not_read_is_gone(tiny: TinyServer) -> None:
    async with tiny.websocket(max_size=None, max_queue=1, ping_interval=None) as socket:
        await socket.send("repeat 100")
        await socket.recv()
        socket.transport.abort()
    await await_for(lambda: tiny.said("socket closed 1006"))


async def test_joined_socket_hears_every_text_in_order_however_it_was_framed(tiny: TinyServer) -> None:
    texts = ["", "short", "naïve ☃", "y" * 125, "z" * 126, "long " * 10_000, "after"]
    async with tiny.websocket("/joined", max_size=None) as socket:
        for text in texts:
            await socket.send(text)
        await socket.send(["in ", "several ", "frames"])
        await socket.send("last")
        assert [await socket.recv() for _ in range(len(texts) + 2)] == [*texts, "in several frames", "last"]


async def test_texts_to_a_joined_socket_may_come_in_one_packet_or_byte_by_byte(tiny: TinyServer) -> None:
    reader = tiny.connect()
    with reader:
        reader.sendall(HANDSHAKE % b"/joined")
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


async def test_joined_socket_says_when_the_client_does_not_read_and_when_it_does_again(tiny: TinyServer) -> None:
    before = tiny.memory()
    async with tiny.websocket("/joined", max_size=None, max_queue=1, ping_interval=None) as socket:
        await socket.send("repeat 101")
        for _ in range(20):
            assert post(tiny, request(5), b"hello")[0].startswith(b"HTTP/1.1 200 ")
        assert tiny.memory() - before < 20 * MEGABYTE
        assert [len(await socket.recv()) for _ in range(100)] == [MEGABYTE] * 100


async def test_joined_socket_is_closed_with_a_code_even_if_the_client_does_not_read(tiny: TinyServer) -> None:
    async with tiny.websocket("/joined") as socket:
        await socket.send("close")
        assert (await closing(socket))[0] == 4409
    await await_for(lambda: tiny.said("joined socket closed 4409"))
    async with tiny.websocket("/joined", max_size=None, max_queue=1, ping_interval=None) as socket:
        await socket.send("repeat 100")
        await socket.recv()
        await socket.send("close")
        await await_for(lambda: tiny.output.count(b"joined socket closed") == 2)
    assert not tiny.said("Traceback")


async def test_socket_on_which_nothing_can_be_sent_is_closed_with_a_code(doomed_tiny: TinyServer) -> None:
    async with asyncio.timeout(20), doomed_tiny.websocket("/broken") as socket:
        assert (await closing(socket))[0] == 4500
    await await_for(lambda: doomed_tiny.said("A frame could not be sent"))


def pour(client: socket.socket, data: bytes, times: int) -> None:
    """Send the same again and again, each time within the socket's time-out."""
    for _ in range(times):
        client.sendall(data)


async def test_a_flood_of_frames_does_not_grow_the_server(tiny: TinyServer) -> None:
    before = tiny.memory()
    reader = tiny.connect()
    with reader:
        reader.sendall(HANDSHAKE % b"/")
        assert b" 101 " in reader.recv(65536)
        masked = b"\x00\x00\x00\x00"
        reader.sendall(b"\x81\x85" + masked + b"stall")
        flood = (b"\x81\xfe" + (30_000).to_bytes(2, "big") + masked + b"x" * 30_000) * 10
        reader.settimeout(0.5)
        with pytest.raises(TimeoutError):
            pour(reader, flood, times=100 * MEGABYTE // len(flood))
        assert post(tiny, request(5), b"hello")[0].startswith(b"HTTP/1.1 200 ")
        assert tiny.memory() - before < 20 * MEGABYTE


# --- Clients that harm


@contextlib.contextmanager
def joined(tiny: TinyServer) -> Iterator[socket.socket]:
    """A socket after its handshake, byte by byte."""
    with tiny.connect() as client:
        client.sendall(HANDSHAKE % b"/joined")
        assert b" 101 " in client.recv(65536)
        yield client


def progress(tiny: TinyServer, client: socket.socket) -> tuple[int, bool]:
    """What the server says of the bytes under way to a joined client."""
    before = len(told(tiny))
    client.sendall(client_frame(b"progress"))
    wait_for(lambda: len(told(tiny)) > before)
    taken, under_way = told(tiny)[-1]
    return int(taken), under_way == b"True"


def told(tiny: TinyServer) -> list[list[bytes]]:
    lines = tiny.output.splitlines(keepends=True)
    return [line.split()[1:] for line in lines if line.startswith(b"progress ") and line.endswith(b"\n")]


def test_server_knows_whether_what_is_under_way_moves(tiny: TinyServer) -> None:
    with joined(tiny) as client:
        client.sendall(client_frame(b"repeat 16"))
        taken, under_way = progress(tiny, client)
        assert under_way
        for _ in range(8):
            client.recv(MEGABYTE, socket.MSG_WAITALL)
        wait_for(lambda: progress(tiny, client)[0] > taken)


def all_that_comes(client: socket.socket) -> bytes:
    """Until the server closes."""
    received = b""
    with contextlib.suppress(ConnectionResetError):  # who does not answer the close is cut
        while piece := client.recv(65536):
            received += piece
    return received


def test_nothing_is_heard_after_what_was_enough(tiny: TinyServer) -> None:
    with joined(tiny) as client:
        client.sendall(b"".join(map(client_frame, [b"a", b"enough", b"b", b"x" * 200])))
        received = client.recv(65536)
        while not received.endswith(b"enough"):
            received += client.recv(65536)
        client.sendall(client_frame(b"\x03\xe8", CLOSE))
        assert received + all_that_comes(client) == b"\x81\x01a\x81\x06enough\x88\x02\x03\xe8"


@pytest.mark.parametrize("frame", [client_frame(b"", PING), b"\x01\x80\x00\x00\x00\x00" + client_frame(b"", 0)])
def test_flood_of_frames_that_say_nothing_is_told_and_closed(tiny: TinyServer, frame: bytes) -> None:
    with joined(tiny) as client:
        client.sendall(frame * 500)
        received = all_that_comes(client)
    assert b'"code":"too_fast"' in received
    assert received.endswith((4429).to_bytes(2, "big"))
    assert not tiny.said("Traceback")


def test_half_a_frame_and_silence_hold_nobody_up(tiny: TinyServer) -> None:
    with joined(tiny) as silent, joined(tiny) as other:
        silent.sendall(client_frame(b"never whole")[:9])
        other.sendall(client_frame(b"served"))
        assert other.recv(65536) == b"\x81\x06served"
        silent.sendall(client_frame(b"never whole")[9:])
        assert silent.recv(65536) == b"\x81\x0bnever whole"


@pytest.mark.parametrize(("address", "header"), [(REFUSED, b""), ("127.0.0.1", b"X-Came-From: 127.0.0.9\r\n")])
def test_address_that_came_too_often_gets_no_handshake_but_all_else(
    tiny: TinyServer, address: str, header: bytes
) -> None:
    with socket.create_connection(("127.0.0.1", tiny.port), 20, source_address=(address, 0)) as client:
        client.sendall((HANDSHAKE % b"/joined").replace(b"\r\n\r\n", b"\r\n" + header + b"\r\n"))
        received = all_that_comes(client)
    assert received.startswith(b"HTTP/1.1 429 ")
    assert b"\r\nRetry-After: 10\r\n" in received
    assert b'"code": "too_many_attempts"' in received
    with socket.create_connection(("127.0.0.1", tiny.port), 20, source_address=(address, 0)) as client:
        client.sendall(
            b"POST /length HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + header + b"Content-Length: 5\r\n\r\nhello"
        )
        assert all_that_comes(client).startswith(b"HTTP/1.1 200 ")
    assert not tiny.said("Traceback")


def test_address_that_was_refused_a_moment_ago_waits_for_the_next_refusal_and_for_nothing_else(
    tiny: TinyServer,
) -> None:
    for first in (True, False):
        began = time.monotonic()
        with socket.create_connection(("127.0.0.1", tiny.port), 20, source_address=(REFUSED, 0)) as client:
            client.sendall(HANDSHAKE % b"/joined")
            assert all_that_comes(client).startswith(b"HTTP/1.1 429 ")
        assert first or time.monotonic() - began > HOLD / 2
    with socket.create_connection(("127.0.0.1", tiny.port), 20, source_address=(REFUSED, 0)) as client:
        for piece in (b"GET /sl", b"ow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n", b"\r\n"):
            client.sendall(piece)
        assert all_that_comes(client).startswith(b"HTTP/1.1 200 ")
