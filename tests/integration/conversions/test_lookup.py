"""Who asks, of many at once: the same answers as for one alone, and no more queries for many than for two."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.conf import settings as site_settings
from django.contrib import auth
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import OperationalError, connection, transaction
from django.http import HttpRequest
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conversions.accounts import tokens
from conversions.accounts.lookup import Who, aidentify, identify
from conversions.errors import SignInRequired, TokenInvalid
from conversions.models import ApiToken, Owner
from tests.integration.conversions.web import API

pytestmark = pytest.mark.django_db
Asked = tuple[str | None, str]
"""A session cookie, and an `Authorization` header."""
Outcome = Who | BaseException


@pytest.fixture(autouse=True)
def _one_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the test's transaction: Channels closes connections around each call, its open transaction or not."""
    monkeypatch.setattr("channels.db.close_old_connections", lambda: None)


def request_of(asked: Asked) -> HttpRequest:
    """A fresh request: who is asked about a second time is not remembered."""
    key, authorization = asked
    request = HttpRequest()
    request.META["HTTP_AUTHORIZATION"] = authorization
    request.session = import_module(site_settings.SESSION_ENGINE).SessionStore(key)
    return request


@async_to_sync
async def together(asked: Sequence[Asked]) -> list[Outcome]:
    return await asyncio.gather(*(aidentify(request_of(one), False) for one in asked), return_exceptions=True)


def alone(asked: Asked) -> Outcome:
    try:
        return identify(request_of(asked), False)
    except Exception as error:  # noqa: BLE001 (it is compared)
        return error


def seen(outcome: Outcome, asked: Asked) -> Any:
    """What of an outcome must be the same each time; some keys are random."""
    if isinstance(outcome, BaseException):
        return type(outcome), str(outcome)
    user, key, credential = outcome["user"], outcome["owner_key"], outcome["credential"]
    if user.is_authenticated:
        key = Owner.objects.get(key=key).user
    held = credential and (credential.token_digest, credential.user_id, credential.password)
    session = credential and (credential.session_key == asked[0], len(credential.session_key))
    return type(user), user.pk, key, held, session, Session.objects.count(), Owner.objects.count()


def session_with(**data: Any) -> str:
    store = SessionStore()
    store.update(data)
    store.create()
    return str(store.session_key)


def session_of(user: User, **changed: Any) -> str:
    """The key of a session in which this user is signed in."""
    (backend,) = site_settings.AUTHENTICATION_BACKENDS
    data = {auth.SESSION_KEY: str(user.pk), auth.BACKEND_SESSION_KEY: backend}
    return session_with(**{**data, auth.HASH_SESSION_KEY: user.get_session_auth_hash(), **changed})


def somebody(name: str = "ada") -> User:
    return User.objects.create_user(name, password="correct horse")


def nobody(_: Any) -> Asked:
    return None, ""


def made_up(_: Any) -> Asked:
    return "m" * 32, ""


def empty_key(_: Any) -> Asked:
    return "", ""


def short_key(_: Any) -> Asked:
    Session.objects.create(session_key="short", session_data="", expire_date=timezone.now() + timedelta(days=1))
    return "short", ""


def long_key(_: Any) -> Asked:
    return "\xff" * 5_000, ""


def other_scheme(_: Any) -> Asked:
    return session_with(owner_key="k"), "Basic YTpi"


def visitor(_: Any) -> Asked:
    return session_with(owner_key="k" * 32), ""


def visitor_with_an_end(_: Any) -> Asked:
    return session_with(owner_key="k" * 32, _session_expiry=60), ""


def new_user(_: Any) -> Asked:
    return session_of(somebody()), ""


def user_with_an_owner(_: Any) -> Asked:
    user = somebody()
    Owner.objects.create(user=user)
    return session_of(user), ""


def token(_: Any) -> Asked:
    return None, f"Bearer {tokens.create(somebody(), 'test')}"


def token_and_session(_: Any) -> Asked:
    return session_of(somebody("eve")), f"Bearer {tokens.create(somebody(), 'test')}"


def token_of_the_inactive(_: Any) -> Asked:
    asked = token(_)
    User.objects.filter(username="ada").update(is_active=False)
    return asked


def wrong_token(_: Any) -> Asked:
    return session_of(somebody()), "Bearer wrong"


def empty_token(_: Any) -> Asked:
    return None, "Bearer"


def ended_session(_: Any) -> Asked:
    key = session_of(somebody())
    Session.objects.filter(session_key=key).delete()
    return key, ""


def expired_session(_: Any) -> Asked:
    key = session_of(somebody())
    Session.objects.filter(session_key=key).update(expire_date=timezone.now() - timedelta(seconds=1))
    return key, ""


def damaged_session(_: Any) -> Asked:
    key = session_of(somebody())
    Session.objects.filter(session_key=key).update(session_data="damaged")
    return key, ""


def changed_password(_: Any) -> Asked:
    user = somebody()
    key = session_of(user)
    user.set_password("battery staple")
    user.save()
    return key, ""


def session_without_a_hash(_: Any) -> Asked:
    return session_of(somebody(), **{auth.HASH_SESSION_KEY: ""}), ""


def changed_secret(settings: Any) -> Asked:
    key = session_of(somebody())
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another" * 10, [settings.SECRET_KEY]
    return key, ""


def other_backend(_: Any) -> Asked:
    return session_of(somebody(), **{auth.BACKEND_SESSION_KEY: "django.contrib.auth.backends.ModelBackend"}), ""


def inactive_user(_: Any) -> Asked:
    user = somebody()
    User.objects.filter(pk=user.pk).update(is_active=False)
    return session_of(user), ""


def deleted_user(_: Any) -> Asked:
    user = somebody()
    key = session_of(user)
    user.delete()
    return key, ""


def no_number_for_a_user(_: Any) -> Asked:
    return session_of(somebody(), **{auth.SESSION_KEY: "ada"}), ""


STATES = [
    *(nobody, made_up, empty_key, short_key, long_key, other_scheme, visitor, visitor_with_an_end, new_user),
    *(user_with_an_owner, token, token_and_session, token_of_the_inactive, wrong_token, empty_token, ended_session),
    *(expired_session, damaged_session, changed_password, session_without_a_hash, changed_secret, other_backend),
    *(inactive_user, deleted_user, no_number_for_a_user),
]


@pytest.mark.parametrize("anonymous", [True, False])
@pytest.mark.parametrize("state", STATES)
def test_each_is_answered_among_others_as_alone(state: Callable[[Any], Asked], anonymous: bool, settings: Any) -> None:
    settings.ANONYMOUS = anonymous
    bert = somebody("bert")
    Owner.objects.create(user=bert)
    asked = state(settings)
    others = [(session_of(bert), ""), (None, f"Bearer {tokens.create(bert, 'test')}"), (None, "Bearer wrong")]
    with transaction.atomic():
        expected = seen(alone(asked), asked)
        transaction.set_rollback(True)
    outcome, *rest = together([asked, *others])
    assert seen(outcome, asked) == expected
    assert [one["user"] for one in rest[:2]] == [bert, bert]
    assert isinstance(rest[2], TokenInvalid)


def test_states_are_as_different_as_they_are_meant(settings: Any) -> None:
    assert isinstance(together([visitor(settings)])[0]["user"], AnonymousUser)
    assert isinstance(together([no_number_for_a_user(settings)])[0], ValidationError)
    settings.ANONYMOUS = False
    assert isinstance(together([visitor(settings)])[0], SignInRequired)


def test_key_that_no_database_takes_is_a_stranger_and_nobody_elses_trouble() -> None:
    ada = somebody()
    stranger, user = together([("\0" * 32, ""), (session_of(ada), "")])
    assert (stranger["credential"], stranger["owner_key"], user["user"]) == (None, "", ada)


@pytest.fixture
def crowd() -> list[Asked]:
    """200 sockets: of 50 users with three sessions each and a token, and of visitors."""
    users = [User(username=f"user{number}", password="x") for number in range(50)]
    User.objects.bulk_create(users)
    Owner.objects.bulk_create(Owner(user=user) for user in users)
    sessions = [(session_of(user), "") for user in users for _ in range(2)]
    visitors = [(session_with(owner_key=f"{number:032}"), "") for number in range(50)]
    speakers = [(None, f"Bearer {tokens.create(user, 'test')}") for user in users]
    # One of each, then another of each, so that any slice has all kinds.
    return [one for some in zip(sessions[::2], sessions[1::2], visitors, speakers, strict=True) for one in some]


def queries(asked: Sequence[Asked]) -> tuple[int, list[Outcome]]:
    with CaptureQueriesContext(connection) as captured:
        outcomes = together(asked)
    return len(captured), outcomes


def test_many_cost_no_more_queries_than_a_few(crowd: list[Asked]) -> None:
    few, _ = queries(crowd[:4])
    many, outcomes = queries(crowd[4:])
    assert few == many == 4  # sessions, users with their owners, tokens, and that the tokens were used
    some = slice(0, None, 5)  # of each kind
    assert [seen(*each) for each in list(zip(outcomes, crowd[4:], strict=True))[some]] == [
        seen(alone(one), one) for one in crowd[4:][some]
    ]
    assert queries(crowd)[0] == 3  # the use was noted a moment ago
    assert queries([nobody(None)] * 10)[0] == 0


def test_use_of_each_token_is_noted() -> None:
    ada = somebody()
    asked = [(None, f"Bearer {tokens.create(ada, name)}") for name in ("one", "two")]
    tokens.create(ada, "three")
    together(asked)
    used = ApiToken.objects.filter(last_used_at__isnull=False)
    assert set(used.values_list("name", flat=True)) == {"one", "two"}


@pytest.fixture
def fail_at() -> Iterator[Callable[[str], None]]:
    """Let statements that begin like this fail."""
    failing: list[str] = []

    def execute(run: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith(tuple(failing)):
            raise OperationalError("the disk is full")
        return run(sql, *rest)

    with connection.execute_wrapper(execute):
        yield failing.append


def test_all_are_told_when_the_database_does_not_answer(fail_at: Callable[[str], None]) -> None:
    asked = [(session_of(somebody()), ""), visitor(None), nobody(None)]
    fail_at("SELECT")
    assert [type(outcome) for outcome in together(asked)] == [OperationalError] * 3


def test_one_that_cannot_be_written_fails_alone(fail_at: Callable[[str], None]) -> None:
    asked = [new_user(None), visitor(None)]
    fail_at(f'INSERT INTO "{Owner._meta.db_table}"')
    failed, welcome = together(asked)
    assert isinstance(failed, OperationalError)
    assert welcome["owner_key"] == "k" * 32


@async_to_sync
async def while_one_leaves(asked: Sequence[Asked]) -> list[Outcome]:
    leaving, *staying = [asyncio.create_task(aidentify(request_of(one), False)) for one in asked]
    await asyncio.sleep(0)  # all have asked
    leaving.cancel()
    answers = await asyncio.gather(*staying)
    assert leaving.cancelled()
    return [*answers, await aidentify(request_of(asked[0]), False)]


def test_who_leaves_spoils_nothing_for_the_others() -> None:
    ada = somebody()
    outcomes = while_one_leaves([(session_of(ada), "") for _ in range(3)])
    assert [one["user"] for one in outcomes] == [ada] * 3


@pytest.mark.parametrize("engine", ["cached_db", "cache", "signed_cookies"])
def test_sessions_may_be_kept_elsewhere(engine: str, settings: Any) -> None:
    settings.SESSION_ENGINE = f"django.contrib.sessions.backends.{engine}"
    signed_in, visiting, ada = Client(), Client(), somebody()
    signed_in.force_login(ada)
    topic = visiting.get(f"{API}/conversions").json()["topic"]
    keys = [client.cookies[site_settings.SESSION_COOKIE_NAME].value for client in (signed_in, visiting)]
    user, stranger, unknown = together([(key, "") for key in [*keys, "made-up-long"]])
    assert (user["user"], user["owner_key"]) == (ada, Owner.objects.get(user=ada).key)
    assert f"owner.{stranger['owner_key']}" == topic
    assert (unknown["user"], unknown["owner_key"]) == (AnonymousUser(), "")
