import json
import platform
import re
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from conversions.models import Conversion
from tests.integration.conversions.web import API, convert, picture, stored_files, upload

pytestmark = pytest.mark.django_db


def config(response: Any) -> dict[str, Any]:
    """The client's configuration in a page."""
    found = re.search(rb'<script id="config" type="application/json">(.*?)</script>', response.content)
    assert found, response.content
    return dict(json.loads(found[1]))


def test_page_tells_the_client_all_it_needs(client: Client) -> None:
    page = client.get("/")
    assert page.status_code == 200
    told = config(page)
    assert (told["api"], told["events"]) == ("/api/v1", "/ws/events/")
    assert told["topic"] == client.get(f"{API}/conversions").json()["topic"]
    assert told["formats"] == client.get(f"{API}/formats").json()["items"]
    assert told["maxUploadBytes"] > 60_000_000
    assert told["retentionHours"] == 24
    assert told["serverTime"] > 1_600_000_000_000


def test_page_names_the_version_that_it_was_made_with(client: Client, settings: Settings) -> None:
    settings.REALTIME_CLIENT_VERSION = "platform.python_version"
    assert config(client.get("/"))["clientVersion"] == platform.python_version()


def test_page_sets_the_csrf_cookie(client: Client) -> None:
    client.get("/")
    assert client.cookies[settings.CSRF_COOKIE_NAME].value


def test_page_is_kept_by_no_cache(client: Client) -> None:
    assert "no-store" in client.get("/")["Cache-Control"]


def test_form_offers_only_what_something_becomes(client: Client) -> None:
    written = {to for each in client.get(f"{API}/formats").json()["items"] for to in each["targets"]}
    offered = re.findall(r'<option value="([^"]+)"', client.get("/").content.decode())
    assert set(offered) == written | {"zip"}


def test_form_works_without_javascript() -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.get("/")
    form = {"csrfmiddlewaretoken": browser.cookies[settings.CSRF_COOKIE_NAME].value, "to": "webp"}
    response = browser.post("/", {**form, "file": [upload(name="one.png"), upload(name="two.png")]})
    assert (response.status_code, response["Location"]) == (302, "/?watch")
    page = browser.get("/")
    assert b"one.png" in page.content
    assert b"two.png" in page.content
    assert Conversion.objects.count() == 2


def test_form_makes_one_file_of_all_where_that_is_wanted(client: Client) -> None:
    form = {"to": "pdf", "combine": "on", "file": [upload(name="one.png"), upload(name="two.png")]}
    assert client.post("/", form).status_code == 302
    assert [source.name for source in Conversion.objects.get().sources.all()] == ["one.png", "two.png"]
    refused = client.post("/", {**form, "to": "webp", "file": [upload(), upload()]})
    assert refused.status_code == 422
    assert "combine them into another format" in refused.content.decode()


def test_page_without_javascript_renews_itself_only_while_something_is_under_way(client: Client) -> None:
    refresh = b'http-equiv="refresh"'
    watched = client.post("/", {"to": "webp", "file": upload()})["Location"]
    assert refresh in client.get(watched).content
    Conversion.objects.update(state="cancelled")
    assert refresh not in client.get(watched).content


def test_what_renews_itself_has_no_form_to_empty_and_no_error_to_forget(client: Client) -> None:
    refresh, form = b'http-equiv="refresh"', b'name="file"'
    client.post("/", {"to": "webp", "file": upload()})
    watched, plain = client.get("/?watch").content, client.get("/").content
    refused = client.post("/?watch", {"to": "webp", "file": upload(b"text", "notes.png")}).content
    assert [refresh in page for page in (watched, plain, refused)] == [True, False, False]
    assert [form in page for page in (watched, plain, refused)] == [False, True, True]
    assert b'href="?watch"' in plain


def test_page_offers_no_download_of_what_expired(client: Client) -> None:
    client.post("/", {"to": "webp", "file": upload(name="old.png")})
    hidden = b"download hidden>Download"
    Conversion.objects.update(state="completed")
    assert client.get("/").content.count(hidden) == 1, "the template's own"
    Conversion.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    page = client.get("/").content
    assert page.count(hidden) == 2
    assert b">Expired</b>" in page


def test_form_says_what_is_wrong(client: Client) -> None:
    response = client.post("/", {"to": "webp", "file": upload(b"text", "notes.png")})
    assert response.status_code == 422
    assert "none of the formats" in response.content.decode()
    assert b"What can be read: Pictures, " in response.content


@pytest.mark.parametrize("bad", [b"text", b""])
def test_form_with_a_bad_file_after_a_good_one_queues_neither(client: Client, bad: bytes) -> None:
    before = stored_files()
    response = client.post("/", {"to": "webp", "file": [upload(), upload(bad, "notes.png")]})
    assert response.status_code == 422
    assert b"notes.png" in response.content
    assert not Conversion.objects.exists()
    assert stored_files() == before


def test_form_with_two_kinds_of_files_of_which_one_cannot_become_that_queues_neither(client: Client) -> None:
    files = [upload(b"a,b\n1,2\n", "one.csv"), upload(name="two.png")]
    response = client.post("/", {"to": "xlsx", "file": files})
    assert response.status_code == 422
    assert re.search("“two.png”: .*PNG.* cannot be converted to", response.content.decode())
    assert not Conversion.objects.exists()


@pytest.mark.parametrize(
    ("fields", "status", "told"),
    [
        ({"file": [b"x"] * 101}, 413, "Send at most 100 at a time"),
        ({"more": ["x"] * 1_001}, 413, "more than 1000 fields"),
        ({"more": "x" * 3_000_000}, 413, "too large"),
    ],
)
def test_form_with_too_much_gets_a_page_that_says_so_and_a_line_in_the_log(
    caplog: pytest.LogCaptureFixture, fields: dict[str, Any], status: int, told: str
) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.get("/")
    files = [upload(content) for content in fields.get("file", [])]
    token = browser.cookies[settings.CSRF_COOKIE_NAME].value
    response = browser.post("/", {**fields, "csrfmiddlewaretoken": token, "to": "webp", "file": files})
    assert response.status_code == status
    assert told in response.content.decode()
    assert len(caplog.records) == 1
    assert caplog.records[0].exc_info is None


def test_form_without_a_file_says_so(client: Client) -> None:
    response = client.post("/", {"to": "webp"})
    assert response.status_code == 422
    assert b"Choose a file" in response.content


def test_form_with_a_name_of_10_000_characters_gets_a_page_that_says_what_to_do() -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.get("/")
    form = {"csrfmiddlewaretoken": browser.cookies[settings.CSRF_COOKIE_NAME].value, "to": "webp"}
    response = browser.post("/", {**form, "file": upload(name="n" * 10_000 + ".png")})
    assert response.status_code == 400
    assert response["Content-Type"].startswith("text/html")
    assert b"Give the file a shorter name and send it again" in response.content
    assert b'href="/"' in response.content
    assert not Conversion.objects.exists()


def test_name_in_the_page_is_text(client: Client) -> None:
    convert(client, picture(), "<img src=x onerror=alert(1)>.png")
    assert b"<img src=x" not in client.get("/").content


def test_sign_in_and_out(client: Client) -> None:
    User.objects.create_user("ada", password="secret")
    assert client.post("/accounts/login/", {"username": "ada", "password": "wrong"}).status_code == 200
    assert client.post("/accounts/login/", {"username": "ada", "password": "secret"})["Location"] == "/"
    assert client.get("/").context["user"].get_username() == "ada"
    assert client.post("/accounts/logout/")["Location"] == "/"
    assert client.get("/").context["user"].is_anonymous


def test_only_users_are_served_where_the_site_says_so(settings: Any, client: Client) -> None:
    settings.ANONYMOUS = False
    assert client.get("/")["Location"] == "/accounts/login/"
    assert client.post("/", {"to": "webp", "file": upload()})["Location"] == "/accounts/login/"
    client.force_login(User.objects.create_user("ada"))
    assert client.get("/").status_code == 200


@pytest.mark.parametrize("options", ['{"\\ud800": 1}', '{"quality": "\\ud800"}'])
def test_half_a_character_in_an_option_is_told_like_any_other(client: Client, options: str) -> None:
    response = client.post("/", {"to": "webp", "file": upload(), "options": options})
    assert response.status_code == 422
    assert "\\ud800" in response.content.decode()


def test_unreadable_form_to_no_page_is_not_found(client: Client) -> None:
    client.get("/")
    assert settings.CSRF_COOKIE_NAME in client.cookies
    for path in ("/nowhere", "/api/v1/nowhere"):
        assert client.post(path, b"x", content_type="multipart/form-data").status_code == 404
