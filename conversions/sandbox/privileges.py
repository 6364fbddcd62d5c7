"""A converter process opens no socket, not even to a neighbour whose path it knows, and is nobody's administrator. Nor
does it get at what Landlock leaves open: other processes' memory, memory that no limit counts, the rights of files.

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


# Sockets, and io_uring_setup, through which there are sockets too; ptrace, keyctl, add_key, request_key.
_SOCKETS_AND_KEYS = {"x86_64": (41, 425, 101, 250, 248, 249), "aarch64": (198, 425, 117, 219, 217, 218)}
# process_vm_readv, process_vm_writev, pidfd_getfd.
_OTHERS_MEMORY = {"x86_64": (310, 311, 438), "aarch64": (270, 271, 438)}
# memfd_create, memfd_secret, shmget, semget, msgget, mq_open: some of it outlives who made it.
_UNCOUNTED_MEMORY = {"x86_64": (319, 447, 29, 64, 68, 240), "aarch64": (279, 447, 194, 190, 186, 180)}
# chmod, fchmod, fchmodat, fchmodat2; chown, fchown, lchown, fchownat; setxattr, lsetxattr, fsetxattr, setxattrat;
# removexattr, lremovexattr, fremovexattr, removexattrat; file_setattr. They would work on every file of the same user.
_RIGHTS_OF_FILES = {
    "x86_64": (90, 91, 268, 452, 92, 93, 94, 260, 188, 189, 190, 463, 197, 198, 199, 466, 469),
    "aarch64": (52, 53, 452, 55, 54, 5, 6, 7, 463, 14, 15, 16, 466, 469),
}
_MACHINES = {
    name: _Machine(
        architecture,
        capset,
        _SOCKETS_AND_KEYS[name] + _OTHERS_MEMORY[name] + _UNCOUNTED_MEMORY[name] + _RIGHTS_OF_FILES[name],
    )
    for name, architecture, capset in (("x86_64", 0xC000003E, 126), ("aarch64", 0xC00000B7, 91))
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
