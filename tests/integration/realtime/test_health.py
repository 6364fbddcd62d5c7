"""The operations on health that people look for by name."""

import pytest
import redis
from django.utils import timezone
from pytest_django import Settings

from realtime.health import perform_health_check
from realtime.models import ConnectionRecord, ConnectionState

pytestmark = pytest.mark.django_db


def record(number: int, state: ConnectionState, quality: str) -> None:
    now = timezone.now()
    ConnectionRecord.objects.create(
        connection_id=f"c{number}",
        process="p",
        state=state,
        quality=quality,
        opened_at=now,
        last_seen_at=now,
        reported_at=now,
    )


def test_health_check_counts_connections_by_grade(valkey: redis.Redis) -> None:
    for number, quality in enumerate(["good", "good", "poor", ""]):
        record(number, ConnectionState.OPEN, quality)
    record(4, ConnectionState.STALE, "good")
    record(5, ConnectionState.CLOSED, "good")
    health = perform_health_check()
    assert health.ok
    assert (health.open, health.stale) == (4, 1)
    assert health.grades == {"good": 2, "poor": 1, "": 1}


def test_health_check_finds_that_valkey_is_away(settings: Settings) -> None:
    settings.REALTIME_URL = "unix:///nowhere/valkey.sock"
    health = perform_health_check()
    assert not health.ok
    assert health.valkey_ms is None
