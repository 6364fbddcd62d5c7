"""ASGI middleware: says in a WebSocket's scope who connects."""

import json
import logging
from collections.abc import Awaitable, Callable, Collection
from importlib import import_module
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, parse_cookie

from conversions.accounts.lookup import aidentify
from conversions.errors import ConversionsError

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

NOT_AUTHENTICATED = 4401
TRY_LATER = 4500  # not 1011, which autobahn refuses to send

logger = logging.getLogger(__name__)


class AccountsMiddleware:
    """Adds `user`, `owner_key` and `credential` to the scope, from the session cookie or from a bearer token.

    Who has neither is anonymous; `owner_key` is empty until a visitor has seen a page. A wrong token, and a stranger
    where only signed-in people are served, are told so after the handshake and closed with 4401, except that
    `open_paths` take strangers.
    """

    def __init__(self, inner: Application, open_paths: Collection[str] = ()) -> None:
        self.inner = inner
        self.open_paths = open_paths

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        try:
            who = await aidentify(_request(scope), scope["path"] in self.open_paths)
        except ConversionsError as error:
            await _refuse(error, NOT_AUTHENTICATED, receive, send)
        except DatabaseError as error:
            logger.error("Cannot look up who connects: %s", error)
            await _refuse(ConversionsError(), TRY_LATER, receive, send)
        else:
            await self.inner({**scope, **who}, receive, send)


def _request(scope: Message) -> HttpRequest:
    headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
    request = HttpRequest()
    request.META["HTTP_AUTHORIZATION"] = headers.get(b"authorization", "")
    request.COOKIES = parse_cookie(headers.get(b"cookie", ""))
    store = import_module(settings.SESSION_ENGINE).SessionStore
    request.session = store(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
    return request


async def _refuse(error: ConversionsError, code: int, receive: Receive, send: Send) -> None:
    await receive()  # websocket.connect
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.send", "text": json.dumps({"type": "error", **error.as_json()})})
    await send({"type": "websocket.close", "code": code})
