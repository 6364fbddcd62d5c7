"""One converter process, from its start to its end, as its parent sees it.

It is executed fresh for each conversion: one forked from a process that has used an engine hangs.
"""

import logging
import os
import select
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import msgspec

from conversions.errors import ConversionsError, EngineCrashed, OutOfMemory, OutputTooLarge
from conversions.sandbox import endings, folders, namespaces
from conversions.sandbox import job as jobs
from conversions.sandbox.job import Job, Line

ROOT = Path(__file__).resolve().parents[2]
LINE_BYTES = 65_536
LOG_TAIL_BYTES = 2_000
logger = logging.getLogger(__name__)


class Process:
    """A process that carries out the job, with the folder as its own. Use as a context manager."""

    def __init__(self, job: Job, folder: Path) -> None:
        self._job = job
        self._folder = folder
        self._buffer = b""
        # Kept open: what lies at its path at the end may be a link or a pipe.
        self._log = (folder / "log").open("w+b")
        self._pipe, writer = os.pipe()
        self._readable = select.poll()  # not select.select(), which takes no descriptor above 1,023
        self._readable.register(self._pipe, select.POLLIN)
        try:
            self._process = _execute(job, folder, writer, self._log)
        except BaseException:  # there is no object yet that would close them
            os.close(self._pipe)
            self._log.close()
            raise
        finally:
            os.close(writer)

    def __enter__(self) -> "Process":
        return self

    def __exit__(self, *_: object) -> None:
        """End the process and all that it started."""
        self._kill()
        os.close(self._pipe)
        self._log.close()

    def lines(self, timeout: float) -> list[Line] | None:
        """What it reported, waiting for it if need be; None when no more will come. Raises `EngineCrashed`."""
        if not self._readable.poll(timeout * 1000):
            return []
        if not (received := os.read(self._pipe, LINE_BYTES)):
            return None
        *complete, self._buffer = (self._buffer + received).split(b"\n")
        if len(self._buffer) > LINE_BYTES:
            raise EngineCrashed(how="an endless report")
        try:
            return [jobs.decoder.decode(line) for line in complete]
        except msgspec.DecodeError as error:
            raise EngineCrashed(how="an unknown report") from error

    def check_use(self) -> None:
        """Raise `EngineCrashed` if it has become too many or made too many files, `OutputTooLarge` or `OutOfMemory` if
        those, or these, are too large together."""
        limits, world = self._job.limits, namespaces.processes(self._process.pid)
        if len(world) > limits.processes:
            raise EngineCrashed(how=f"more than {limits.processes} processes")
        if namespaces.memory(world) > limits.memory_bytes:
            raise OutOfMemory(limit=limits.memory_bytes)
        files, size = folders.use(self._folder, limits.files)
        if files > limits.files:
            raise EngineCrashed(how=f"more than {limits.files} files")
        if size + namespaces.nameless(world) > limits.folder_bytes:
            raise OutputTooLarge(limit=limits.folder_bytes)

    def failure(self, patience: float) -> ConversionsError:
        """Why it ended without a word. One that has not ended after `patience` seconds is killed."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(patience)
        self._kill()
        self._log.seek(max(0, self._log.seek(0, os.SEEK_END) - LOG_TAIL_BYTES))
        words, status = self._log.read().decode(errors="replace"), self._process.returncode
        told = {"how": endings.name(status), "words": words}
        logger.warning("a converter process ended without a word", extra=told)
        return endings.of_status(status, words, self._job.limits)

    def _kill(self) -> None:
        # The group is the process's own, and lives as long as anything that it started.
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


def _execute(job: Job, folder: Path, pipe: int, log: BinaryIO) -> subprocess.Popen[bytes]:
    module, job_file = "conversions.sandbox.child", jobs.write(job, folder)
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", module, str(job_file), str(pipe), str(os.getpid())],
        cwd=folder,
        env=_environment(folder, job.request_id),
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        pass_fds=[pipe],
        start_new_session=True,
    )
    logger.info("converter started", extra={"engine": job.work.rpartition(".")[2], "pid": process.pid})
    return process


def _environment(folder: Path, request_id: str) -> dict[str, str]:
    """What the process needs to start, and nothing that it could give away."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    own = {"HOME": str(folder), "TMPDIR": str(folder), "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT)}
    asked = {"REQUEST_ID": request_id} if request_id else {}  # for whoever looks at processes
    return {**kept, **own, **asked, "PYTHONDONTWRITEBYTECODE": "1"}
