"""Runs the web server: `python -m convertsite.server --host 127.0.0.1 --port 8000`.

SIGTERM stops it within `--patience` seconds (REALTIME_SHUTDOWN_TIMEOUT if not given), whatever hangs.
"""

from realtime.server import Server  # isort:skip (it chooses Twisted's reactor, before any other import does)

import argparse
import logging
import os
import sys

from django.conf import settings

from conversions.api import problems
from convertsite import telling
from convertsite.asgi import application
from convertsite.startup import port_trouble
from realtime import flush, hub
from realtime.conf import conf

logger = logging.getLogger(__name__)
FORM_BYTES = 64 * 1024
"""Room for the form around a file of the largest size."""


def main() -> None:
    options = arguments()
    logging.getLogger("daphne").setLevel(logging.WARNING)
    server = Server(
        application,
        host=options.host,
        port=options.port,
        max_body_bytes=min(settings.MAX_MULTIPART_BYTES, settings.MAX_UPLOAD_BYTES + FORM_BYTES),
        body_folder=settings.WORK_DIR,
        # Up to here a consumer explains what is wrong; a socket that sends more is closed.
        max_frame_bytes=4 * conf.MAX_MESSAGE_BYTES,
        patience=conf.SHUTDOWN_TIMEOUT if options.patience is None else options.patience,
        on_stop=hub.shutdown,
        refuses=hub.refuses,
        problem_type=problems.TYPE,
    )
    if telling.is_wanted():
        from convertsite.alerts import Watcher  # it needs the models, which are there once the application is

        Watcher().start()
    try:
        server.run()
    except OSError as error:
        sys.exit(port_trouble(options.host, options.port, error))
    if not flush(timeout=0.5):
        logger.error("The web server ends before all that it published reached its history; beat tells the ends again")
    logging.shutdown()
    # Not sys.exit: it would wait for threads, and a view that hangs in one never ends.
    os._exit(0)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m convertsite.server", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--patience", type=float, help="seconds that a stop may take")
    return parser.parse_args()


if __name__ == "__main__":
    main()
