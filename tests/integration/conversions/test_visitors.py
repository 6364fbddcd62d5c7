"""What a visitor who owns nothing costs, and what one is told when nothing can be written."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from conversions.accounts.owners import LOOKING_AROUND
from tests.integration.conversions.web import API, convert

pytestmark = pytest.mark.django_db


def lasts() -> float:
    """Seconds that the only session has left."""
    return (Session.objects.get().expire_date - timezone.now()).total_seconds()


def test_session_of_a_visitor_who_only_looks_is_short(client: Client) -> None:
    client.get("/")
    assert LOOKING_AROUND - 60 < lasts() <= LOOKING_AROUND


def test_session_lasts_once_something_is_owned(client: Client) -> None:
    client.get("/")
    assert convert(client).status_code == 201
    assert lasts() > settings.SESSION_COOKIE_AGE - 60


def test_session_lasts_once_the_visitor_signs_in(client: Client) -> None:
    User.objects.create_user("ada", password="secret")
    client.get("/")
    client.post(reverse("login"), {"username": "ada", "password": "secret"})
    assert "_auth_user_id" in client.session
    assert lasts() > settings.SESSION_COOKIE_AGE - 60


def test_stranger_who_asks_for_a_conversion_writes_nothing(client: Client) -> None:
    assert client.get(f"{API}/conversions/00000000-0000-4000-8000-000000000000").status_code == 404
    assert not Session.objects.exists()


def answer_without_database(ask: Callable[[Client], Any]) -> Any:
    """What is answered while nothing can be written."""
    if connection.vendor == "sqlite":
        off, on = "PRAGMA query_only = 1", "PRAGMA query_only = 0"
    else:
        off, on = "SET TRANSACTION READ ONLY", "SELECT 1"
    with connection.cursor() as cursor:
        cursor.execute(off)
        try:
            return ask(Client(raise_request_exception=False))
        finally:
            cursor.execute(on)


def test_page_says_so_when_the_database_cannot_be_written() -> None:
    response = answer_without_database(lambda client: client.get("/"))
    assert response.status_code == 503
    assert "Try again" in response.content.decode()


def test_api_says_so_when_the_database_cannot_be_written() -> None:
    response = answer_without_database(convert)
    assert response.status_code == 503
    assert response.json()["code"] == "database_unusable"
    assert response.json()["retryable"]
