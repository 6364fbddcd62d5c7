"""A Valkey and a publisher that a test has for itself."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from realtime.publisher import Publisher
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
