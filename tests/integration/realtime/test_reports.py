"""What web processes say of themselves in Valkey."""

import msgspec
import pytest
import redis

from realtime import reports
from realtime.connection import Connection
from realtime.counts import counts
from realtime.history import connect
from realtime.models import HealthSample
from realtime.reports import PROCESSES, SILENT, Reporter, Said
from realtime.samples import COUNTS
from tests.integration.realtime.valkeys import Valkey


def opened() -> Connection:
    return Connection(owner="", address="", user_agent="", now=0.0, wake=lambda: None)


def said_before(valkey: redis.Redis, name: str, seconds: int) -> None:
    now = int(valkey.time()[0])
    line = msgspec.json.encode(Said(uptime=float(seconds), waiting=1, kinds=[("sse", "good", 2)]))
    valkey.hset(PROCESSES, name, b"%d %s" % (now - seconds, line))


def test_everything_counted_has_a_place_in_a_sample() -> None:
    assert set(reports.counted()) == set(COUNTS)
    assert set(COUNTS) <= {field.name for field in HealthSample._meta.get_fields()}


@pytest.mark.usefixtures("valkey")
async def test_process_says_how_its_connections_are_until_it_says_goodbye() -> None:
    one, other = opened(), opened()
    one.quality.measured(12.0)
    one.send_text("owed")
    reporter = Reporter("host:1", connect())
    await reporter.report([one, other])
    (process,) = reports.read().processes
    assert (process.name, process.open, process.said.waiting, process.silent) == ("host:1", 2, 1, False)
    assert sorted(process.said.kinds) == [("websocket", "excellent", 1), ("websocket", "unknown", 1)]
    await reporter.say_goodbye([])
    assert reports.read().processes == []
    await reporter.close()


@pytest.mark.usefixtures("valkey")
async def test_what_is_counted_is_told_once_whoever_asks() -> None:
    counts.gaps += 5  # before this process had a voice
    one, other = Reporter("host:1", connect()), Reporter("host:2", connect())
    counts.gaps += 2
    counts.connections_closed.update({"1006": 1, "1001": 1})
    for _ in range(2):
        await one.report([])
        await other.report([])
    found = reports.read().counts
    assert (found["gaps"], found["closed"], found["failed"]) == (4, 4, 2), "two voices of one process: twice"
    assert reports.take() == found
    await one.report([])
    assert not reports.take()
    await one.close()
    await other.close()


async def test_what_was_counted_while_valkey_was_away_is_told_later(server: Valkey) -> None:
    reporter = Reporter("host:1", connect())
    counts.gaps += 3
    await reporter.report([])
    server.start()
    await reporter.report([])
    assert reports.take()["gaps"] == 3
    await reporter.close()


def test_silent_process_is_known_by_valkeys_clock_and_forgotten_when_it_is_dead(valkey: redis.Redis) -> None:
    said_before(valkey, "quiet", int(SILENT) + 3)
    said_before(valkey, "dead", 200)
    dead, quiet = reports.read().processes
    assert (dead.name, quiet.name) == ("dead", "quiet"), "the longest running first"
    assert quiet.silent
    assert SILENT < quiet.age < 2 * SILENT
    assert quiet.open == 2
    assert reports.forget_dead(100.0) == 1
    assert [process.name for process in reports.read().processes] == ["quiet"]
    assert reports.forget_dead(100.0) == 0
