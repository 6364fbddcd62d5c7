from pathlib import Path
from typing import Any

import pytest
import redis

from conversions.errors import WorkerLost
from conversions.jobs import leases, lifecycle
from conversions.jobs.states import State
from tests.integration.conversions.work import long_ago, messages, queued, row, running, told

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.mark.usefixtures("valkey")
def test_a_lapsed_lease_ends_the_conversion() -> None:
    conversion = running()
    long_ago(conversion, lease_until=0.01)
    leases.recover_stalled()
    assert row(conversion).state == State.FAILED
    assert told(conversion.owner)[-1]["error"] == WorkerLost().as_json()
    assert WorkerLost.retryable


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
