"""Fixtures of these tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from convertsite import liveness


@pytest.fixture(autouse=True)
def fresh_client() -> Iterator[None]:
    """The client that a process keeps is this process's, whose Valkey ends and whose settings change."""
    yield
    if liveness.valkey.cache_info().currsize:
        liveness.valkey().close()
        liveness.valkey.cache_clear()


@pytest.fixture
def nowhere(settings: Settings, tmp_path: Path) -> None:
    """Settings that name a Valkey where none is."""
    settings.REDIS_URL = f"unix://{tmp_path}/nothing.sock"
