"""A converter process opens no socket, not even to a neighbour whose path it knows, and is nobody's administrator.

https://docs.kernel.org/userspace-api/seccomp_filter.html, https://man7.org/linux/man-pages/man7/capabilities.7.html
"""

import ctypes
import errno
import platform
import struct
import sys
from itertools import count
from typing import NamedTuple

_PR_SET_NO_NEW_PRIVS, _PR_CAPBSET_DROP, _PR_SET_SECCOMP, _MODE_FILTER = 38, 24, 22, 2
_CAPABILITY_VERSION_3 = 0x20080522
_LOAD, _IF_EQUAL, _IF_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06  # of the classic BPF, with 32 bits and constants
_ALLOW, _FAIL, _KILL_PROCESS = 0x7FFF0000, 0x00050000, 0x80000000
_NUMBER_AT, _ARCHITECTURE_AT = 0, 4  # in struct seccomp_data
_X32 = 0x40000000  # x86-64's other numbers for the same calls


class _Machine(NamedTuple):
    architecture: int
    capset: int
    forbidden: tuple[int, ...]
    """socket, ptrace, keyctl, add_key, request_key, and io_uring_setup, through which there are sockets too."""


_MACHINES = {
    "x86_64": _Machine(0xC000003E, 126, (41, 101, 250, 248, 249, 425)),
    "aarch64": _Machine(0xC00000B7, 91, (198, 117, 219, 217, 218, 425)),
}


def drop() -> bool:
    """Give up all capabilities and the calls that a conversion has no use for: they fail with EACCES. It cannot be
    taken back, and holds for all that the process starts. False: the machine has no such filters."""
    machine = _MACHINES.get(platform.machine())
    if sys.platform != "linux" or machine is None:
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    for capability in count():
        if libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0):  # there is none of that number, or we may drop none
            break
    header, none = struct.pack("Ii", _CAPABILITY_VERSION_3, 0), bytes(24)
    libc.syscall(ctypes.c_long(machine.capset), ctypes.c_char_p(header), ctypes.c_char_p(none))
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    program = _program(machine)
    described = struct.pack("HP", len(program) // 8, ctypes.cast(ctypes.c_char_p(program), ctypes.c_void_p).value)
    return bool(libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.c_char_p(described), 0, 0) == 0)


def _program(machine: _Machine) -> bytes:
    forbidden = machine.forbidden
    return b"".join(
        [
            _instruction(_LOAD, _ARCHITECTURE_AT),
            _instruction(_IF_EQUAL, machine.architecture, otherwise=3 + len(forbidden)),
            _instruction(_LOAD, _NUMBER_AT),
            _instruction(_IF_AT_LEAST, _X32, then=1 + len(forbidden)),
            *(_instruction(_IF_EQUAL, call, then=2 + left) for left, call in _counted_down(forbidden)),
            _instruction(_RETURN, _ALLOW),
            _instruction(_RETURN, _KILL_PROCESS),
            _instruction(_RETURN, _FAIL | errno.EACCES),
        ]
    )


def _counted_down(calls: tuple[int, ...]) -> list[tuple[int, int]]:
    return [(len(calls) - 1 - index, call) for index, call in enumerate(calls)]


def _instruction(code: int, constant: int, *, then: int = 0, otherwise: int = 0) -> bytes:
    """Jumps are counted from the next instruction."""
    return struct.pack("HBBI", code, then, otherwise, constant)
