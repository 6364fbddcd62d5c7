"""A stop of the layer's own server, and an address that it cannot have."""

import contextlib
import http.client

import pytest

from tests.integration.realtime.tiny import TinyServer, closing
from tests.integration.realtime.tiny_server import PATIENCE
from tests.waiting import wait_for


async def test_a_stop_says_goodbye_and_closes_sockets_with_going_away(doomed_tiny: TinyServer) -> None:
    async with doomed_tiny.websocket() as socket:
        await socket.send("x")
        await socket.recv()
        doomed_tiny.ask_to_stop()
        assert (await closing(socket))[0] == 4012
    assert doomed_tiny.process.wait(PATIENCE) == 0
    assert doomed_tiny.said("goodbye")
    assert doomed_tiny.said("ended")


def test_a_download_ends_before_the_server_does(doomed_tiny: TinyServer) -> None:
    client = http.client.HTTPConnection("127.0.0.1", doomed_tiny.port, timeout=10)
    with contextlib.closing(client):
        client.request("GET", "/slow")
        wait_for(lambda: doomed_tiny.said("slow begun"))
        doomed_tiny.ask_to_stop()
        assert client.getresponse().read() == b"begun,ended"
    assert doomed_tiny.process.wait(PATIENCE) == 0


def test_a_request_that_hangs_does_not_hold_the_stop_up(doomed_tiny: TinyServer) -> None:
    with doomed_tiny.connect() as client:
        client.sendall(b"GET /endless HTTP/1.1\r\nHost: localhost\r\n\r\n")
        wait_for(lambda: doomed_tiny.said("endless begun"))
        doomed_tiny.ask_to_stop()
        assert doomed_tiny.process.wait(PATIENCE + 2) == 0


def test_a_stopping_server_takes_no_new_connection(doomed_tiny: TinyServer) -> None:
    with doomed_tiny.connect() as client:
        client.sendall(b"GET /endless HTTP/1.1\r\nHost: localhost\r\n\r\n")
        wait_for(lambda: doomed_tiny.said("endless begun"))
        doomed_tiny.ask_to_stop()
        wait_for(lambda: doomed_tiny.said("goodbye"))
        with pytest.raises(ConnectionRefusedError):
            doomed_tiny.connect()


def test_an_address_that_is_taken_is_an_error(tiny: TinyServer) -> None:
    second = TinyServer(tiny.folder, tiny.port)
    assert second.process.wait(10) != 0
    second.reader.join()
    assert second.said("Address already in use")
