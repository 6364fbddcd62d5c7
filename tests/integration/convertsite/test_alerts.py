"""Operators are told of trouble once, and once when it is over, whoever looks and however many."""

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import redis
from django.core import mail
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from conversions.jobs.states import State
from conversions.models import Conversion, Lane, Owner
from convertsite import alerts, liveness, multiprocess, telling, troubles
from convertsite.models import Alert, Look
from convertsite.tasks import look_for_trouble
from convertsite.troubles import Trouble
from tests.integration.conversions.staff import staff
from tests.waiting import wait_for

pytestmark = pytest.mark.django_db
NOW = timedelta(0)


@pytest.fixture
def wanted(settings: Settings) -> None:
    settings.ALERT_EMAILS = ["ada@example.org"]
    settings.SITE_URL = "https://convert.example"


class Found:
    """What the only check finds."""

    problem: str | None = ""


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch, wanted: None) -> Found:
    """A site with one check, and no patience."""
    it = Found()
    monkeypatch.setattr(alerts, "TROUBLES", {"roof": Trouble(lambda: it.problem, "Call the roofer.")})
    monkeypatch.setattr(alerts, "PATIENCE", NOW)
    return it


def look(times: int = 2) -> None:
    for _ in range(times):
        assert alerts.look(NOW)


def subjects() -> list[str]:
    return [letter.subject for letter in mail.outbox]


BEGINS, ENDS = "[Convertsite] roof: trouble begins", "[Convertsite] roof: trouble is over"


def test_trouble_is_told_once_and_once_when_it_is_over(found: Found) -> None:
    look()
    assert subjects() == []
    found.problem = "It rains in."
    look(4)
    assert subjects() == [BEGINS]
    found.problem = "It rains in more."
    look()
    assert subjects() == [BEGINS]
    found.problem = ""
    look(4)
    assert subjects() == [BEGINS, ENDS]
    letter = mail.outbox[0]
    assert letter.to == ["ada@example.org"]
    for told in ("It rains in.", "Call the roofer.", "https://convert.example"):
        assert told in letter.body
    found.problem = "It rains in."
    look()
    assert subjects() == [BEGINS, ENDS, BEGINS]


def test_what_passes_before_the_second_look_is_not_told(found: Found, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alerts, "PATIENCE", timedelta(minutes=5))
    found.problem = "It rains in."
    look()
    found.problem = ""
    look()
    assert subjects() == []
    assert Alert.objects.get().since is None


def test_of_what_nobody_can_know_nothing_is_said(found: Found) -> None:
    found.problem = "It rains in."
    look()
    found.problem = None
    look()
    assert subjects() == [BEGINS]
    assert Alert.objects.get().told


def test_a_look_is_taken_once_however_many_beats_there_are(found: Found) -> None:
    look_for_trouble()
    assert not alerts.look()
    assert not alerts.look(alerts.UNWATCHED)
    Look.objects.update(looked_at=timezone.now() - alerts.OFTEN)
    assert not alerts.look(alerts.UNWATCHED)
    assert alerts.look()
    Look.objects.update(looked_at=timezone.now() + timedelta(hours=1))  # by a wrong clock
    assert alerts.look()


@pytest.mark.django_db(transaction=True)
def test_two_that_look_at_once_do_not_tell_twice(found: Found) -> None:
    found.problem = "It rains in."
    look(1)
    together = threading.Barrier(4)

    def judge(_: int) -> None:
        together.wait()
        try:
            alerts._judge("roof", alerts.TROUBLES["roof"], "It rains in.", timezone.now())
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(judge, range(4)))
    assert subjects() == [BEGINS]


def test_who_died_while_telling_is_stood_in_for(found: Found) -> None:
    found.problem = "It rains in."
    look(1)
    Alert.objects.update(telling_until=timezone.now() + timedelta(seconds=30))
    look(1)
    assert subjects() == []
    Alert.objects.update(telling_until=timezone.now() - timedelta(seconds=1))
    look(1)
    assert subjects() == [BEGINS]


def test_nothing_is_looked_at_where_nobody_wants_to_know(found: Found, settings: Settings) -> None:
    settings.ALERT_EMAILS = []
    assert not alerts.look(NOW)
    assert not Look.objects.exists()


def test_a_check_that_fails_leaves_the_others(found: Found, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> str:
        raise OSError("the disk has gone")

    monkeypatch.setitem(alerts.TROUBLES, "broken", Trouble(broken, ""))
    monkeypatch.setitem(alerts.TROUBLES, "last", Trouble(lambda: "It is cold.", "Make a fire."))
    look()
    assert subjects() == ["[Convertsite] last: trouble begins"]


@pytest.mark.django_db(transaction=True)
def test_a_web_process_looks_where_beat_does_not(found: Found) -> None:
    found.problem = "It rains in."
    Look.objects.create(pk=alerts.ONLY, looked_at=timezone.now() - timedelta(minutes=2))
    watcher = alerts.Watcher(interval=0.02)
    watcher.start()
    try:
        wait_for(lambda: Alert.objects.filter(since__isnull=False).exists())
        assert Look.objects.get().looked_at > timezone.now() - timedelta(minutes=1)
    finally:
        watcher.stop()
        watcher.join()
    assert subjects() == []  # the second look is due in 75 s


# --- The ways of telling


class Hook(NamedTuple):
    url: str
    heard: list[dict[str, Any]]
    answer: dict[str, Any]


@pytest.fixture
def hook() -> Iterator[Hook]:
    """An operator's chat, which answers as the test says."""
    heard: list[dict[str, Any]] = []
    answer: dict[str, Any] = {"status": 204, "location": ""}
    silent = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            heard.append({"path": self.path, "type": self.headers["Content-Type"], **json.loads(body)})
            if not answer["status"]:
                silent.wait(10)
                return
            self.send_response(answer["status"])
            if answer["location"]:
                self.send_header("Location", answer["location"])
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield Hook(f"http://127.0.0.1:{server.server_port}/hooks/7f3a", heard, answer)
    silent.set()
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_webhook_gets_json_begun_and_over(found: Found, settings: Settings, hook: Hook) -> None:
    settings.ALERT_EMAILS, settings.ALERT_WEBHOOK = [], hook.url
    for found.problem in ("It rains in.", ""):
        look()
    begun, over = hook.heard
    assert (begun["path"], begun["type"]) == ("/hooks/7f3a", "application/json")
    assert (begun["alert"], begun["state"], over["state"]) == ("roof", "begun", "over")
    assert (begun["summary"], begun["what_to_do"]) == ("It rains in.", "Call the roofer.")
    assert begun["site"] == "https://convert.example"
    assert "It rains in. Call the roofer." in begun["text"]
    assert begun["since"] == over["since"]


@pytest.mark.parametrize("wrong", [{"status": 500}, {"status": 302, "location": "/elsewhere"}, {"status": 0}])
def test_what_could_be_told_nowhere_is_told_at_the_next_look(
    found: Found,
    settings: Settings,
    hook: Hook,
    wrong: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings.ALERT_EMAILS, settings.ALERT_WEBHOOK = [], hook.url
    hook.answer.update(wrong)
    found.problem = "It rains in."
    with monkeypatch.context() as impatient:
        if not wrong["status"]:
            impatient.setattr(telling, "PATIENCE", 0.3)
        look()
    wait_for(lambda: hook.heard)
    assert len(hook.heard) == 1  # nor is it followed elsewhere
    assert "could not be told by post" in caplog.text
    assert "7f3a" not in caplog.text
    hook.answer.update(status=204, location="")
    look()
    assert [each["state"] for each in hook.heard] == ["begun", "begun"]


def test_one_way_that_works_is_enough(found: Found, settings: Settings, tmp_path: Path) -> None:
    settings.ALERT_WEBHOOK = f"file://{tmp_path}/x"
    found.problem = "It rains in."
    look(4)
    assert subjects() == [BEGINS]


# --- What is looked at


@pytest.mark.parametrize("part", ["worker", "beat", "housekeeping", "long"])
def test_a_silent_part_is_trouble(valkey: redis.Redis, part: str) -> None:
    assert troubles.TROUBLES[part].look() == f"No sign of life from {part}."
    liveness.announce(part)
    assert troubles.TROUBLES[part].look() == ""


@pytest.mark.usefixtures("nowhere")
def test_while_valkey_is_away_only_that_is_said() -> None:
    assert troubles.TROUBLES["valkey"].look() == "Valkey does not answer."
    assert troubles.TROUBLES["worker"].look() is None


@pytest.mark.parametrize(
    ("lane", "minutes", "old"), [("short", 4, False), ("short", 6, True), ("long", 50, False), ("long", 70, True)]
)
def test_an_old_queue_is_trouble(lane: str, minutes: int, old: bool) -> None:
    now = timezone.now()
    waits = {"state": State.QUEUED, "lane": Lane(lane), "queued_at": now - timedelta(minutes=minutes)}
    Conversion.objects.create(owner=Owner.objects.create(), to="webp", expires_at=now, **waits)
    told = troubles.queue()
    assert bool(told) is old
    assert not old or ("min" in told or "h" in told)


def test_a_disk_that_is_nearly_full_is_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    usage: Callable[[int], Any] = lambda free: shutil._ntuple_diskusage(1000 * 1024**2, 0, free * 1024**2)  # noqa: E731
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage(100))
    assert troubles.disk() == ""
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage(99))
    assert troubles.disk() == "The disk of the data folder has 99 MB free, 9.9 %."


def test_deliveries_that_fail_are_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    now = {"sent": 1_000.0, "cut": 50.0}
    monkeypatch.setattr(troubles, "counted", lambda: (now["sent"], now["cut"]))

    def after(sent: float, cut: float) -> str:
        now["sent"] += sent
        now["cut"] += cut
        return troubles.deliveries()

    assert troubles.deliveries() == ""
    assert after(10_000, 9) == ""  # 99.91 %
    assert after(10_000, 31) == "Of 20,000 frames in 0 min, 99.80 % were acknowledged."
    assert after(1_000_000, 0) == ""
    now.update(sent=3.0, cut=0.0)  # all counting began anew
    assert troubles.deliveries() == ""
    assert after(90, 80) == ""  # too few to say


def test_frames_are_counted_over_all_processes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from prometheus_client.core import CounterMetricFamily

    families = [CounterMetricFamily("realtime_frames_sent", "", value=7.0)]
    families += [CounterMetricFamily("realtime_frames_unacknowledged", "", value=2.0)]
    monkeypatch.setattr(multiprocess, "read", lambda folder: families)
    assert troubles.counted() == (7.0, 2.0)


# --- In admin


def test_alerts_are_shown_to_who_may_view_and_edited_by_nobody(client: Client) -> None:
    Alert.objects.create(name="roof", summary="It rains in.", since=timezone.now(), told=True)
    address = "/admin/convertsite/alert/"
    assert client.get(address)["Location"].startswith("/admin/login/")
    assert staff(name="ada").get(address).status_code == 403
    viewer = staff("view_alert")
    assert "It rains in." in viewer.get(address).content.decode()
    assert viewer.post(f"{address}roof/change/", {"told": ""}).status_code == 403
    assert viewer.get(f"{address}add/").status_code == 403
