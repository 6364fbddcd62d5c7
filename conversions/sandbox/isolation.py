"""Keeps a converter process from everything that is not its own: files, network, other processes."""

import functools
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from conversions.sandbox import landlock, namespaces, privileges

# What interpreters, libraries and programs read, and no person's files.
_SYSTEM = ("/usr", "/lib", "/lib32", "/lib64", "/bin", "/etc/fonts", "/etc/ld.so.cache", "/etc/localtime", "/etc/magic")
_OFFICE = ("/etc/libreoffice", "/var/spool/libreoffice")  # its settings and extensions, where somebody installs it
_DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random", "/proc/self", "/proc/cpuinfo", "/proc/meminfo")
# How many processors and how much memory there are. DuckDB gives up where it may not ask.
_MACHINE = ("/sys/devices/system/cpu", "/sys/fs/cgroup")
OWN_CODE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Isolation:
    """What the machine allows. `landlock` is the version of the kernel's; 0: it has none."""

    landlock: int
    namespaces: bool
    seccomp: bool

    def __str__(self) -> str:
        files = f"files by Landlock {self.landlock}" if self.landlock else "NOT kept from other files (no Landlock)"
        rest = "namespaces of their own" if self.namespaces else "NOT kept from the network (no namespaces)"
        calls = "no sockets by seccomp" if self.seccomp else "NOT kept from sockets (no seccomp)"
        return f"{files}, {rest}, {calls}"


def isolate(folder: Path, code: Path, private: int) -> Isolation:
    """Leave the calling process nothing to write but what lies in the folder, nothing to read but that, the system's
    programs and libraries and its code, no network and no privileges. It cannot be taken back, and holds for all that
    the process starts; threads that it has already go free, so this comes first. Where there are namespaces it returns
    in another process, the only one that keeps the descriptor `private`."""
    if left := namespaces.leave():
        namespaces.go_in(private)
    interpreter = {Path(sys.prefix), Path(sys.base_prefix), Path(sys.executable).resolve().parent}
    readable = [*map(Path, (*_SYSTEM, *_OFFICE, *_DEVICES, *_MACHINE)), *interpreter, OWN_CODE, code]
    return Isolation(landlock.restrict(readable, [folder, Path("/dev/null")]), left, privileges.drop())


@functools.cache
def available() -> Isolation:
    """What `isolate` achieves on this machine, as a process of its own finds out by doing it."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "conversions.sandbox.isolation", folder]
        told = subprocess.run(command, cwd=OWN_CODE.parent, capture_output=True, check=True, timeout=30).stdout
    return Isolation(**json.loads(told))


if __name__ == "__main__":
    found = isolate(Path(sys.argv[1]), OWN_CODE, os.open(os.devnull, os.O_RDONLY))
    sys.stdout.write(json.dumps(asdict(found)))
