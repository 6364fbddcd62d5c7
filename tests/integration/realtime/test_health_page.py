"""The page "Real-time health" and a connection's page: who may view sees, who may change acts."""

import re
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
import redis
from channels.layers import get_channel_layer
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from realtime import flush, overview, selftest_runs
from realtime.layer import HUBS
from realtime.models import ConnectionRecord, ConnectionState, HealthSample
from tests.integration.realtime.crowds import crowd
from tests.processes import free_port
from tests.waiting import wait_for

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("valkey")]
HEALTH = "admin:realtime_healthsample_changelist"
LIST = "admin:realtime_connectionrecord_changelist"


@pytest.fixture(autouse=True)
def no_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The site's own are tested with the site."""
    monkeypatch.setattr(overview, "parts", {})


def staff(*permissions: str) -> Browser:
    """Somebody of the staff with these permissions."""
    user = User.objects.create_user(f"user{User.objects.count()}", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    browser = Browser()
    browser.force_login(user)
    return browser


@pytest.fixture
def viewer() -> Browser:
    return staff("view_healthsample", "view_connectionrecord")


@pytest.fixture
def operator() -> Browser:
    return staff("view_connectionrecord", "change_connectionrecord")


def page_of(name: str) -> str:
    return reverse("admin:realtime_connectionrecord_change", args=[name])


def text_of(browser: Browser, address: str, **query: str) -> str:
    response = browser.get(address, query)
    assert response.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", response.content.decode()))


def ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def test_page_of_health_is_beside_the_lists_and_shows_figures_to_who_may_view(viewer: Browser) -> None:
    assert "Real-time health" in text_of(viewer, reverse("admin:index"))
    crowd(12, "well", quality="good", latency_ms=42.0)
    HealthSample.objects.create(
        taken_at=timezone.now() - timedelta(seconds=5), span=60, open=12, sent=70, acknowledged=69
    )
    shown = text_of(viewer, reverse(HEALTH))
    for expected in ("Healthy", "Connections 12 open", "42 ms", "69 acknowledged of 70 sent", "Good quality 12"):
        assert expected in shown


def test_page_of_health_is_for_who_may_view_it() -> None:
    stranger = staff("view_connectionrecord")
    for address in (reverse(HEALTH), reverse("admin:realtime_healthsample_series")):
        assert stranger.get(address).status_code == 403
        assert Browser().get(address).status_code == 302
    assert staff().get(page_of("c")).status_code == 403


def test_series_are_json_of_known_spans(viewer: Browser) -> None:
    HealthSample.objects.create(taken_at=timezone.now() - timedelta(hours=2), span=60, open=3)
    series = reverse("admin:realtime_healthsample_series")
    assert viewer.get(series, {"span": "day"}).json()["open"] == [3]
    assert viewer.get(series, {"span": "century"}).json()["open"] == []


@pytest.mark.parametrize("owner", ["anna", "x" * 500, "<script>alert(1)</script>", "ä ö\x00", "a.b", ""])
def test_owner_is_any_text(viewer: Browser, owner: str) -> None:
    crowd(2, "hers", owner="anna")
    page = viewer.get(reverse(HEALTH), {"owner": owner, "span": "<b>"}).content.decode()
    assert "<script>alert" not in page
    number = re.search(r"<dt>Connections</dt><dd>(\d+)</dd>", page)
    assert number is not None
    assert int(number[1]) == (2 if owner in ("anna", "") else 0)


def test_page_of_a_connection_answers_what_became_of_it(viewer: Browser) -> None:
    opened = timezone.now() - timedelta(minutes=5)
    life = [[ms(opened + timedelta(minutes=1)), "tested", ""], [ms(opened + timedelta(minutes=2)), "quality", "poor"]]
    details = {
        "life": life,
        "round_trips": [[ms(opened), 17.5]],
        "topics": [{"topic": "room.blue", "epoch": "e", "offset": 7}, {"topic": "room.red"}],
    }
    ends = {"state": ConnectionState.CLOSED, "closed_at": timezone.now(), "close_code": 1006}
    crowd(1, "one", owner="anna", frames_sent=12, frames_acknowledged=9, details=details, **ends)
    ConnectionRecord.objects.update(
        opened_at=opened, user_agent="<script>alert(1)</script>", close_reason="heartbeat_lost"
    )
    shown = text_of(viewer, page_of("one"))
    for expected in (
        "Acknowledged 9 of 12 frames; 3 were under way",
        "Asked whether it is there",
        "Quality is now poor",
        "Closed with 1006 cut off without a word · heartbeat_lost",
        "room.blue 7 not known",
        "room.red being brought up",
        "18 ms",
        "&lt;script&gt;alert(1)",
    ):
        assert expected in shown


def test_connection_without_details_and_one_that_is_gone(viewer: Browser) -> None:
    crowd(1, "before", details=None)  # written by the version before
    assert "Opened" in text_of(viewer, page_of("before"))
    assert viewer.get(page_of("nobody")).status_code == 302


def test_viewer_sees_no_buttons_and_cannot_act(viewer: Browser) -> None:
    crowd(1, "one")
    assert 'name="act"' not in viewer.get(page_of("one")).content.decode()
    assert 'value="recover"' not in viewer.get(reverse(LIST)).content.decode()
    for act in ("test", "recover", "close"):
        assert viewer.post(page_of("one"), {"act": act}).status_code == 403
        viewer.post(reverse(LIST), {"action": act, "_selected_action": ["one"]})
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize("act", ["test", "recover", "close"])
def test_who_may_change_acts_and_the_log_has_it(operator: Browser, valkey: redis.Redis, act: str) -> None:
    crowd(2, "c")
    crowd(1, "done", state=ConnectionState.CLOSED)
    with valkey.pubsub() as hubs:
        hubs.subscribe(f"asgi__group__{HUBS}")
        wait_for(lambda: hubs.get_message() is not None, because="the subscription")
        assert operator.post(page_of("c"), {"act": act}).status_code == 302
        operator.post(reverse(LIST), {"action": act, "_selected_action": ["c", "c1", "done"]})
        assert flush(10)
        asked = [get_channel_layer().deserialize(wait_for(hubs.get_message)["data"]) for _ in range(2)]
    assert [(message["action"], sorted(message["ids"])) for message in asked] == [(act, ["c"]), (act, ["c", "c1"])]
    assert sorted(LogEntry.objects.values_list("object_id", flat=True)) == ["c", "c", "c1"]
    history = text_of(operator, reverse("admin:realtime_connectionrecord_history", args=["c"]))
    assert "Asked" in history


def test_nonsense_is_refused_and_a_closed_connection_asked_nothing(operator: Browser) -> None:
    crowd(1, "one")
    crowd(1, "done", state=ConnectionState.CLOSED)
    for act in ("", "delete_selected", "has_act_permission", "__init__"):
        assert operator.post(page_of("one"), {"act": act}).status_code == 403
    assert 'name="act"' not in operator.get(page_of("done")).content.decode()
    answer = operator.post(page_of("done"), {"act": "close"}, follow=True)
    assert "Closed already" in answer.content.decode()
    assert not LogEntry.objects.exists()


def test_hundred_thousand_records_are_paged_through(
    operator: Browser, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    crowd(100_000, "c", owner="anna", details={"topics": [], "life": [], "round_trips": []})
    for query in ({"p": "999"}, {"q": "anna", "state__exact": "open"}, {"o": "-7"}):
        with django_assert_max_num_queries(12):
            page = operator.get(reverse(LIST), query).content.decode()
        assert page.count('name="_selected_action"') == 100


def logged(**fields: Any) -> int:
    return LogEntry.objects.filter(**fields).count()


def test_thousands_are_asked_at_once(operator: Browser, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    crowd(3_000, "c")
    every = {"action": "test", "_selected_action": ["c"], "select_across": "1", "index": "0"}
    with django_assert_max_num_queries(60):
        assert operator.post(reverse(LIST), every).status_code == 302
    assert logged(change_message="Asked for a connection test.") == 3_000
    assert flush(10)


def test_self_test_of_a_site_that_is_down_ends_with_what_to_do(
    viewer: Browser, settings: Settings, valkey: redis.Redis
) -> None:
    settings.SITE_URL = f"http://127.0.0.1:{free_port()}"
    operator = staff("change_healthsample")
    assert "Run the self-test" not in text_of(viewer, reverse(HEALTH))
    assert viewer.post(reverse(HEALTH), {"act": "selftest"}).status_code == 403
    assert operator.post(reverse(HEALTH), {"act": "dance"}).status_code == 403
    assert operator.post(reverse(HEALTH), {"act": "selftest"}).status_code == 302
    wait_for(lambda: "Nothing answers at" in text_of(viewer, reverse(HEALTH)))
    assert "Unhealthy , asked for by user" in text_of(viewer, reverse(HEALTH))
    assert logged(change_message="Ran the self-test.") == 1
    wait_for(lambda: not valkey.exists("realtime:lock:selftest"))


def test_self_test_is_run_once_at_a_time_and_one_that_died_is_told(
    viewer: Browser, valkey: redis.Redis, settings: Settings
) -> None:
    operator = staff("view_healthsample", "change_healthsample")
    valkey.set("realtime:lock:selftest", "another")
    answer = operator.post(reverse(HEALTH), {"act": "selftest"}, follow=True).content.decode()
    assert "A self-test runs already." in answer
    assert not logged()
    run = selftest_runs.Run("id", "ada", timezone.now() - timedelta(seconds=selftest_runs.LONGEST + 1))
    valkey.set(selftest_runs.NEWEST, msgspec.json.encode(run))
    assert "It never ended" in text_of(viewer, reverse(HEALTH))
    settings.REALTIME_URL = "unix:///nowhere/valkey.sock"
    answer = operator.post(reverse(HEALTH), {"act": "selftest"}, follow=True).content.decode()
    assert "Valkey is away" in answer
