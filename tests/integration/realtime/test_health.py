"""The operations on health that people look for by name."""

import pytest
import redis
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from realtime.health import Recoveries, perform_health_check
from realtime.models import ConnectionRecord, ConnectionState

pytestmark = pytest.mark.django_db


def record(number: int, state: ConnectionState, quality: str, **fields: int) -> None:
    now = timezone.now()
    ConnectionRecord.objects.create(
        connection_id=f"c{number}",
        process="p",
        state=state,
        quality=quality,
        opened_at=now,
        last_seen_at=now,
        reported_at=now,
        **fields,
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


def test_health_check_adds_up_the_reconnects_that_clients_tell_of(
    valkey: redis.Redis, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    assert perform_health_check().recoveries == Recoveries(0, 0, 0)
    record(0, ConnectionState.OPEN, "good", recovery_attempts=3, recovery_successes=1)
    record(1, ConnectionState.OPEN, "", recovery_attempts=2, recovery_failures=2)
    record(2, ConnectionState.CLOSED, "good", recovery_successes=1)
    with django_assert_num_queries(1):
        assert perform_health_check().recoveries == Recoveries(5, 2, 2)


def test_health_check_finds_that_valkey_is_away(settings: Settings) -> None:
    settings.REALTIME_URL = "unix:///nowhere/valkey.sock"
    health = perform_health_check()
    assert not health.ok
    assert health.valkey_ms is None
