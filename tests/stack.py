"""The whole site, as people run it: `manage.py up` with a data folder and a port of its own."""

import contextlib
import json
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self

import psutil

from tests.processes import ROOT, environment, free_port, manage, stop
from tests.waiting import wait_for


class Site:
    """A running site; leave the `with` and all its processes are gone."""

    _collected: ClassVar[tempfile.TemporaryDirectory[str] | None] = None

    def __init__(self, **settings: str) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="convertsite-site-")
        self.data_dir, self.port = Path(self._folder.name, "var"), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.settings = {**settings, "DATA_DIR": str(self.data_dir), "SITE_URL": self.url}
        self.log = Path(self._folder.name, "up.log")

    def __enter__(self) -> Self:
        self._take_static_files()
        command = [sys.executable, "manage.py", "up", "--port", str(self.port)]
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=environment(**self.settings), stdout=output, stderr=subprocess.STDOUT
            )
        try:
            wait_for(self._ready, timeout=120, because=f"Ready in {self.log}")
        except BaseException as error:  # no `with` has begun that would end it
            self.__exit__(type(error), error, None)
            raise
        self._give_static_files()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        stop(self.process)
        if error is not None:
            sys.stderr.write(self.log.read_text()[-5000:])
        self._folder.cleanup()

    def _take_static_files(self) -> None:
        """What a first start collects takes it some seconds, and is the same for each later site of this process."""
        if Site._collected is not None:
            shutil.copytree(Site._collected.name, self.data_dir)

    def _give_static_files(self) -> None:
        if Site._collected is None:
            Site._collected = tempfile.TemporaryDirectory(prefix="convertsite-static-")
            shutil.copytree(self.data_dir / "static", Path(Site._collected.name, "static"))
            Path(Site._collected.name, "run").mkdir(mode=0o700)  # as the site makes it
            shutil.copy(self.data_dir / "run" / "static-files.sha256", Path(Site._collected.name, "run"))

    def _ready(self) -> bool:
        assert self.process.poll() is None, f"the site stopped:\n{self.log.read_text()[-3000:]}"
        return "Ready: " in self.log.read_text()

    def manage(self, *arguments: str) -> str:
        """Run a management command of this site; returns what it printed."""
        return manage(*arguments, **self.settings)

    def get(self, path: str) -> tuple[int, Any]:
        """The status and the decoded JSON of a GET; status 0 when nothing answered."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=10) as response:
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or "null")
        except OSError:
            return 0, None

    def child(self, name: str) -> psutil.Process:
        """The process of one part: web, worker, beat or valkey."""
        marks = {"web": "convertsite.server", "worker": "worker@", "beat": " beat", "valkey": "valkey-server"}
        for process in psutil.Process(self.process.pid).children():
            with contextlib.suppress(psutil.Error):
                if marks[name] in " ".join(process.cmdline()):
                    return process
        raise LookupError(f"no {name} runs")
