"""`/metrics`: who may read it, and that it says what there is."""

import subprocess
import sys
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as prometheus
from pytest_django import Settings

from convertsite import readiness
from tests.metrics import sample
from tests.processes import ROOT, environment

TOKEN = {"headers": {"Authorization": "Bearer hush"}}


@pytest.fixture(autouse=True)
def without_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "CHECKS", {"database": readiness.check_database, "beat": lambda: "It sleeps."})


@pytest.fixture
def guarded(settings: Settings) -> None:
    settings.METRICS_TOKEN = "hush"


@pytest.mark.django_db
def test_nobody_may_read_it_unless_a_setting_says_who(client: Client) -> None:
    assert client.get("/metrics", **TOKEN).status_code == 404


@pytest.mark.django_db
@pytest.mark.usefixtures("guarded")
@pytest.mark.parametrize("given", [None, "hush", "Bearer hus", "Bearer hush ", "Bearer hüsh", "Basic hush"])
def test_without_the_token_it_is_refused(client: Client, given: str | None) -> None:
    response = client.get("/metrics", headers={"Authorization": given} if given else {})
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Bearer"
    assert b"realtime_" not in response.content


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::ffff:127.0.0.1", {}, 200),
        ("10.1.2.3", {}, 200),
        ("fd00::1", {}, 200),
        ("192.0.2.1", {}, 403),
        ("", {}, 403),
        ("127.0.0.1", {"X-Forwarded-For": "10.1.2.3"}, 403),
        ("127.0.0.1", {"Forwarded": "for=10.1.2.3"}, 403),
    ],
)
def test_listed_networks_need_no_token_unless_a_proxy_is_between(
    client: Client, settings: Settings, address: str, headers: dict[str, str], status: int
) -> None:
    settings.METRICS_ALLOW = [ip_network(each) for each in ("127.0.0.1", "10.0.0.0/8", "fd00::/8")]
    assert client.get("/metrics", headers=headers, REMOTE_ADDR=address).status_code == status


@pytest.mark.django_db
@pytest.mark.usefixtures("guarded")
@pytest.mark.parametrize(("accepted", "parse"), [("", prometheus), ("application/openmetrics-text", openmetrics)])
def test_it_can_be_parsed_and_names_what_has_not_happened_yet(client: Client, accepted: str, parse: Any) -> None:
    response = client.get("/metrics", headers={"Authorization": "Bearer hush", "Accept": accepted})
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    found = list(parse(response.content.decode()))
    names = [family.name for family in found]
    assert len(names) == len(set(names))
    assert sample("convertsite_check_ok", of=found, check="database") == 1
    assert sample("convertsite_check_ok", of=found, check="beat") == 0
    zero = {(each.name, *each.labels.values()) for family in found for each in family.samples}
    assert {
        ("realtime_events_lost_total", "final"),
        ("realtime_gaps_total",),
        ("realtime_delivery_age_seconds_bucket", "+Inf"),
        ("conversions_leases_lost_total", "queued"),
        ("conversions_rows", "failed"),
        ("conversions_queue_age_seconds", "long"),
    } <= zero


@pytest.mark.usefixtures("guarded")
def test_it_answers_when_the_database_does_not(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: Any, **__: Any) -> Any:
        raise OperationalError("away")

    monkeypatch.setattr("django.db.backends.base.base.BaseDatabaseWrapper.cursor", away)
    response = client.get("/metrics", **TOKEN)
    assert response.status_code == 200
    found = list(prometheus(response.content.decode()))
    assert sample("convertsite_check_ok", of=found, check="database") == 0
    assert "conversions_rows" not in {family.name for family in found}
    assert "realtime_gaps" in {family.name for family in found}


def test_only_reading_is_offered(client: Client) -> None:
    assert client.post("/metrics").status_code == 405


@pytest.mark.django_db
@pytest.mark.usefixtures("guarded")
def test_prometheus_asks_past_the_proxy_that_speaks_https(client: Client, settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    settings.ALLOWED_HOSTS = ["10.0.0.5"]
    assert client.get("/metrics", **TOKEN, HTTP_HOST="10.0.0.5:8000").status_code == 200
    assert client.get("/", HTTP_HOST="10.0.0.5:8000").status_code == 301
    assert client.get("/metrics", **TOKEN, HTTP_HOST="10.0.0.6:8000").status_code == 400


def test_settings_come_from_the_environment(tmp_path: Path) -> None:
    program = "from convertsite.settings import *; print(ALLOWED_HOSTS[-2:], METRICS_TOKEN, METRICS_ALLOW)"
    given = {"ALLOWED_HOSTS": "10.0.0.5, web1", "METRICS_TOKEN": "hush", "METRICS_ALLOW": "10.0.0.0/8"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=environment(DATA_DIR=str(tmp_path), **given),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "['10.0.0.5', 'web1'] hush [IPv4Network('10.0.0.0/8')]"
