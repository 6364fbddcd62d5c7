"""The supervisor behind `manage.py up`: starts processes in order, keeps them running, stops them in order."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

GUARD = Path(__file__).with_name("guard.py")
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 10.0
"""Seconds before a process that ended is started again; doubles each time."""
STEADY_AFTER = 20.0
"""Seconds after which a process counts as having started well, so that the pauses begin anew."""
ONE_PRESS = 1.0
"""Seconds in which a second signal is the echo of the first: `make` passes on what the terminal sends too."""

Say = Callable[[str, str], None]


@dataclass(frozen=True, kw_only=True)
class Part:
    """One process of the site. Those with a lower `starts` are up before others start; so with `stops`."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    starts: int = 0
    late: bool = False
    """Starts after all others, once the site is ready."""
    stops: int = 0
    patience: float = 5
    """Seconds between SIGTERM and SIGKILL."""
    answers: Callable[[], Awaitable[bool]] | None = None
    """Whether the process is up; without it, having been started is enough."""


class Child:
    """Keeps the process of one part running: started again after each end, later each time, until `stop()`."""

    def __init__(self, part: Part, say: Say) -> None:
        self.part, self.say = part, say
        self.process: asyncio.subprocess.Process | None = None
        self._output, self._written = os.pipe()
        self._stopping = False

    async def start(self) -> None:
        """Start the process; returns once it answers."""
        self._relay = asyncio.create_task(self._relay_output())
        self._keeper = asyncio.create_task(self._keep_running())
        while self.part.answers and not await self.part.answers():  # noqa: ASYNC110 (another process's doing)
            await asyncio.sleep(0.02)

    async def stop(self) -> None:
        """SIGTERM, then SIGKILL to the whole group when the part's patience is over."""
        self._stopping = True
        if self.process is None or self.process.returncode is not None:
            self._keeper.cancel()  # it waits to start the process again, or is about to
        else:
            self.process.terminate()
        _, late = await asyncio.wait([self._keeper], timeout=self.part.patience)
        if late:
            self.say("up", f"{self.part.name} did not stop within {self.part.patience:g} s and was killed")
            self.kill()
            await asyncio.wait([self._keeper])
        os.close(self._written)
        await asyncio.wait([self._relay], timeout=0.5)
        self._relay.cancel()

    def end(self) -> None:
        """SIGKILL, and no new start."""
        self._stopping = True
        self.kill()

    def kill(self) -> None:
        """SIGKILL to the process and to all that it started in its group."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)

    async def _keep_running(self) -> None:
        pause = FIRST_PAUSE
        while not self._stopping:
            started = time.monotonic()
            end = await self._run_once()
            if self._stopping:
                return
            if time.monotonic() - started > STEADY_AFTER:
                pause = FIRST_PAUSE
            self.say("up", f"{self.part.name} ended ({end}); starting it again in {pause:g} s")
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _run_once(self) -> str:
        try:
            self.process = await self._spawn()
        except OSError as error:  # no memory, too many processes: that may pass
            return str(error)
        code = await self.process.wait()
        self.kill()
        return describe(code)

    async def _spawn(self) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", str(GUARD), str(os.getpid()), *self.part.command),
            # The guard watches a pipe where the kernel cannot end it with us.
            stdin=asyncio.subprocess.DEVNULL if sys.platform == "linux" else asyncio.subprocess.PIPE,
            stdout=self._written,
            stderr=self._written,
            env={**os.environ, **self.part.environment},
            # A session of its own: Ctrl-C reaches the supervisor alone, which stops the parts in order.
            start_new_session=True,
        )

    async def _relay_output(self) -> None:
        reader = asyncio.StreamReader(limit=2**20)
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(self._output, "rb"))
        while not reader.at_eof():
            with contextlib.suppress(ValueError):  # a line of more than the limit is dropped
                if line := await reader.readline():
                    self.say(self.part.name, line.decode(errors="replace").rstrip("\n"))


class Supervisor:
    """Runs the parts until a signal or `stop()`: started in the order of `starts`, stopped in that of `stops`."""

    def __init__(self, parts: Sequence[Part], say: Say) -> None:
        self.parts, self.say = parts, say
        self.children: list[Child] = []
        self._stop = asyncio.Event()
        self._asked_at = 0.0

    async def run(self, started: Callable[[], Awaitable[None]]) -> None:
        """Start all parts, await `started()`, and return when all have been stopped.

        SIGINT, SIGTERM and SIGHUP stop the parts in order; a second one kills what still runs.
        Raises what `started()` raised, after everything has been stopped.
        """
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, self.stop)
        starting = asyncio.create_task(self._start(started))
        stopping = asyncio.create_task(self._stop.wait())
        await asyncio.wait([starting, stopping], return_when=asyncio.FIRST_COMPLETED)
        if starting.done() and not starting.exception():
            await stopping
        starting.cancel()
        await asyncio.wait([starting])
        await self._stop_all()
        if not starting.cancelled():
            starting.result()

    def stop(self) -> None:
        """Ask the parts to stop; a second call, at least a second later, kills them."""
        if not self._stop.is_set():
            self.say("up", "stopping")
            self._asked_at = time.monotonic()
            self._stop.set()
        elif time.monotonic() - self._asked_at > ONE_PRESS:
            for child in self.children:
                child.end()

    async def _start(self, started: Callable[[], Awaitable[None]]) -> None:
        for _, group in groupby(sorted(self.parts, key=by_start), key=by_start):
            await self._start_together(part for part in group if not part.late)
        await started()
        await self._start_together(part for part in self.parts if part.late)

    async def _start_together(self, parts: Iterable[Part]) -> None:
        children = [Child(part, self.say) for part in parts]
        self.children += children
        await asyncio.gather(*(child.start() for child in children))

    async def _stop_all(self) -> None:
        for _, group in groupby(sorted(self.children, key=by_stop), key=by_stop):
            await asyncio.gather(*(child.stop() for child in group))


def by_start(part: Part) -> int:
    return part.starts


def by_stop(child: Child) -> int:
    return child.part.stops


def describe(code: int) -> str:
    """How a process ended, in words."""
    return f"exit code {code}" if code >= 0 else signal.Signals(-code).name
