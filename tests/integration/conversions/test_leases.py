from pathlib import Path
from typing import Any

import pytest
import redis

from conversions.errors import DamagedFile, WorkerLost
from conversions.jobs import leases, lifecycle, pending, turns
from conversions.jobs.states import State
from conversions.models import Conversion
from tests.integration.conversions.work import long_ago, messages, queued, result, row, running, told, types_told

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def lose(conversion: Conversion) -> None:
    """As its worker's death, forty seconds later."""
    long_ago(conversion, lease_until=0.01)
    leases.recover_stalled()


def recovery(conversion: Conversion) -> dict[str, Any]:
    return {"conversion_id": str(conversion.pk), "max_attempts": 3}


def test_what_lost_its_worker_is_taken_up_again(valkey: redis.Redis) -> None:
    conversion = running()
    queued_at = row(conversion).queued_at
    lose(conversion)
    found = row(conversion)
    assert (found.state, found.attempt, found.percent, found.queued_at) == (State.QUEUED, 2, None, queued_at)
    assert messages(valkey)[-1] == [str(conversion.pk), 2]
    queued_again, attempt = told(conversion.owner)[-2:]
    assert queued_again["conversion"]["attempt"] == 2
    assert attempt == {**recovery(conversion), "type": "recovery_attempt", "attempt": 2, "reason": "worker_lost"}


@pytest.mark.usefixtures("valkey")
def test_the_worker_that_was_thought_lost_writes_nothing(tmp_path: Path) -> None:
    conversion = running()
    lose(conversion)
    before = Conversion.objects.values().get(pk=conversion.pk)
    assert not lifecycle.renew(conversion)
    assert not lifecycle.complete(conversion, result(tmp_path))
    assert not lifecycle.hand_back(conversion)
    assert Conversion.objects.values().get(pk=conversion.pk) == before


@pytest.mark.usefixtures("valkey")
def test_the_end_says_that_it_was_taken_up(tmp_path: Path) -> None:
    conversion = running()
    lose(conversion)
    again = running(row(conversion))
    assert lifecycle.complete(again, result(tmp_path))
    success, end = told(conversion.owner)[-2:]
    assert success == {**recovery(conversion), "type": "recovery_success", "attempt": 2, "reason": "worker_lost"}
    assert end["type"] == "conversion_completed"
    assert types_told(conversion.owner).count("recovery_attempt") == 1


@pytest.mark.usefixtures("valkey")
def test_what_loses_three_workers_fails_and_can_be_run_again() -> None:
    conversion = running()
    for attempt in (2, 3):
        lose(conversion)
        conversion = running(row(conversion))
        assert conversion.attempt == attempt
    lose(conversion)
    failure, end = told(conversion.owner)[-2:]
    assert failure == {**recovery(conversion), "type": "recovery_failure", "attempt": 3, "reason": "worker_lost"}
    assert end["error"] == WorkerLost(attempts=3).as_json()
    assert lifecycle.retry(row(conversion))
    assert lifecycle.claim(conversion.pk, 4)
    lose(conversion)
    assert row(conversion).attempt == 5
    assert told(conversion.owner)[-1]["max_attempts"] == 6


@pytest.mark.usefixtures("valkey")
def test_what_a_dead_process_did_not_tell_of_a_recovery_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    conversion = running()
    lose(conversion)
    with monkeypatch.context() as patch:
        patch.setattr("conversions.jobs.announcements.publish", lambda *_, **__: None)
        assert lifecycle.fail(running(row(conversion)), DamagedFile(reason="it smells"))
    pending.announce_pending()
    assert types_told(conversion.owner)[-2:] == ["recovery_failure", "conversion_failed"]


@pytest.mark.usefixtures("valkey")
@pytest.mark.parametrize("end", [lifecycle.cancel, lifecycle.delete])
def test_what_was_cancelled_is_not_handed_back(end: Any) -> None:
    conversion = running()
    end(row(conversion))
    assert not lifecycle.hand_back(conversion)
    assert (row(conversion).state, row(conversion).attempt) == (State.CANCELLED, 1)


def test_a_worker_that_stops_hands_its_conversion_back(valkey: redis.Redis) -> None:
    conversion = running()
    assert lifecycle.hand_back(conversion)
    found = row(conversion)
    assert (found.state, found.attempt, found.recoveries) == (State.QUEUED, 2, 0)
    assert found.started_at == conversion.started_at is not None, "it had begun: nothing else says that it begins again"
    assert told(conversion.owner)[-1]["conversion"]["started_at"] is not None
    assert messages(valkey)[-1] == [str(conversion.pk), 2]
    assert "recovery_attempt" not in types_told(conversion.owner)


@pytest.mark.usefixtures("valkey")
def test_what_begins_again_waits_where_it_had_waited() -> None:
    conversion = running()
    other = queued()
    assert lifecycle.hand_back(conversion)
    assert turns.places(conversion.lane) == {conversion.pk: 1, other.pk: 2}


@pytest.mark.usefixtures("valkey")
def test_a_lease_that_holds_is_left_alone() -> None:
    conversion = running()
    leases.recover_stalled()
    assert row(conversion).state == State.RUNNING
    assert lifecycle.renew(conversion)


def test_a_message_that_a_wiped_broker_lost_is_sent_again(valkey: redis.Redis) -> None:
    conversion = queued()
    valkey.flushall()
    leases.recover_stalled()
    assert messages(valkey) == []
    long_ago(conversion, dispatched_at=61)
    leases.recover_stalled()
    assert messages(valkey) == [[str(conversion.pk), 1]]
    leases.recover_stalled()
    assert len(messages(valkey)) == 1


def test_a_long_queue_is_no_reason_to_send_again(valkey: redis.Redis) -> None:
    for conversion in (queued(), queued()):
        long_ago(conversion, dispatched_at=3_600)
    leases.recover_stalled()
    assert len(messages(valkey)) == 2


def test_what_could_not_be_sent_is_sent_by_beat(valkey: redis.Redis) -> None:
    conversion = queued()
    valkey.flushall()
    long_ago(conversion, queued_at=6)
    type(conversion).objects.update(dispatched_at=None)
    leases.recover_stalled()
    assert messages(valkey) == [[str(conversion.pk), 1]]
