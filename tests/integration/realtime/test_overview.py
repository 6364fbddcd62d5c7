"""What the page of health says of the layer, and of what is wrong."""

from datetime import timedelta

import msgspec
import pytest
import redis
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from realtime import overview
from realtime.models import ConnectionState, HealthSample
from realtime.overview import Level, Source
from realtime.reports import COUNTS, PROCESSES, Said
from tests.integration.realtime.crowds import crowd

pytestmark = pytest.mark.django_db
Kinds = list[tuple[str, str, int]]


@pytest.fixture(autouse=True)
def no_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The site's own are tested with the site."""
    monkeypatch.setattr(overview, "parts", {})


def process(
    valkey: redis.Redis, name: str, kinds: Kinds, ago: int = 0, uptime: float = 1_000.0, waiting: int = 0
) -> None:
    line = msgspec.json.encode(Said(uptime, waiting, kinds))
    valkey.hset(PROCESSES, name, b"%d %s" % (int(valkey.time()[0]) - ago, line))


def checked(ago: float = 10.0) -> None:
    HealthSample.objects.create(taken_at=timezone.now() - timedelta(seconds=ago), span=60)


def found(level: Level) -> str:
    """What is found wrong on that level."""
    seen = overview.look()
    assert seen.level == level
    return " ".join(finding.sentence for finding in seen.findings if finding.level == level)


def test_all_is_well(valkey: redis.Redis, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    checked()
    process(valkey, "host:1", [("websocket", "good", 3), ("websocket", "unknown", 1)], waiting=2)
    process(valkey, "host:2", [("websocket", "good", 2), ("sse", "unknown", 1)])
    crowd(7, "well", latency_ms=20.0)
    with django_assert_max_num_queries(12):
        seen = overview.look()
    assert (seen.level, seen.findings) == (Level.HEALTHY, [])
    assert (seen.connections.open, seen.waiting) == (7, 2)
    assert seen.connections.qualities == {"good": 5, "unknown": 2}
    assert seen.connections.transports == {"WebSocket": 6, "server-sent events": 1}
    assert seen.connections.latency_p95_ms == 20.0
    assert seen.delivery_rate is None
    assert seen.valkey_ms is not None


def test_site_that_was_just_started_is_healthy(valkey: redis.Redis) -> None:
    assert overview.look().level == Level.HEALTHY
    process(valkey, "host:1", [], uptime=20.0)
    checked(ago=100_000)
    assert overview.look().level == Level.HEALTHY


def test_valkey_away_leaves_what_the_database_knows(settings: Settings) -> None:
    settings.REALTIME_URL = "unix:///nowhere/valkey.sock"
    crowd(4, "well", quality="good")
    assert "Valkey does not answer" in found(Level.UNHEALTHY)
    seen = overview.look()
    assert (seen.connections.open, seen.connections.qualities) == (4, {"good": 4})


def test_silent_processes_are_named(valkey: redis.Redis) -> None:
    checked()
    process(valkey, "host:1", [("websocket", "good", 1)])
    process(valkey, "host:2", [("websocket", "good", 8)], ago=30)
    assert "host:2 is silent for 30 s" in found(Level.DEGRADED)
    assert overview.look().connections.open == 1
    process(valkey, "host:1", [("websocket", "good", 1)], ago=30)
    assert "No web process reports" in found(Level.UNHEALTHY)


def test_check_that_does_not_come_is_told(valkey: redis.Redis) -> None:
    process(valkey, "host:1", [])
    assert "No check of connections for 17 min" in found(Level.DEGRADED)
    checked(ago=300)
    assert "No check of connections for 5 min" in found(Level.DEGRADED)
    checked()
    assert overview.look().level == Level.HEALTHY


def test_silence_of_a_part_is_as_bad_as_the_project_says_and_has_its_advice(
    valkey: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> float:
        raise OSError("nobody knows")

    parts = {
        "worker": Source(lambda: 1.0, Level.UNHEALTHY, "Start the worker."),
        "mail": Source(broken, Level.UNHEALTHY, "Look at the mail."),
        "beat": Source(lambda: None, Level.DEGRADED, "Start beat."),
    }
    monkeypatch.setattr(overview, "parts", parts)
    assert found(Level.DEGRADED) == "No sign of life from beat. Start beat."
    assert [(part.known, part.age) for part in overview.look().parts] == [(True, 1.0), (False, None), (True, None)]


def test_frames_that_were_cut_off_are_told_once_they_are_many(valkey: redis.Redis) -> None:
    valkey.hset(COUNTS, mapping={"acknowledged": 90, "cut_off": 5})
    assert overview.look().level == Level.HEALTHY, "too few to say"
    valkey.hset(COUNTS, mapping={"acknowledged": 9_900, "cut_off": 100})
    assert "1.00 % were cut off" in found(Level.DEGRADED)
    valkey.hset(COUNTS, "cut_off", 1)
    assert overview.look().level == Level.HEALTHY


def test_poor_and_unreported_connections_are_told_and_shown_the_worst_first(valkey: redis.Redis) -> None:
    process(valkey, "host:1", [("websocket", "good", 8), ("websocket", "poor", 2)], uptime=1.0)
    crowd(8, "well", quality="good")
    crowd(1, "slow", quality="poor", waiting=7)
    crowd(1, "poor", quality="poor")
    crowd(1, "gone", state=ConnectionState.STALE)
    told = found(Level.DEGRADED)
    assert "poor quality: 2 of 10" in told
    assert "stopped reporting: 1" in told
    shown = overview.look().connections.shown
    assert shown[0].pk == "slow"
    assert {record.pk for record in shown} == {"slow", "poor", "gone"}


def test_ends_that_nobody_meant_are_counted_by_code_for_a_day(valkey: redis.Redis) -> None:
    now = timezone.now()
    for number, code in enumerate([1006, 1006, 4408, 1001, 1000, 4012, 4410, None]):
        closed = {"state": ConnectionState.CLOSED, "closed_at": now - timedelta(hours=1), "close_code": code}
        crowd(1, f"c{number}", owner="anna" if number < 3 else "bert", **closed)
    crowd(1, "old", state=ConnectionState.CLOSED, closed_at=now - timedelta(hours=25), close_code=1006)
    failures = overview.look().connections.failures
    assert {(failure.code, failure.number) for failure in failures} == {(1006, 2), (4408, 1), (None, 1)}
    assert failures[0].words == "cut off without a word"
    assert [failure.code for failure in overview.look("anna").connections.failures] == [1006, 4408]


def test_of_one_owner_the_records_count(valkey: redis.Redis) -> None:
    process(valkey, "host:1", [("websocket", "good", 9)])
    crowd(2, "hers", owner="anna", quality="fair", latency_ms=250.0)
    crowd(7, "his", owner="bert", quality="good")
    seen = overview.look("anna").connections
    assert (seen.open, seen.qualities, seen.latency_p50_ms) == (2, {"fair": 2}, 250.0)
    assert {record.owner for record in seen.shown} == {"anna"}
    assert overview.look("nobody").connections.open == 0


def test_hundred_thousand_records_are_not_read(
    valkey: redis.Redis, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    crowd(100_000, "c", state=ConnectionState.CLOSED, closed_at=timezone.now(), close_code=1006, owner="anna")
    crowd(10_000, "o", quality="poor", waiting=1)
    with django_assert_max_num_queries(12):
        seen = overview.look()
    assert seen.connections.failures[0].number == 100_000
    assert len(seen.connections.shown) == overview.MOST_SHOWN
    assert len(overview.look("anna").connections.shown) == overview.MOST_SHOWN
