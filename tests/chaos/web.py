"""A web process of the app under fire: `python -m tests.chaos.web PORT`."""

from realtime.server import Server  # isort:skip (it chooses Twisted's reactor)

import logging
import os
import sys

import django

django.setup()

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402 (Django first)

from realtime import hub  # noqa: E402
from realtime.routing import websocket_urlpatterns  # noqa: E402

if __name__ == "__main__":
    logging.basicConfig(level="WARNING", format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    application = ProtocolTypeRouter({"websocket": URLRouter(websocket_urlpatterns)})
    Server(application, port=int(sys.argv[1]), patience=5, on_stop=hub.shutdown).run()
    logging.shutdown()
    os._exit(0)
