"""Requests that are under way while somebody signs in or out."""

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client

from conversions.models import Conversion
from tests.integration.conversions.web import API, convert

pytestmark = pytest.mark.django_db


def twin(client: Client) -> Client:
    """Another tab of the same browser, or a request of it that is still under way when the cookies change."""
    other = Client()
    other.cookies.load(client.cookies.output(header=""))
    return other


@pytest.fixture
def late() -> Client:
    """Sends with the cookie of a session that ended: its visitor signed in meanwhile."""
    browser = Client()
    assert convert(browser).status_code == 201
    late = twin(browser)
    User.objects.create_user("ada", password="a long secret")
    assert browser.post("/accounts/login/", {"username": "ada", "password": "a long secret"}).status_code == 302
    assert browser.cookies[settings.SESSION_COOKIE_NAME].value != late.cookies[settings.SESSION_COOKIE_NAME].value
    return late


def test_an_upload_of_an_ended_session_is_to_be_sent_again_and_makes_no_visitor(late: Client) -> None:
    answer = convert(late)
    assert (answer.status_code, answer.json()["code"], answer.json()["retryable"]) == (409, "session_changed", True)
    assert settings.SESSION_COOKIE_NAME not in answer.cookies
    assert Conversion.objects.count() == 1


def test_a_look_of_an_ended_session_takes_no_cookie_away(late: Client) -> None:
    answer = late.get(f"{API}/conversions/{Conversion.objects.get().pk}")
    assert answer.status_code == 404
    assert settings.SESSION_COOKIE_NAME not in answer.cookies
    assert "Cookie" in answer["Vary"]


def test_a_list_for_an_ended_session_makes_no_visitor(late: Client) -> None:
    answer = late.get(f"{API}/conversions")
    assert (answer.status_code, answer.json()["code"]) == (409, "session_changed")
    assert settings.SESSION_COOKIE_NAME not in answer.cookies


def test_a_page_begins_a_session_in_place_of_one_that_ended(late: Client) -> None:
    late.get("/")
    assert late.get(f"{API}/conversions").status_code == 200
    assert convert(late).status_code == 201


def test_signing_out_takes_the_cookie_away() -> None:
    browser = Client()
    browser.force_login(User.objects.create_user("ada"))
    assert browser.post("/accounts/logout/").cookies[settings.SESSION_COOKIE_NAME].value == ""
