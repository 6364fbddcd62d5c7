"""What beat asks for: done once, counted, and borne where it is done twice."""

from collections.abc import Iterator
from datetime import timedelta

import msgspec
import pytest
import redis
from django.utils import timezone
from pytest_django import Settings

from realtime import tasks
from realtime.models import ConnectionRecord, ConnectionState, HealthSample
from realtime.reports import PROCESSES, Said
from realtime.valkey import alone
from tests.integration.realtime.crowds import crowd
from tests.metrics import forget, sample

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_counted() -> Iterator[None]:
    forget()
    yield
    forget()


def test_one_at_a_time_and_the_next_when_it_is_done(valkey: redis.Redis) -> None:
    with alone("it", 60.0) as first:
        with alone("it", 60.0) as second, alone("another", 60.0) as other:
            assert (first, second, other) == (True, False, True)
        with alone("it", 60.0) as third:
            assert not third, "the second had nothing to give back"
    with alone("it", 60.0) as again:
        assert again


def test_who_died_keeps_nobody_out_for_long(valkey: redis.Redis) -> None:
    with alone("it", 60.0):
        assert 0 < valkey.pttl("realtime:lock:it") <= 60_000
        valkey.delete("realtime:lock:it")  # as time does
        with alone("it", 60.0) as next_one:
            assert next_one
        with alone("it", 60.0) as third:
            assert third
    assert not valkey.exists("realtime:lock:it")


def test_while_valkey_is_away_it_is_done(settings: Settings) -> None:
    settings.REALTIME_URL = "unix:///nowhere/valkey.sock"
    with alone("it", 60.0) as one, alone("it", 60.0) as other:
        assert one
        assert other
    crowd(3, "silent", ago=1_000.0)
    assert tasks.check_connections() == 3
    assert tasks.clean_stale_connections() == 3


def test_second_beat_is_sent_away_and_counted(valkey: redis.Redis) -> None:
    before = {outcome: sample("realtime_tasks_total", outcome=outcome) for outcome in ("done", "skipped")}
    crowd(2, "silent", ago=1_000.0)
    with alone("check_connections", 60.0), alone("clean_stale_connections", 60.0):
        assert tasks.check_connections() == tasks.clean_stale_connections() == 0
    assert ConnectionRecord.objects.filter(state=ConnectionState.OPEN).count() == 2
    assert not HealthSample.objects.exists()
    assert tasks.check_connections() == 2
    assert sample("realtime_tasks_total", outcome="skipped") - before["skipped"] == 2
    assert sample("realtime_tasks_total", outcome="done") - before["done"] == 1


def test_what_is_cleaned_up_is_counted_by_kind(valkey: redis.Redis) -> None:
    kinds = ("stale", "records", "processes", "samples")
    before = {kind: sample("realtime_swept_total", what=kind) for kind in kinds}
    crowd(1_200, "silent", ago=1_000.0)
    now = timezone.now()
    crowd(3, "closed", state=ConnectionState.CLOSED, closed_at=now - timedelta(days=2))
    for minute in range(2):
        HealthSample.objects.create(taken_at=now - timedelta(days=40, minutes=minute), span=3_600)
    line = msgspec.json.encode(Said(uptime=1.0, waiting=0, kinds=[]))
    valkey.hset(PROCESSES, "dead", b"%d %s" % (now.timestamp() - 1_000, line))
    tasks.check_connections()
    tasks.clean_stale_connections()
    told = {kind: sample("realtime_swept_total", what=kind) - before[kind] for kind in kinds}
    assert told == {"stale": 1_200, "records": 1_203, "processes": 1, "samples": 2}
    assert not ConnectionRecord.objects.exists()
