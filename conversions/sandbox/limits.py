"""What a converter process may use. The process sets these limits on itself, before it touches a file."""

import ctypes
import os
import resource
import signal
import sys
import threading
import time
from dataclasses import dataclass

from conversions.engines.engine import Way

_PR_SET_PDEATHSIG = 1
_PROCESSORS = max(2, os.cpu_count() or 1)


@dataclass(frozen=True)
class Limits:
    """Limits of one process, and of how many it may become."""

    memory_bytes: int = Way.memory_bytes  # of each process, and of all together
    cpu_seconds: int = _PROCESSORS * int(Way.wall_seconds)  # of all threads of a process together
    wall_seconds: float = Way.wall_seconds  # kept by the parent
    output_bytes: int = 2 * 1024**3  # of each file it writes
    folder_bytes: int = 8 * 1024**3  # of all its files together; kept by the parent
    files: int = 20_000  # and folders; kept by the parent
    open_files: int = 256
    processes: int = 16  # kept by the parent: the system would count those of the whole user

    @classmethod
    def of(cls, way: Way) -> "Limits":
        """Those of a process that goes this way: a film may take longer, and more memory, than a picture."""
        seconds = way.wall_seconds
        return cls(memory_bytes=way.memory_bytes, cpu_seconds=_PROCESSORS * int(seconds), wall_seconds=seconds)


def apply(limits: Limits) -> None:
    """Set the limits on the process that calls."""
    if sys.platform != "darwin":  # which refuses any (python/cpython#78783)
        _limit(resource.RLIMIT_AS, limits.memory_bytes)
    # SIGXCPU at the soft limit says what happened; SIGKILL follows at the hard one.
    _limit(resource.RLIMIT_CPU, limits.cpu_seconds, limits.cpu_seconds + 2)
    _limit(resource.RLIMIT_FSIZE, limits.output_bytes)
    _limit(resource.RLIMIT_NOFILE, limits.open_files)
    _limit(resource.RLIMIT_CORE, 0)
    # Python ignores this signal; we want it to end the process and so to be told to the parent.
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)


def _limit(kind: int, soft: int, hard: int | None = None) -> None:
    """Lower a limit. One that the machine sets lower already stays."""
    _, ceiling = resource.getrlimit(kind)
    values = [soft, soft if hard is None else hard]
    if ceiling != resource.RLIM_INFINITY:
        values = [min(value, ceiling) for value in values]
    resource.setrlimit(kind, (values[0], values[1]))


def die_with(parent: int) -> None:
    """See to it that the calling process ends when its parent, of this id, does."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    else:
        threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    if os.getppid() != parent:  # it died before we could ask
        os.kill(os.getpid(), signal.SIGKILL)


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGKILL)
