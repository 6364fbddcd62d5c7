"""Keeps a converter process from everything that is not its own: files, network, other processes."""

import ctypes
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from conversions.sandbox import landlock

_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
# What interpreters, libraries and programs read, and no person's files.
_SYSTEM = ("/usr", "/lib", "/lib32", "/lib64", "/bin", "/etc/fonts", "/etc/ld.so.cache", "/etc/localtime", "/etc/magic")
_DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random", "/proc/self", "/proc/cpuinfo", "/proc/meminfo")
# How many processors and how much memory there are. DuckDB gives up where it may not ask.
_MACHINE = ("/sys/devices/system/cpu", "/sys/fs/cgroup")
OWN_CODE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Isolation:
    """What the machine allows. `landlock` is the version of the kernel's; 0: it has none."""

    landlock: int
    network: bool


def isolate(folder: Path, code: Path) -> Isolation:
    """Leave the calling process nothing to write but what lies in the folder, nothing to read but that, the system's
    programs and libraries and its code, and no network. It cannot be taken back, and holds for all that the process
    starts; threads that it has already go free, so this comes first."""
    network = _leave_network()
    interpreter = {Path(sys.prefix), Path(sys.base_prefix), Path(sys.executable).resolve().parent}
    readable = [*map(Path, (*_SYSTEM, *_DEVICES, *_MACHINE)), *interpreter, OWN_CODE, code]
    return Isolation(landlock.restrict(readable, [folder, Path("/dev/null")]), network)


def _leave_network() -> bool:
    """Go to a network of one's own, in which there is nothing; False: the machine does not allow it."""
    if sys.platform != "linux":
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    flags = _CLONE_NEWNET if os.geteuid() == 0 else _CLONE_NEWNET | _CLONE_NEWUSER
    return bool(libc.unshare(flags) == 0)
