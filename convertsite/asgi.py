"""The ASGI application: HTTP to Django, WebSockets to the reliable layer's consumers."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "convertsite.settings")

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application
from django.urls import re_path

http = get_asgi_application()  # first: it sets Django up, and the imports below need that

from conversions.accounts.middleware import AccountsMiddleware, Message, Receive, Send  # noqa: E402 (see above)
from realtime.routing import websocket_urlpatterns  # noqa: E402


async def nowhere(scope: Message, receive: Receive, send: Send) -> None:
    """Refuse the handshake of a WebSocket to a path where nothing is; without it the router would log a traceback."""
    await send({"type": "websocket.close"})


elsewhere = re_path(r"", nowhere)  # type: ignore[arg-type] # an ASGI application, as Channels' router takes them
websocket = URLRouter([*websocket_urlpatterns, elsewhere])
application = ProtocolTypeRouter(
    {"http": http, "websocket": AccountsMiddleware(websocket, open_paths={"/ws/heartbeat/"})}
)
