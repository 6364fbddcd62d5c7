from pathlib import Path
from typing import Any

import pytest
import redis

from conversions.jobs import dispatch
from tests.integration.conversions.work import queued
from tests.processes import manage

SEND = """
import time
from conversions.jobs import dispatch
from conversions.models import Conversion
began = time.monotonic()
dispatch.dispatch(Conversion(attempt=1))
print(time.monotonic() - began, dispatch.waiting("short"))
"""


def test_a_broker_that_is_away_fails_no_request_and_delays_it_by_less_than_two_seconds(tmp_path: Path) -> None:
    said = manage("shell", "--no-imports", "-c", SEND, DATA_DIR=str(tmp_path))
    seconds, waiting = said.splitlines()[-1].split()
    assert float(seconds) < 2
    assert waiting == "None"


@pytest.mark.django_db(transaction=True)
def test_waiting_counts_what_no_worker_has_taken(valkey: redis.Redis, settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    assert dispatch.waiting("short") == 0
    queued()
    queued()
    assert dispatch.waiting("short") == 2
