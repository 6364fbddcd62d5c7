"""A Valkey and a publisher that a test has for itself, and the web server with a tiny application."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from realtime.publisher import Publisher
from tests.integration.realtime.tiny import TinyServer, running
from tests.integration.realtime.valkeys import Valkey


@pytest.fixture
def server(tmp_path: Path, settings: Settings) -> Iterator[Valkey]:
    """The Valkey of this test's settings, not started yet."""
    server = Valkey(tmp_path)
    settings.REALTIME_URL = server.url
    settings.CHANNEL_LAYERS = {"default": {**settings.CHANNEL_LAYERS["default"], "CONFIG": {"hosts": [server.url]}}}
    yield server
    server.close()


@pytest.fixture
def publisher(server: Valkey) -> Iterator[Publisher]:
    """A publisher of this test's settings."""
    publisher = Publisher()
    yield publisher
    publisher.close(1)


@pytest.fixture(scope="module")
def shared_tiny(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TinyServer]:
    with running(tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture
def tiny(shared_tiny: TinyServer) -> TinyServer:
    """A server that has said nothing yet."""
    shared_tiny.output = b""
    return shared_tiny


@pytest.fixture
def doomed_tiny(tmp_path: Path) -> Iterator[TinyServer]:
    """A server that the test stops."""
    with running(tmp_path) as server:
        yield server
