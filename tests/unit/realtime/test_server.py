"""Connections of the layer's own server."""

from realtime.server import Port  # isort:skip (it chooses Twisted's reactor)

import socket
from types import SimpleNamespace

from twisted.internet.error import ConnectionLost
from twisted.internet.protocol import Protocol
from twisted.internet.testing import MemoryReactor
from twisted.python.failure import Failure


def test_what_a_client_did_not_take_goes_with_its_connection() -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        connection = Port.transport(ours, Protocol(), ("", 1), SimpleNamespace(_realPortNumber=1), 1, MemoryReactor())
        for _ in range(2):
            connection.write(b"x" * 1_000_000)
            connection.doWrite()  # as much as the kernel takes
        connection.write(b"and this")
        assert connection.dataBuffer
        assert connection._tempDataBuffer
        connection.connectionLost(Failure(ConnectionLost()))
    assert not connection.dataBuffer
    assert not connection._tempDataBuffer
