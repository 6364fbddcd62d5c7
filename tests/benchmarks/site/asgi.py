"""The measured site for an ASGI server."""

import django

django.setup()

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402 (Django first)
from django.core.management import call_command  # noqa: E402 (Django first)

from realtime.routing import websocket_urlpatterns  # noqa: E402 (Django first)

call_command("migrate", verbosity=0)
application = ProtocolTypeRouter({"websocket": URLRouter(websocket_urlpatterns)})
