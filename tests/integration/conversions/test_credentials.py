"""A socket ends with the session or the token that it was opened with."""

import asyncio
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from conversions.accounts import tokens
from conversions.accounts.credentials import still_valid
from conversions.accounts.middleware import AccountsMiddleware, Message, Receive, Send
from conversions.models import ApiToken
from convertsite.asgi import application
from tests.integration.conversions.test_accounts_middleware import cookie
from tests.integration.conversions.web import API

PASSWORD, OTHER = "correct horse", "battery staple 9"
PROMISED = 5  # seconds


@pytest.fixture(autouse=True)
def _one_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the test's transaction: Channels closes connections around each call, its open transaction or not."""
    monkeypatch.setattr("channels.db.close_old_connections", lambda: None)


def ada() -> User:
    return User.objects.create_superuser("ada", password=PASSWORD)


def signed_in() -> Client:
    """A browser of Ada's; each has a session of its own."""
    client = Client()
    assert client.login(username="ada", password=PASSWORD)
    return client


def visiting() -> Client:
    client = Client()
    client.get(f"{API}/conversions")
    return client


def change_password(client: Client) -> None:
    names = {"old_password": PASSWORD, "new_password1": OTHER, "new_password2": OTHER}
    assert client.post(reverse("admin:password_change"), names).status_code == 302


def log_out(client: Client) -> None:
    assert client.post(reverse("logout")).status_code == 302


def log_in(client: Client) -> None:
    assert client.login(username="ada", password=PASSWORD)


def delete_session(client: Client) -> None:
    Session.objects.get(session_key=client.session.session_key).delete()


def let_session_expire(client: Client) -> None:
    past = timezone.now() - timedelta(seconds=1)
    assert Session.objects.filter(session_key=client.session.session_key).update(expire_date=past)


def change_password_elsewhere(_: Client) -> None:
    change_password(signed_in())


def deactivate(_: Client) -> None:
    User.objects.update(is_active=False)


def delete_user(_: Client) -> None:
    User.objects.all().delete()


def revoke(_: Client) -> None:
    admin = signed_in()
    (token,) = ApiToken.objects.all()
    url = reverse("admin:conversions_apitoken_delete", args=[token.pk])
    assert admin.post(url, {"post": "yes"}).status_code == 302


def credential(client: Client, token: str = "") -> Any:
    """The credential of a socket that this client opens."""
    seen: Message = {}

    async def keep_scope(scope: Message, receive: Receive, send: Send) -> None:
        seen.update(scope)

    scope = {"path": "/ws/events/", "headers": headers(client, token)}
    async_to_sync(AccountsMiddleware(keep_scope))(scope, silent, silent)
    return seen["credential"]


async def silent(*_: Any) -> Any:
    """Nothing is received or sent: the middleware lets everybody here in."""


def headers(client: Client, token: str = "") -> list[tuple[bytes, bytes]]:
    bearer = [(b"authorization", f"Bearer {token}".encode())] if token else []
    return [(b"cookie", cookie(client).encode()), *bearer]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "end",
    [
        log_out,
        change_password,
        change_password_elsewhere,
        delete_session,
        let_session_expire,
        deactivate,
        delete_user,
    ],
)
def test_session_of_a_user_ends(end: Callable[[Client], None]) -> None:
    ada()
    client = signed_in()
    held = [credential(client), credential(visiting())]
    assert still_valid(held) == held
    end(client)
    assert still_valid(held) == held[1:]


@pytest.mark.django_db
@pytest.mark.parametrize("end", [log_in, delete_session, let_session_expire])
def test_session_of_a_visitor_ends(end: Callable[[Client], None]) -> None:
    ada()
    client = visiting()
    held = [credential(client), credential(signed_in())]
    assert still_valid(held) == held
    end(client)
    assert still_valid(held) == held[1:]


@pytest.mark.django_db
@pytest.mark.parametrize("end", [revoke, deactivate, delete_user])
def test_token_ends(end: Callable[[Client], None]) -> None:
    held = credential(Client(), tokens.create(ada(), "test"))
    assert still_valid([held]) == [held]
    end(Client())
    assert still_valid([held]) == []


@pytest.mark.django_db
def test_token_outlives_the_password_and_the_session() -> None:
    held = credential(Client(), tokens.create(ada(), "test"))
    client = signed_in()
    change_password(client)
    log_out(client)
    assert still_valid([held]) == [held]


@pytest.mark.django_db
def test_queries_do_not_grow_with_the_credentials(django_assert_num_queries: Any) -> None:
    token = tokens.create(ada(), "test")
    held = [
        credential(client, key) for client in (signed_in(), signed_in(), visiting(), visiting()) for key in ("", token)
    ]
    with django_assert_num_queries(3):
        assert still_valid(held) == held
    with django_assert_num_queries(2):
        assert still_valid(held[:1]) == held[:1]


@pytest.mark.django_db
def test_stranger_has_no_credential() -> None:
    client = Client()
    assert credential(client) is None
    client.cookies[settings.SESSION_COOKIE_NAME] = "made-up"
    assert credential(client) is None


@pytest.mark.django_db
def test_credential_does_not_show_its_secrets() -> None:
    user = ada()
    text = repr([credential(signed_in()), credential(Client(), tokens.create(user, "test"))])
    assert user.password not in text
    assert not any(key in text for key in Session.objects.values_list("session_key", flat=True))
    assert not any(digest in text for digest in ApiToken.objects.values_list("digest", flat=True))


async def opened(client: Client, token: str = "") -> WebsocketCommunicator:
    socket = WebsocketCommunicator(application, "/ws/events/", headers=headers(client, token))
    socket.scope["client"] = ["192.0.2.1", 1]
    accepted, _ = await socket.connect(timeout=5)
    assert accepted
    assert await heard(socket, "connection_established")
    return socket


async def heard(socket: WebsocketCommunicator, kind: str) -> dict[str, Any]:
    """The next message of this type; the server's pings may come before."""
    async with asyncio.timeout(PROMISED):
        while (told := await socket.receive_json_from(timeout=PROMISED))["type"] != kind:
            assert told["type"] == "ping"
    return dict(told)


async def refused(socket: WebsocketCommunicator) -> tuple[str, int]:
    """The code of the error that a socket is told, and the code of the close that comes next."""
    told = await heard(socket, "error")
    closed = await socket.receive_output(timeout=PROMISED)
    return told["code"], closed["code"]


@pytest.mark.usefixtures("valkey")
@pytest.mark.django_db(transaction=True)
async def test_sockets_are_closed_in_time_and_no_others() -> None:
    token = await sync_to_async(tokens.create)(await sync_to_async(ada)(), "test")
    clients = [await sync_to_async(make)() for make in (signed_in, signed_in, signed_in, visiting, visiting)]
    sockets = [await opened(client) for client in clients]
    robot = await opened(Client(), token)
    began = time.monotonic()
    await sync_to_async(revoke)(Client())
    for client, end in zip(clients, (log_out, delete_session, change_password, delete_session), strict=False):
        await sync_to_async(end)(client)
    told = await asyncio.gather(*map(refused, [*sockets[:4], robot]))
    assert told == [("session_ended", 4401)] * 5
    assert time.monotonic() - began < PROMISED
    await sockets[4].send_json_to({"type": "ping", "sent_at": 1})
    assert await heard(sockets[4], "pong")
    for socket in (*sockets, robot):
        await socket.disconnect()


@pytest.mark.django_db
def test_a_database_that_fails_is_no_answer() -> None:
    def broken(*_: Any) -> None:
        raise OperationalError("the disk is full")

    held = [credential(visiting())]
    with connection.execute_wrapper(broken), pytest.raises(OperationalError):
        still_valid(held)
    assert still_valid(held) == held
