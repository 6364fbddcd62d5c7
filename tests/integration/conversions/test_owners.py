from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.http import HttpRequest
from django.test import Client

from conversions.accounts.owners import conversions_of, key_of, owner_key, owner_of, topic_of
from conversions.errors import SignInRequired
from conversions.models import Conversion, Owner
from tests.integration.conversions.web import API, convert, upload

pytestmark = pytest.mark.django_db


def request_of(user: Any = None) -> HttpRequest:
    """A request of the user, or of a new visitor."""
    request = HttpRequest()
    request.session, request.user = SessionStore(), user or AnonymousUser()
    return request


def test_visitor_keeps_one_random_key() -> None:
    request = request_of()
    request.session.create()
    assert owner_of(request) == owner_of(request)
    assert key_of(request) == owner_of(request).key
    assert key_of(request) != request.session.session_key
    assert key_of(request) != key_of(request_of())


def test_visitor_costs_no_row_before_the_first_conversion() -> None:
    request = request_of()
    assert topic_of(request) == f"owner.{key_of(request)}"
    assert not conversions_of(request).exists()
    assert not Owner.objects.exists()


def test_user_has_one_owner_in_all_sessions() -> None:
    user = User.objects.create_user("ada")
    assert owner_of(request_of(user)) == owner_of(request_of(user))
    assert owner_of(request_of(user)).user == user


def test_new_user_has_one_owner_where_another_request_made_it_at_the_same_moment() -> None:
    user = User.objects.create_user("ada")
    other = User.objects.get(pk=user.pk)

    def make_it_first(run: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith("SAVEPOINT") and not Owner.objects.filter(user=other).exists():
            Owner.objects.bulk_create([Owner(user=other)])
        return run(sql, *rest)

    request = request_of(user)
    with connection.execute_wrapper(make_it_first):
        assert owner_of(request).key == other.owner.key
    assert topic_of(request) == other.owner.topic


def test_visitor_is_refused_when_only_users_are_served(settings: Any) -> None:
    settings.ANONYMOUS = False
    with pytest.raises(SignInRequired):
        owner_of(request_of())
    assert owner_of(request_of(User.objects.create_user("ada")))


def test_stranger_has_no_key() -> None:
    assert owner_key({}) == ""
    assert owner_key({"owner_key": "k"}) == "k"


def test_visitors_conversions_move_at_sign_in(client: Client) -> None:
    user = User.objects.create_user("ada", password="secret")
    conversion = Conversion.objects.get(id=convert(client).json()["id"])
    visitor = conversion.owner
    client.post("/accounts/login/", {"username": "ada", "password": "secret"})

    conversion.refresh_from_db()
    assert conversion.owner.user == user
    assert conversion.owner.key != visitor.key, "whoever knew the visitor's key must not hear the user"
    assert [each["id"] for each in client.get(f"{API}/conversions").json()["items"]] == [str(conversion.id)]


def test_visitors_conversions_move_at_sign_in_also_where_the_user_used_the_same_key(client: Client) -> None:
    User.objects.create_user("ada", password="secret")
    signed_in = Client()
    signed_in.login(username="ada", password="secret")
    for each in (signed_in, client):
        for key in ("same", f"of {each is client}".replace(" ", "-")):
            body = {"file": upload(), "to": "webp"}
            each.post(f"{API}/conversions", body, headers={"Idempotency-Key": key})
    client.post("/accounts/login/", {"username": "ada", "password": "secret"})
    assert client.get(f"{API}/conversions").json()["count"] == 4


def test_conversions_stay_with_their_user_after_sign_out(client: Client) -> None:
    User.objects.create_user("ada", password="secret")
    convert(client)
    client.login(username="ada", password="secret")
    client.post("/accounts/logout/")
    assert client.get(f"{API}/conversions").json()["count"] == 0
    client.force_login(User.objects.create_user("eve"))
    assert client.get(f"{API}/conversions").json()["count"] == 0
