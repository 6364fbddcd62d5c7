"""A project that serves rooms as event streams: `python -m tests.integration.realtime.sse_server PORT VALKEY`."""

from realtime.server import Server  # isort:skip (it chooses Twisted's reactor)

import asyncio
import logging
import os
import sys

import django
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.urls import path

PATIENCE = 8.0


async def events(request: HttpRequest) -> HttpResponseBase:
    """The stream of a room, as an app of one's own would serve it."""
    from realtime import RealtimeError, event_stream

    try:
        return await event_stream(request.scope, request.GET["topic"], request.headers.get("Last-Event-ID", ""))
    except RealtimeError as error:
        return JsonResponse(error.as_json(), status=error.status)


async def state(request: HttpRequest) -> JsonResponse:
    """What the process holds."""
    layer = hub.current()
    return JsonResponse(
        {
            "connections": len(layer._connections),
            "owners": dict(layer._owners),
            "addresses": dict(layer._addresses),
            "feeds": {name: feed.position and feed.position.offset for name, feed in layer.feeds._feeds.items()},
            "tasks": len(asyncio.all_tasks()),
        }
    )


urlpatterns = [path("events", events), path("state", state)]

if __name__ == "__main__":
    logging.basicConfig(level="WARNING")
    settings.configure(
        SECRET_KEY="not secret",
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF="__main__",
        INSTALLED_APPS=["channels", "realtime"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        REALTIME_URL=sys.argv[2],
        REALTIME_MAX_CONNECTIONS_PER_ADDRESS=5,
        CHANNEL_LAYERS={
            "default": {
                "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
                "CONFIG": {"hosts": [sys.argv[2]]},
            }
        },
    )
    django.setup()
    from django.core.asgi import get_asgi_application

    import tests.integration.realtime.rooms  # noqa: F401 (the topics)
    from realtime import hub

    Server(get_asgi_application(), port=int(sys.argv[1]), patience=PATIENCE, on_stop=hub.shutdown).run()
    logging.shutdown()
    os._exit(0)
