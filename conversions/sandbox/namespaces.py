"""A converter process has processes and a network of its own, where the machine allows: what it starts ends with it,
and there is nobody to talk to.

https://man7.org/linux/man-pages/man7/pid_namespaces.7.html
"""

import ctypes
import os
import signal
import stat
import sys
from collections.abc import Iterable
from contextlib import suppress
from itertools import chain
from pathlib import Path

_CLONE_NEWUSER, _CLONE_NEWPID, _CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
_PR_SET_PDEATHSIG = 1


def leave() -> bool:
    """Go to a network in which there is nothing; what is forked from now on is the first process of its world. False:
    the machine does not allow it."""
    if sys.platform != "linux":
        return False
    flags = _CLONE_NEWPID | _CLONE_NEWNET | (0 if os.geteuid() == 0 else _CLONE_NEWUSER)
    return bool(ctypes.CDLL(None, use_errno=True).unshare(flags) == 0)


def go_in(private: int) -> None:
    """After `leave()`: return in a process of the new world. Two wait for it, and close the descriptor that is its own:
    the caller, who ends as it ends, and the first of the new world, at whose end the kernel ends all others there."""
    told, tell = os.pipe()
    if first := os.fork():
        os.close(tell)
        os.close(private)
        os.waitpid(first, 0)
        _end_as(os.read(told, 8))
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    os.close(told)
    if worker := os.fork():
        os.close(private)
        while True:
            ended, status = os.wait()  # of orphans too
            if ended == worker:
                os.write(tell, str(status).encode())
                os._exit(0)
    os.close(tell)


def processes(process: int) -> list[Path]:
    """The processes in the world that this one has made, as folders of /proc; none if it has made none, or is gone."""
    try:
        made = Path(f"/proc/{process}/ns/pid_for_children").stat().st_ino
        if made == Path("/proc/self/ns/pid").stat().st_ino:
            return []
    except OSError:
        return []
    return [entry for entry in Path("/proc").iterdir() if entry.name.isdigit() and _world(entry) == made]


def memory(processes: Iterable[Path]) -> int:
    """Bytes that they hold together; what they share counts for each."""
    return sum(map(_resident, processes)) * os.sysconf("SC_PAGE_SIZE")


def nameless(processes: Iterable[Path]) -> int:
    """Bytes on the disk of files that they hold open, and that no folder names any more."""
    found = {}
    for opened in chain.from_iterable(map(_opened, processes)):
        with suppress(OSError):  # closed meanwhile
            facts = opened.stat()
            if stat.S_ISREG(facts.st_mode) and not facts.st_nlink:
                found[facts.st_dev, facts.st_ino] = facts.st_blocks * 512
    return sum(found.values())


def _resident(process: Path) -> int:
    try:
        return int((process / "statm").read_text().split()[1])
    except (OSError, IndexError):  # it has ended
        return 0


def _opened(process: Path) -> list[Path]:
    try:
        return list((process / "fd").iterdir())
    except OSError:
        return []


def _world(process: Path) -> int:
    try:
        return (process / "ns" / "pid").stat().st_ino
    except OSError:  # it has ended
        return 0


def _end_as(told: bytes) -> None:
    """End in the way of which a process has told; one that could not tell was killed."""
    status = int(told or signal.SIGKILL)
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        if number != signal.SIGKILL:
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    os._exit(os.WEXITSTATUS(status))
