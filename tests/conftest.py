"""Fixtures that many tests share."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from django.conf import settings

from conversions.engines import registry
from tests.processes import start_valkey, stop
from tests.stack import Site
from tests.waiting import wait_for


@pytest.fixture(scope="session", autouse=True)
def without_office() -> Iterator[None]:
    """LibreOffice, where the machine has it, would be taken for what other tests want of other engines."""
    found = {id: engine for id, engine in registry.present().items() if id != "office"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "present", lambda: found)
        yield


@pytest.fixture(scope="session")
def valkey_server() -> Iterator[redis.Redis]:
    """A real Valkey where the settings expect it, for the whole run."""
    server = start_valkey(Path(settings.VALKEY_SOCKET))
    try:
        wait_for(Path(settings.VALKEY_SOCKET).exists, because="Valkey's socket")
        with redis.Redis.from_url(settings.REDIS_URL) as client:
            yield client
    finally:
        stop(server)


@pytest.fixture
def valkey(valkey_server: redis.Redis) -> redis.Redis:
    """A client of the run's Valkey, which holds nothing yet."""
    valkey_server.flushall()
    return valkey_server


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    """The whole site: web, worker, beat and Valkey, each a real process."""
    with Site(METRICS_ALLOW="127.0.0.1") as running:
        yield running
