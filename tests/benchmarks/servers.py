"""The servers that are compared: each a real process on the loopback, with a Valkey of its own."""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from tests.benchmarks.dialects import Channels, Dialect, Reliable, SocketIO
from tests.processes import ROOT, environment, free_port, start_valkey, stop
from tests.waiting import wait_for

HERE = Path(__file__).resolve().parent
PATIENCE = 30
UVICORN = ["-m", "uvicorn", "--loop", "uvloop", "--ws", "websockets-sansio", "--no-access-log"]
DAPHNE = ["-m", "daphne", "-b", "127.0.0.1", "-v", "0"]
SITE = "tests.benchmarks.site"


@dataclass(frozen=True)
class Kind:
    """A server by name. `serve` gets the port appended, `publish` the rate, the seconds and the topics."""

    name: str
    title: str
    dialect: Dialect
    program: str
    serve: list[str]
    publish: list[str]
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def is_ours(self) -> bool:
        """Whether it is this layer."""
        return isinstance(self.dialect, Reliable)


NODE = os.environ.get("NODE", "node")
"""The Makefile says where it is; the packages are where NODE_PATH says."""
SITE_VARIABLES = {"DJANGO_SETTINGS_MODULE": f"{SITE}.settings"}
CHANNELS = "tests.benchmarks.raw_channels"
KINDS = [
    Kind(
        "convertsite",
        "this layer, Daphne",
        Reliable(),
        sys.executable,
        ["-m", f"{SITE}.serve"],
        ["-m", f"{SITE}.publish"],
        SITE_VARIABLES,
    ),
    Kind(
        "convertsite-uvicorn",
        "this layer, uvicorn",
        Reliable(),
        sys.executable,
        [*UVICORN, "--log-level", "warning", f"{SITE}.asgi:application", "--port"],
        ["-m", f"{SITE}.publish"],
        SITE_VARIABLES,
    ),
    Kind(
        "channels-daphne",
        "raw Channels, Daphne",
        Channels(),
        sys.executable,
        [*DAPHNE, f"{CHANNELS}:application", "-p"],
        ["-m", CHANNELS],
    ),
    Kind(
        "channels-uvicorn",
        "raw Channels, uvicorn",
        Channels(),
        sys.executable,
        [*UVICORN, "--log-level", "warning", f"{CHANNELS}:application", "--port"],
        ["-m", CHANNELS],
    ),
    Kind(
        "socketio",
        "Socket.IO, Redis streams",
        SocketIO(),
        NODE,
        [str(HERE / "socketio.cjs"), "serve"],
        [str(HERE / "socketio.cjs"), "publish"],
    ),
]
BY_NAME = {kind.name: kind for kind in KINDS}
LIMITED = replace(KINDS[0], variables={**SITE_VARIABLES, "BENCH_CONNECTIONS_PER_ADDRESS": "100"})
"""This layer with the limits that it has when it is installed."""


class Server:
    """A running server; leave the `with` and all its processes are gone. After an error it shows their logs."""

    def __init__(self, kind: Kind) -> None:
        self.kind, self.port = kind, free_port()
        self._folder = tempfile.TemporaryDirectory(prefix="convertsite-bench-")
        self._path = Path(self._folder.name)
        self._running: list[subprocess.Popen[bytes]] = []
        socket_path = self._path / "valkey.sock"
        self._environment = environment(
            VALKEY_SOCKET=str(socket_path), BENCH_FOLDER=self._folder.name, PYTHONWARNINGS="ignore", **kind.variables
        )

    def __enter__(self) -> Self:
        socket_path = Path(self._environment["VALKEY_SOCKET"])
        self._running.append(start_valkey(socket_path))
        wait_for(socket_path.exists, because="Valkey's socket")
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        for process in reversed(self._running):
            stop(process, patience=3)
        if error is not None and not isinstance(error, KeyboardInterrupt):
            for log in sorted(self._path.glob("*.log")):
                sys.stderr.write(f"--- {log.name}\n{log.read_text()[-3000:]}\n")
        self._folder.cleanup()

    @property
    def pid(self) -> int:
        """Of the serving process."""
        return self._serving.pid

    @property
    def valkey_pid(self) -> int:
        """Of its Valkey."""
        return self._running[0].pid

    def start(self) -> None:
        """Start the serving process; returns when it listens."""
        self._serving = self._run([*self.kind.serve, str(self.port)])
        wait_for(self._listens, timeout=PATIENCE, because=f"{self.kind.name} to listen")

    def kill(self) -> None:
        """End the serving process as a crash would."""
        self._serving.kill()
        self._serving.wait()
        self._running.remove(self._serving)

    def publish(self, rate: float, seconds: float, topics: int = 1) -> subprocess.Popen[bytes]:
        """Start a process that publishes `rate` events a second, round and round the topics."""
        return self._run([*self.kind.publish, str(rate), str(seconds), str(topics)])

    def run(self, *arguments: str) -> str:
        """Run a Python module in the server's environment to its end; returns what it printed."""
        command = [sys.executable, "-m", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self._environment, capture_output=True, text=True, check=True)
        return done.stdout

    def usage(self) -> tuple[float, float]:
        """CPU seconds and resident KiB of the serving process and its children."""
        process = psutil.Process(self.pid)
        family = [process, *process.children(recursive=True)]
        times = [member.cpu_times() for member in family]
        memory = sum(member.memory_info().rss for member in family)
        return sum(time.user + time.system for time in times), memory / 1024

    def _run(self, arguments: list[str]) -> subprocess.Popen[bytes]:
        with (self._path / f"{len(list(self._path.glob('*.log'))):02}.log").open("wb") as log:
            process = subprocess.Popen(
                [self.kind.program, *arguments], cwd=ROOT, env=self._environment, stdout=log, stderr=subprocess.STDOUT
            )
        self._running.append(process)
        return process

    def _listens(self) -> bool:
        if self._serving.poll() is not None:
            raise RuntimeError(f"{self.kind.name} ended with status {self._serving.returncode}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False
