"""The parts of the site on the page of health."""

import pytest
import redis
from django.test import Client
from pytest_django import Settings

from convertsite import liveness
from realtime import overview

pytestmark = pytest.mark.django_db


def test_parts_are_shown_with_the_age_of_their_last_sign_of_life(admin_client: Client, valkey: redis.Redis) -> None:
    for part in liveness.PARTS:
        liveness.announce(part)
    liveness.announce("housekeeping", liveness.BUSY_FOR)
    valkey.pexpire("convertsite:alive:long", 4_000)
    valkey.delete("convertsite:alive:beat")
    ages = {part.name: part.age for part in overview.look().parts}
    assert list(ages) == list(liveness.PARTS)
    assert ages["beat"] is None
    assert ages["worker"] is not None
    assert ages["worker"] < 2
    assert ages["housekeeping"] is not None
    assert ages["housekeeping"] < 2, "busy, and just heard"
    assert ages["long"] is not None
    assert 5 < ages["long"] < 8
    page = admin_client.get("/admin/realtime/healthsample/").content.decode()
    assert "No sign of life from beat. Start beat again" in page
    assert "Degraded" in page


def test_silent_worker_is_unhealthy_and_nothing_is_known_without_valkey(
    valkey: redis.Redis, settings: Settings
) -> None:
    for part in ("housekeeping", "long", "beat"):
        liveness.announce(part)
    seen = overview.look()
    assert seen.level == overview.Level.UNHEALTHY
    assert ["No sign of life from worker." in finding.sentence for finding in seen.findings] == [True]
    settings.REALTIME_URL = "unix:///nowhere/valkey.sock"
    assert not any(part.known for part in overview.look().parts)
