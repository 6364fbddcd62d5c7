"""Landlock: Linux keeps the calling process, and all that it starts, to some files and away from TCP.

https://docs.kernel.org/userspace-api/landlock.html. Only the rights that the running kernel knows are asked for.
"""

import ctypes
import os
import struct
import sys
from collections.abc import Iterable
from contextlib import suppress
from enum import IntFlag
from pathlib import Path

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on every architecture
_VERSION, _PATH_BENEATH, _PR_SET_NO_NEW_PRIVS = 1, 1, 38


class Access(IntFlag):
    """What may be done with files, as the kernel counts."""

    EXECUTE = 1 << 0
    WRITE_FILE = 1 << 1
    READ_FILE = 1 << 2
    READ_DIR = 1 << 3
    READ = EXECUTE | READ_FILE | READ_DIR
    OF_A_FILE = EXECUTE | WRITE_FILE | READ_FILE | 1 << 14 | 1 << 15  # truncate, control a device
    DEVICES_AND_SOCKETS = 1 << 6 | 1 << 9 | 1 << 11  # to make them; a disk that it made itself it could read


_LAST_RIGHT = {1: 12, 2: 13, 3: 14, 4: 14}  # of each version; from 5 on it is 15
_NET_SINCE, _SCOPES_SINCE = 4, 6
_ALL_TCP, _ALL_SCOPES = 0b11, 0b11


def version() -> int:
    """The kernel's version of Landlock; 0: it has none, or it is switched off."""
    if sys.platform != "linux":
        return 0
    return max(0, _call(_CREATE_RULESET, None, 0, _VERSION))


def restrict(readable: Iterable[Path], writable: Iterable[Path]) -> int:
    """Let the process read (and execute) what lies below some paths, and do all below others but make devices and
    sockets; no other file, no TCP, no signal to processes outside. Cannot be taken back. Returns `version()`; 0:
    nothing is restricted."""
    found = version()
    if not found:
        return 0
    every = (1 << (_LAST_RIGHT.get(found, 15) + 1)) - 1
    own = every & ~Access.DEVICES_AND_SOCKETS
    rules = struct.pack(
        "QQQ", every, _ALL_TCP if found >= _NET_SINCE else 0, _ALL_SCOPES if found >= _SCOPES_SINCE else 0
    )
    size = 24 if found >= _SCOPES_SINCE else 16 if found >= _NET_SINCE else 8
    ruleset = _checked(_call(_CREATE_RULESET, rules, size, 0))
    try:
        for path, access in [*((path, Access.READ) for path in readable), *((path, own) for path in writable)]:
            with suppress(FileNotFoundError):
                _allow(ruleset, path, access & every)
        _checked(ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        _checked(_call(_RESTRICT_SELF, ruleset, 0))
    finally:
        os.close(ruleset)
    return found


def _allow(ruleset: int, path: Path, access: int) -> None:
    opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        if not path.is_dir():
            access &= Access.OF_A_FILE
        _checked(_call(_ADD_RULE, ruleset, _PATH_BENEATH, struct.pack("=Qi", access, opened), 0))
    finally:
        os.close(opened)


def _call(number: int, *arguments: int | bytes | None) -> int:
    converted = [ctypes.c_long(each) if isinstance(each, int) else ctypes.c_char_p(each) for each in arguments]
    return int(ctypes.CDLL(None, use_errno=True).syscall(ctypes.c_long(number), *converted))


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
