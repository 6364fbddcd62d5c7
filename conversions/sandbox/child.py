"""The converter process: `python -m conversions.sandbox.child JOB_FILE PIPE PARENT`. Knows nothing of Django."""

import os
import sys
import time
from pathlib import Path

import msgspec

from conversions.engines import loading
from conversions.errors import NoSpace
from conversions.sandbox import endings, folders, isolation, limits
from conversions.sandbox import job as jobs
from conversions.sandbox.job import Done, Failed, Job, Line, Reached

REPORT_INTERVAL = 0.05


class Reporter:
    """Writes to the pipe; of what an engine reports of one stage, so much a second as anybody can look at."""

    def __init__(self, pipe: int) -> None:
        self._pipe = pipe
        self._stage = ""
        self._reported_at = 0.0

    def __call__(self, fraction: float, stage: str) -> None:
        now = time.monotonic()
        if stage != self._stage or now - self._reported_at >= REPORT_INTERVAL:
            self._stage, self._reported_at = stage, now
            self.send(Reached(stage, fraction))

    def send(self, line: Line) -> None:
        """Write one line, in one piece."""
        os.write(self._pipe, msgspec.json.encode(line) + b"\n")


def main() -> None:
    """Set limits and bounds, convert, and say how it went. What Python cannot catch, the exit status says."""
    path, pipe, parent = sys.argv[1:]
    limits.die_with(int(parent))
    job, reporter = jobs.read(Path(path)), Reporter(int(pipe))
    limits.apply(job.limits)
    isolation.isolate(Path.cwd(), loading.code_of(job.work), int(pipe))
    reporter.send(_outcome(job, reporter))


def _outcome(job: Job, report: Reporter) -> Line:
    try:
        loading.load(job.work)(job.sources, job.target, job.options, report)
    except Exception as error:
        # Asked now: what a library or a program left of its result may be gone when the parent looks.
        full = folders.is_full(job.target.path.parent)
        found = NoSpace() if full else endings.of_exception(error, job.limits)
        if found is None:
            raise
        return Failed(found.code, found.params)
    return Done()


if __name__ == "__main__":
    main()
