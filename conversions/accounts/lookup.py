"""Who asks: one, or all together who come within 10 ms of each other."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from channels.db import database_sync_to_async
from django.conf import settings
from django.contrib import auth
from django.contrib.auth.models import User
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone

from conversions.accounts import tokens
from conversions.accounts.backend import users_read
from conversions.accounts.credentials import credential_of
from conversions.accounts.owners import SESSION_KEY, owner_of
from conversions.errors import SignInRequired, TokenInvalid

Who = dict[str, Any]

GATHERING = 0.010  # seconds
READ_TOGETHER = "django.contrib.sessions.backends.db"  # sessions of other engines are read one by one


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """Who sends this request, where strangers are welcome or not?"""

    request: HttpRequest
    strangers_welcome: bool
    answer: asyncio.Future[Who]


_asked: dict[asyncio.AbstractEventLoop, list[Question]] = {}
_answering: set[asyncio.Task[None]] = set()


def identify(
    request: HttpRequest, strangers_welcome: bool, user_of: Callable[[str], User | None] = tokens.user_of
) -> Who:
    """What the scope is given of a request. Raises `TokenInvalid`, or `SignInRequired` if strangers may not come."""
    token = _token(request)
    user = auth.get_user(request) if token is None else user_of(token)
    if user is None:
        raise TokenInvalid
    request.user = user
    who = {"user": user, "credential": credential_of(request, token)}
    if user.is_authenticated:
        return {**who, "owner_key": owner_of(request).key}
    if not (settings.ANONYMOUS or strangers_welcome):
        raise SignInRequired
    return {**who, "owner_key": request.session.get(SESSION_KEY, "") if settings.ANONYMOUS else ""}


async def aidentify(request: HttpRequest, strangers_welcome: bool) -> Who:
    """What `identify` returns or raises, up to 10 ms later: of all who ask meanwhile, sessions, users and tokens are
    read in one query each. Users are shared between their sockets. Where the database does not answer, all get its
    error; whatever else is wrong with one concerns that one only."""
    loop = asyncio.get_running_loop()
    if loop not in _asked:
        _asked[loop] = []
        task = loop.create_task(_answer_soon(loop))
        _answering.add(task)
        task.add_done_callback(_answering.discard)
    question = Question(request, strangers_welcome, loop.create_future())
    _asked[loop].append(question)
    return await question.answer


async def _answer_soon(loop: asyncio.AbstractEventLoop) -> None:
    try:
        await asyncio.sleep(GATHERING)
    finally:
        questions = _asked.pop(loop)
    answers: Sequence[Who | Exception]
    try:
        answers = await database_sync_to_async(_identify_all)(questions)
    except Exception as error:  # noqa: BLE001 (who asked is told)
        answers = [error] * len(questions)
    for question, answer in zip(questions, answers, strict=True):
        if question.answer.done():
            continue  # who asked has gone
        if isinstance(answer, Exception):
            question.answer.set_exception(answer)
        else:
            question.answer.set_result(answer)


def _identify_all(questions: Sequence[Question]) -> list[Who | Exception]:
    given = [(question.request, _token(question.request)) for question in questions]
    speakers = tokens.users_of({token for _, token in given if token is not None})
    sessions: list[SessionBase] = []
    if settings.SESSION_ENGINE == READ_TOGETHER:
        sessions = [request.session for request, token in given if token is None]
    _read_sessions(sessions)
    with users_read(_user_ids(sessions)):
        return [_answer(question, speakers.get) for question in questions]


def _answer(question: Question, user_of: Callable[[str], User | None]) -> Who | Exception:
    try:
        return identify(question.request, question.strangers_welcome, user_of)
    except Exception as error:  # noqa: BLE001 (it is raised where the question was asked)
        return error


def _read_sessions(sessions: Collection[SessionBase]) -> None:
    """Do for all what `SessionStore.load` does for one, who has no session losing the key of it."""
    keys = {session.session_key for session in sessions if session.session_key and "\0" not in session.session_key}
    rows = Session.objects.filter(expire_date__gt=timezone.now()).in_bulk(keys)
    for session in sessions:
        row = rows.get(session.session_key or "")
        session._session_cache = session.decode(row.session_data) if row else {}  # type: ignore[attr-defined]
        if row is None:
            session._session_key = None


def _token(request: HttpRequest) -> str | None:
    return tokens.bearer(request.META.get("HTTP_AUTHORIZATION", ""))


def _user_ids(sessions: Collection[SessionBase]) -> set[int]:
    found = set()
    for session in sessions:
        try:
            found.add(User._meta.pk.to_python(session[auth.SESSION_KEY]))
        except (KeyError, ValidationError):
            continue  # a stranger, or what Django will complain about
    return found
