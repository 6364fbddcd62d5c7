"""Runs a job in a converter process: it may crash, hang or lie, and each is a typed error."""

import stat
import time
from pathlib import Path
from typing import Protocol

from conversions.catalog import detection, formats
from conversions.engines.engine import EngineFile
from conversions.errors import ConversionsError, NoSpace, OutputInvalid, TimedOut, by_code, causes
from conversions.sandbox import folders
from conversions.sandbox.job import Done, Failed, Job, Line, Reached
from conversions.sandbox.process import Process

POLL_INTERVAL = 0.4  # seconds between two looks at whether the work is still wanted
EXIT_PATIENCE = 5.0  # seconds for a process that has closed its pipe to end


class Watch(Protocol):
    """Who looks on."""

    def reached(self, stage: str, fraction: float) -> None:
        """The engine has done this fraction of the stage."""

    def goes_on(self) -> bool:
        """Whether the work is still wanted; asked every `POLL_INTERVAL`."""


class Stopped(Exception):  # noqa: N818 (nothing went wrong)
    """The work was not wanted any more, and the process is gone."""


def run(job: Job, folder: Path, watch: Watch) -> None:
    """Have `job.target` written by a process of its own. Returns when it is there and is what it should be.

    Raises a `ConversionsError` or `Stopped`; whatever went wrong on a full disk is `NoSpace`. The process and all that
    it started are gone in every case.
    """
    try:
        with Process(job, folder) as process:
            last = _follow(process, job, watch)
        if isinstance(last, Failed):
            raise by_code(last.code, last.params)
        _check(job.target)
    except (ConversionsError, OSError) as error:
        if causes.is_full_disk(error) or folders.is_full(folder):
            raise NoSpace from error
        raise


def _follow(process: Process, job: Job, watch: Watch) -> Done | Failed:
    """Pass progress on until the process says how it went."""
    deadline = time.monotonic() + job.limits.wall_seconds
    next_look = 0.0
    while (now := time.monotonic()) < deadline:
        if now >= next_look:
            next_look = now + POLL_INTERVAL
            if not watch.goes_on():
                raise Stopped
            process.check_use()
        lines = process.lines(min(next_look, deadline) - now)
        if lines is None:
            raise process.failure(EXIT_PATIENCE)
        if last := _pass_on(lines, watch):
            return last
    raise TimedOut(limit=job.limits.wall_seconds)


def _pass_on(lines: list[Line], watch: Watch) -> Done | Failed | None:
    for line in lines:
        if not isinstance(line, Reached):
            return line
        watch.reached(line.stage, line.fraction)
    return None


def _check(target: EngineFile) -> None:
    """A process that says it is done proves nothing. A link would be kept as the file that it leads to."""
    try:
        regular = stat.S_ISREG(target.path.lstat().st_mode)
    except FileNotFoundError:
        regular = False
    wanted = formats.by_id(target.format)
    if not regular or not detection.is_format(_head(target.path), wanted):
        raise OutputInvalid(to=wanted.name)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(detection.HEAD_BYTES)
