"""Who connects: the middleware around a tiny application that tells its scope."""

import json
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from channels.testing import WebsocketCommunicator
from django.conf import settings as site_settings
from django.contrib.auth.models import User
from django.db import OperationalError, connection
from django.test import Client

from conversions.accounts import tokens
from conversions.accounts.middleware import AccountsMiddleware, Message, Receive, Send
from conversions.accounts.owners import owner_key
from conversions.models import Owner
from tests.integration.conversions.web import API

pytestmark = pytest.mark.django_db
Answer = tuple[dict[str, Any], int | None]


async def tell_scope(scope: Message, receive: Receive, send: Send) -> None:
    """Accept, say who connected, and leave."""
    who = {"owner_key": owner_key(scope), "user": scope["user"].get_username()}
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.send", "text": json.dumps(who)})
    await send({"type": "websocket.close", "code": 1000})


@async_to_sync
async def connect(path: str = "/ws/events/", **headers: str) -> Answer:
    """What a socket with these headers hears first, and the code of its close. It is accepted in any case."""
    application = AccountsMiddleware(tell_scope, open_paths={"/ws/heartbeat/"})
    encoded = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    socket = WebsocketCommunicator(application, path, headers=encoded)
    accepted, _ = await socket.connect()
    assert accepted
    told = await socket.receive_json_from()
    closed = await socket.receive_output()
    return told, closed["code"]


def cookie(client: Client) -> str:
    """The cookies that the client's browser would send."""
    return "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())


def test_visitor_has_the_key_of_the_session(client: Client) -> None:
    topic = client.get(f"{API}/conversions").json()["topic"]
    told, _ = connect(cookie=cookie(client))
    assert (told["user"], f"owner.{told['owner_key']}") == ("", topic)


def test_user_has_the_key_of_the_owner(client: Client) -> None:
    user = User.objects.create_user("ada")
    client.force_login(user)
    told, _ = connect(cookie=cookie(client))
    assert told == {"user": "ada", "owner_key": Owner.objects.get(user=user).key}


def test_token_speaks_for_its_user_whatever_the_session_says(client: Client) -> None:
    client.force_login(User.objects.create_user("ada"))
    token = tokens.create(User.objects.create_user("robot"), "test")
    told, _ = connect(cookie=cookie(client), authorization=f"Bearer {token}")
    assert told["user"] == "robot"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"cookie": f"{site_settings.SESSION_COOKIE_NAME}=made-up"},
        {"cookie": f"{site_settings.SESSION_COOKIE_NAME}=\xff\x00{'x' * 5_000}"},
        {"cookie": ";;;=\x00="},
        {"authorization": "Basic YTpi"},
    ],
)
def test_stranger_has_no_key(headers: dict[str, str]) -> None:
    assert connect(**headers) == ({"user": "", "owner_key": ""}, 1000)


def test_session_that_ended_leaves_a_stranger(client: Client) -> None:
    client.force_login(User.objects.create_user("ada"))
    before = cookie(client)
    client.logout()
    assert connect(cookie=before)[0] == {"user": "", "owner_key": ""}


@pytest.mark.parametrize("header", ["Bearer wrong", "Bearer", "bearer \xe9"])
def test_wrong_token_is_told_before_the_close(header: str) -> None:
    told, code = connect(authorization=header)
    assert (told["type"], told["code"], code) == ("error", "token_invalid", 4401)
    assert told["message"]
    assert told["suggestion"]
    assert told.keys() >= {"params", "retryable"}


def test_client_is_sent_away_for_now_when_the_database_does_not_answer(client: Client) -> None:
    def broken(*_: Any) -> None:
        raise OperationalError("the disk is full")

    client.get(f"{API}/conversions")
    with connection.execute_wrapper(broken):
        told, code = connect(cookie=cookie(client))
    assert (told["type"], told["retryable"], code) == ("error", True, 4500)
    assert "disk" not in json.dumps(told)


def test_stranger_is_refused_where_only_users_are_served(client: Client, settings: Any) -> None:
    client.get(f"{API}/conversions")
    settings.ANONYMOUS = False
    told, code = connect(cookie=cookie(client))
    assert (told["code"], code) == ("sign_in_required", 4401)
    assert connect("/ws/heartbeat/", cookie=cookie(client)) == ({"user": "", "owner_key": ""}, 1000)
    client.force_login(User.objects.create_user("ada"))
    assert connect(cookie=cookie(client))[0]["user"] == "ada"
