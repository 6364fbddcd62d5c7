"""What `/healthz` and `/readyz` say, and how the signs of life come and go."""

import time
from types import SimpleNamespace

import pytest
import redis
from celery.signals import task_prerun
from django.test import Client

from convertsite import liveness, readiness
from tests.waiting import wait_for


@pytest.fixture
def signs(valkey: redis.Redis) -> redis.Redis:
    """A Valkey in which all parts have just said that they live."""
    for part in liveness.PARTS:
        liveness.announce(part)
    return valkey


def test_healthz_answers_without_database_and_valkey(client: Client) -> None:
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok\n")
    assert "no-store" in response["Cache-Control"]


@pytest.mark.django_db
def test_readyz_says_that_all_parts_answer(client: Client, signs: redis.Redis) -> None:
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {
        "status": "ready",
        "checks": {"database": "ok", "valkey": "ok", "worker": "ok", "housekeeping": "ok", "long": "ok", "beat": "ok"},
    }


@pytest.mark.django_db
@pytest.mark.parametrize("part", liveness.PARTS)
def test_readyz_names_the_part_that_gives_no_sign_of_life(
    client: Client, signs: redis.Redis, part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "_started_at", time.monotonic() - readiness.GRACE)
    signs.delete(f"convertsite:alive:{part}")
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["status"] == "not ready"
    silent = {name: text for name, text in response.json()["checks"].items() if text != "ok"}
    assert silent == {part: f"No sign of life from {part} in the last 10 seconds."}


@pytest.mark.django_db
def test_the_worker_that_starts_last_is_not_missed_at_once(
    client: Client, signs: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "_started_at", time.monotonic())
    signs.delete("convertsite:alive:long")
    assert client.get("/readyz").status_code == 200


@pytest.mark.django_db
def test_readyz_answers_when_valkey_does_not(client: Client, nowhere: None) -> None:
    response = client.get("/readyz")
    assert response.status_code == 503
    checks = response.json()["checks"]
    assert checks["database"] == "ok"
    assert checks["valkey"] == "Valkey does not answer."
    assert checks["worker"] == "Valkey does not answer, so nothing is known of worker."


def test_a_part_that_cannot_reach_valkey_goes_on(nowhere: None) -> None:
    liveness.announce("worker")


def test_a_sign_of_life_runs_out(signs: redis.Redis) -> None:
    assert liveness.is_alive("beat")
    assert 0 < signs.ttl("convertsite:alive:beat") <= liveness.KEPT_FOR
    signs.pexpire("convertsite:alive:beat", 20)
    wait_for(lambda: not liveness.is_alive("beat"))


@pytest.mark.parametrize("name", ["worker", "housekeeping"])
def test_a_heartbeat_is_a_sign_of_life_of_its_own_worker_alone(valkey: redis.Redis, name: str) -> None:
    sender = SimpleNamespace(eventer=SimpleNamespace(hostname=f"{name}@here"))
    liveness.announce_worker(sender=sender)
    assert [part for part in liveness.PARTS if liveness.is_alive(part)] == [name]


def test_housekeeping_is_not_taken_for_dead_while_it_works(valkey: redis.Redis) -> None:
    task_prerun.send(sender=None, task=SimpleNamespace(request=SimpleNamespace(hostname="housekeeping@here")))
    assert valkey.ttl("convertsite:alive:housekeeping") > liveness.KEPT_FOR
