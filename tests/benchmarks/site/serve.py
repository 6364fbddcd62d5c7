"""Serves the measured site on the layer's own server: `python -m tests.benchmarks.site.serve PORT`."""

from realtime.server import Server  # isort:skip (it chooses Twisted's reactor)

import sys

from realtime import hub
from tests.benchmarks.site.asgi import application

if __name__ == "__main__":
    port = int(sys.argv[1])
    Server(application, port=port, on_stop=hub.shutdown, refuses=hub.refuses).run()
