"""Samples of health: taken, thinned, and read for charts."""

from datetime import UTC, datetime, timedelta

import pytest
import redis
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from realtime import samples
from realtime.models import ConnectionRecord, ConnectionState, HealthSample
from realtime.reports import COUNTS
from tests.integration.realtime.crowds import crowd

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def sampled(at: datetime, span: int = 60, **fields: float) -> HealthSample:
    return HealthSample.objects.create(taken_at=at, span=span, **fields)


def test_two_beats_write_one_sample_an_interval_with_all_that_was_counted(valkey: redis.Redis) -> None:
    valkey.hset(COUNTS, mapping={"opened": 5, "sent": 100, "acknowledged": 90, "cut_off": 10, "strange": 1})
    now = timezone.now().replace(second=30)
    assert samples.take(now)
    assert not samples.take(now + timedelta(seconds=2))
    sample = HealthSample.objects.get()
    assert (sample.taken_at, sample.span) == (now.replace(second=0, microsecond=0), 60)
    assert (sample.opened, sample.sent, sample.acknowledged, sample.cut_off, sample.processes) == (5, 100, 90, 10, 0)
    valkey.hset(COUNTS, "opened", 2)
    assert samples.take(now + timedelta(seconds=60))
    assert samples.counted_since(now - timedelta(minutes=1))["opened"] == 7


def test_sample_has_what_the_records_say(
    valkey: redis.Redis, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    crowd(100, "well", quality="good", latency_ms=10.0)
    crowd(10, "slow", quality="poor", latency_ms=2_000.0)
    crowd(5, "gone", state=ConnectionState.STALE, latency_ms=9_000.0)
    crowd(50, "closed", state=ConnectionState.CLOSED, quality="poor", latency_ms=9_000.0)
    assert samples.connections(ConnectionRecord.objects.all()) == {
        "open": 110,
        "stale": 5,
        "poor": 10,
        "latency_p50_ms": 10.0,
        "latency_p95_ms": 2_000.0,
    }
    with django_assert_num_queries(3):
        samples.connections(ConnectionRecord.objects.all())


def test_while_valkey_is_away_the_sample_says_what_the_database_knows(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.REALTIME_URL = "unix:///nowhere/valkey.sock"
    crowd(3, "well")
    assert samples.take()
    assert HealthSample.objects.get().open == 3
    assert "a sample has no counts" in caplog.text


def test_older_samples_are_made_fewer_and_the_oldest_go() -> None:
    day, week = NOON - timedelta(days=2), NOON - timedelta(days=10)
    sampled(NOON - timedelta(minutes=5), open=1)
    for minute in range(20):
        sampled(day + timedelta(minutes=minute), open=minute, opened=1, latency_p95_ms=float(minute), waiting=minute)
    for part in range(6):
        sampled(week + timedelta(minutes=10 * part), 600, open=60, sent=10, latency_p50_ms=4.0)
    sampled(NOON - timedelta(days=31), 3_600)
    assert samples.thin(NOON) == 18 + 5 + 1
    kept = list(HealthSample.objects.order_by("taken_at"))
    assert [(sample.taken_at, sample.span) for sample in kept] == [
        (week, 3_600),
        (day, 600),
        (day + timedelta(minutes=10), 600),
        (NOON - timedelta(minutes=5), 60),
    ]
    assert (kept[0].open, kept[0].sent, kept[0].latency_p50_ms) == (60, 60, 4.0)
    assert (kept[1].open, kept[1].opened, kept[1].latency_p95_ms, kept[1].waiting) == (4, 10, 9.0, 9)
    assert samples.thin(NOON) == 0


def test_sample_that_comes_late_joins_the_one_that_was_made() -> None:
    day = NOON - timedelta(days=2)
    sampled(day, 600, opened=10)
    sampled(day + timedelta(minutes=3), opened=1)
    assert samples.thin(NOON) == 1
    assert HealthSample.objects.get(taken_at=day, span=600).opened == 11


def test_long_pause_is_made_up_for_in_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "MOST_MERGED", 25)
    day = NOON - timedelta(days=2)
    for minute in range(60):
        sampled(day + timedelta(minutes=minute), opened=1)
    while samples.thin(NOON):
        pass
    assert [sample.opened for sample in HealthSample.objects.all()] == [10] * 6


def test_series_has_columns_and_breaks_where_samples_are_missing() -> None:
    for minute in (50, 40, 39):
        sampled(NOON - timedelta(minutes=minute), open=minute, acknowledged=99, cut_off=1)
    sampled(NOON - timedelta(minutes=70))
    series = samples.series("hour", NOON)
    assert series["open"] == [50, None, 40, 39]
    assert series["delivery_rate"] == [99.0, None, 99.0, 99.0]
    assert series["latency_p95_ms"] == [None] * 4
    assert series["taken_at"] == sorted(filter(None, series["taken_at"]))
    assert {len(column) for column in series.values()} == {4}
    assert len(samples.series("day", NOON)["open"]) > 4


def test_rate_is_of_frames_whose_fate_is_known() -> None:
    assert samples.delivery_rate(0, 0) is None
    assert samples.delivery_rate(999, 1) == 99.9
