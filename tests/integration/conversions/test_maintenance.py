"""The read-only switch: nothing new is taken in, and what was goes on."""

import io
import logging
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from conversions.jobs import lifecycle, maintenance
from conversions.models import Conversion, Maintenance
from tests.integration.conversions.staff import staff
from tests.integration.conversions.web import API, assert_problem, convert, stored_files, upload

pytestmark = pytest.mark.django_db
LIST = "/admin/conversions/maintenance/"
PAGE = f"{LIST}1/change/"


@pytest.fixture
def on() -> Maintenance:
    return maintenance.switch(True, "The site moves to a larger disk.")


def run(*words: str) -> str:
    out = io.StringIO()
    call_command("maintenance", *words, stdout=out)
    return out.getvalue()


def test_new_files_are_refused_in_words_and_nothing_is_kept(client: Client, on: Maintenance) -> None:
    before = stored_files()
    document = assert_problem(response := convert(client), 503, "maintenance")
    assert document["detail"] == "Nothing new is taken in just now, for maintenance: The site moves to a larger disk."
    assert document["retryable"]
    assert response["Retry-After"] == "300"
    assert document["retry_after_ms"] == 300_000
    assert not Conversion.objects.exists()
    assert stored_files() == before


def test_the_expected_end_says_when_to_try_again(client: Client) -> None:
    until = timezone.now() + timedelta(hours=2)
    maintenance.switch(True, until=until)
    document = assert_problem(response := convert(client), 503, "maintenance")
    assert f"after {until.day} {until:%B, %H:%M} UTC" in document["suggestion"]
    assert 7_100 < int(response["Retry-After"]) <= 7_201
    maintenance.switch(True, until=timezone.now() - timedelta(hours=2))
    assert "in a few minutes" in assert_problem(convert(client), 503, "maintenance")["suggestion"]


def test_what_was_sent_before_goes_on(client: Client) -> None:
    made = client.post(f"{API}/conversions", {"file": upload(), "to": "webp"}, headers={"Idempotency-Key": "k"}).json()
    maintenance.switch(True)
    assert lifecycle.claim_next("short") == Conversion.objects.get(pk=made["id"])
    again = client.post(f"{API}/conversions", {"file": upload(), "to": "webp"}, headers={"Idempotency-Key": "k"})
    assert again.json()["id"] == made["id"]
    assert client.post(f"{API}/conversions/{made['id']}/cancel").status_code == 200
    assert_problem(client.post(f"{API}/conversions/{made['id']}/retry"), 503, "maintenance")
    maintenance.switch(False)
    assert client.post(f"{API}/conversions/{made['id']}/retry").json()["state"] == "queued"


def test_page_says_so_and_offers_no_form(client: Client, on: Maintenance) -> None:
    page = client.get("/")
    assert page.status_code == 200
    assert "The site moves to a larger disk." in page.content.decode()
    assert "<form method=" not in page.content.decode()
    maintenance.switch(False)
    assert "maintenance" not in client.get("/").content.decode()


def test_form_that_was_open_already_gets_a_sentence(
    client: Client, on: Maintenance, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "django.request")
    page = client.post("/", {"file": upload(), "to": "webp"})
    assert page.status_code == 503
    assert page["Retry-After"] == "300"
    assert page.content.decode().count("The site moves to a larger disk.") == 1
    assert not caplog.records  # it is meant so


def test_who_may_change_switches_it_and_the_log_knows() -> None:
    client = staff("view_maintenance", "change_maintenance")
    assert client.get(LIST)["Location"] == PAGE
    client.post(PAGE, {"is_on": "on", "text": "a new disk", "until_0": "", "until_1": ""})
    assert Maintenance.objects.get().is_on
    entry = LogEntry.objects.get()
    assert (entry.user.username, entry.get_edited_object()) == ("grace", Maintenance.objects.get())
    assert "Nothing new is taken in" in entry.get_change_message()


def test_who_may_view_only_looks(on: Maintenance) -> None:
    client = staff("view_maintenance")
    assert "larger disk" in client.get(PAGE).content.decode()
    assert client.post(PAGE, {"text": "", "until_0": "", "until_1": ""}).status_code == 403
    assert Maintenance.objects.get().is_on


@pytest.mark.parametrize("address", [LIST, PAGE, f"{LIST}add/", f"{PAGE[:-7]}delete/"])
def test_others_do_not_even_look(client: Client, on: Maintenance, address: str) -> None:
    assert client.get(address)["Location"].startswith("/admin/login/")
    assert staff().get(address).status_code == 403


def test_command_switches_tells_and_logs() -> None:
    assert run() == "Maintenance is off.\n"
    until = (timezone.now() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    assert "a new disk." in run("on", "--text", "a new disk", "--until", until)
    found = Maintenance.objects.get()
    assert (found.is_on, found.text, f"{found.until:%Y-%m-%dT%H:%M}") == (True, "a new disk", until)
    User.objects.create_user("ada")
    assert run("off", "--user", "ada") == "Maintenance is off.\n"
    by = [(entry.user.username, entry.get_change_message()) for entry in LogEntry.objects.order_by("id")]
    assert by == [("manage.py", "Switched on."), ("ada", "Switched off.")]
    shell = User.objects.get(username="manage.py")
    assert not shell.is_active
    assert not shell.has_usable_password()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["on", "--until", "tomorrow"], "is no time"),
        (["on", "--until", "2001-01-01T00:00"], "is over"),
        (["on", "--user", "nobody"], "There is no user nobody"),
        (["on", "--text", "x" * 201], "at most 200"),
        (["perhaps"], "invalid choice"),
    ],
)
def test_command_says_what_is_wrong_and_switches_nothing(words: list[str], told: str) -> None:
    with pytest.raises(CommandError, match=told):
        run(*words)
    assert not Maintenance.objects.filter(is_on=True).exists()


def test_api_is_documented_to_refuse(client: Client) -> None:
    paths: Any = client.get(f"{API}/openapi.json").json()["paths"]
    for address in ("/api/v1/conversions", "/api/v1/conversions/{conversion_id}/retry"):
        assert "503" in paths[address]["post"]["responses"]
