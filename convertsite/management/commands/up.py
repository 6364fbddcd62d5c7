"""`manage.py up`: the whole site in one terminal."""

import asyncio
import contextlib
import json
import os
import select
import signal
import sys
import threading
import urllib.request
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import DatabaseError

from convertsite.parts import site_parts
from convertsite.prepare import collect_static, migrate
from convertsite.processes import Supervisor
from convertsite.startup import (
    CannotStart,
    database_trouble,
    folder_trouble,
    lock,
    require_port,
    require_space,
)

ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 (compared with, not bound)


class Command(BaseCommand):
    help = "Runs the site: web server, worker, beat and, unless REDIS_URL is set, Valkey."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (127.0.0.1)")
        parser.add_argument("--port", default="8000", help="the TCP port to listen on (8000)")

    def handle(self, *args: Any, host: str, port: str, **options: Any) -> None:
        try:
            require_space(settings.DATA_DIR)
            with lock(settings.DATA_DIR):
                number = require_port(host, port)
                prepare_data()
                stop_with_terminal()
                asyncio.run(supervise(host, number))
        except CannotStart as error:
            sys.exit(str(error))
        except KeyboardInterrupt:
            sys.exit(130)


def prepare_data() -> None:
    """Bring database and static files up to date; raises `CannotStart` when that cannot be done."""
    try:
        migrate()
        collect_static()
    except DatabaseError as error:
        raise CannotStart(database_trouble(error)) from error
    except OSError as error:
        raise CannotStart(folder_trouble(settings.DATA_DIR, error)) from error


def stop_with_terminal() -> None:
    """Have a closed terminal stop the site, also where its signal goes to `make` alone, which keeps it to itself."""
    if sys.stdin is not None and sys.stdin.isatty():
        threading.Thread(target=wait_for_hangup, args=(sys.stdin.fileno(),), daemon=True).start()


def wait_for_hangup(terminal: int) -> None:
    """Raise SIGHUP in this process once the terminal is gone. Reads nothing, which a job in the background may not."""
    poll = select.poll()
    poll.register(terminal, 0)
    if any(events & select.POLLHUP for _, events in poll.poll()):
        os.kill(os.getpid(), signal.SIGHUP)


async def supervise(host: str, port: int) -> None:
    """Run the site until a signal stops it; the last line of its start is `Ready: URL`."""
    local = address(ANY_ADDRESS.get(host, host), port)
    site_url = settings.SITE_URL if settings.SITE_URL_GIVEN else local
    if host in ANY_ADDRESS and not settings.SITE_URL_GIVEN:
        say("up", f"answers to {local} alone: set SITE_URL to the address by which other machines reach this one")

    async def ready() -> None:
        while not await asyncio.to_thread(answers, f"{local}/readyz"):  # noqa: ASYNC110 (another process's doing)
            await asyncio.sleep(0.05)
        say_ready(site_url)

    await Supervisor(site_parts(host, port, site_url), say).run(ready)


def address(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def answers(url: str) -> bool:
    """Whether a GET of `url` gives 200."""
    # The site knows itself by loopback names whatever its public one is.
    request = urllib.request.Request(url, headers={"Host": "localhost"})  # noqa: S310 (our own http address)
    try:
        with urllib.request.urlopen(request, timeout=2) as response:  # noqa: S310
            return bool(response.status == 200)
    except OSError:
        return False


def say(name: str, line: str) -> None:
    """Print a line of one process; a terminal that has gone away stops nothing."""
    with contextlib.suppress(OSError):
        print(as_output(name, line), flush=True)  # noqa: T201 (the terminal is this command's output)


def as_output(name: str, line: str) -> str:
    """The line with its process's name in front; where the log is JSON, as an object that names it."""
    if settings.LOG_FORMAT == "LINE":
        return f"{name:<12} | {line}"
    try:
        told = json.loads(line)
    except ValueError:  # Valkey's, or of a process that has not begun to log
        told = None
    return json.dumps({"process": name, **(told if isinstance(told, dict) else {"event": line})}, ensure_ascii=False)


def say_ready(url: str) -> None:
    with contextlib.suppress(OSError):
        ready = f"Ready: {url}"
        print(ready if settings.LOG_FORMAT == "LINE" else as_output("up", ready), flush=True)  # noqa: T201
