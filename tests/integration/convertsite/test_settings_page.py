"""The settings in force, in admin."""

import pytest
from django.test import Client
from pytest_django import Settings

from convertsite.in_force import MASK
from tests.integration.conversions.staff import staff

pytestmark = pytest.mark.django_db
PAGE = "/admin/convertsite/settinginforce/"


def test_settings_are_shown_without_secrets_and_with_what_is_wrong(settings: Settings) -> None:
    settings.SECRET_KEY = "hush"  # shorter than it should be, too
    settings.METRICS_TOKEN = "hush-hush"
    settings.ALERT_WEBHOOK = "https://chat.example/hooks/hush"
    settings.EMAIL_URL = "smtp+tls://ada:hush@mail.example"
    settings.REALTIME_MAX_QUEUE_SIZE = 77
    page = staff("view_settinginforce").get(PAGE).content.decode()
    assert MASK in page
    assert "smtp+tls://…@mail.example" in page
    assert "<strong>77</strong>" in page
    assert "convertsite.E009" in page
    assert "hush" not in page


def test_who_may_view_finds_it_and_changes_nothing() -> None:
    client = staff("view_settinginforce")
    assert PAGE in client.get("/admin/").content.decode()
    assert client.get(f"{PAGE}add/").status_code == 403
    for address in ("1/change/", "1/delete/", "1/history/"):
        assert client.get(f"{PAGE}{address}").status_code in (302, 403)


def test_others_see_nothing(client: Client) -> None:
    assert client.get(PAGE)["Location"].startswith("/admin/login/")
    other = staff("view_alert")
    assert other.get(PAGE).status_code == 403
    assert PAGE not in other.get("/admin/").content.decode()
