"""`Progress`: whether a connection's transport still moves. Pure logic, no I/O; `now` is a clock in seconds."""

from collections.abc import Callable

Look = Callable[[], tuple[int, bool]]
"""How many bytes the other side has taken so far, and whether more are under way to it."""

STILL = 5.0  # seconds without a byte taken after which what is under way no longer moves


def unknown() -> tuple[int, bool]:
    """What is seen of a transport that tells nothing."""
    return 0, False


class Progress:
    """Bytes that are taken while nothing else waits say little, since a proxy takes them too, and so does the kernel
    of a program that hangs. They count while more are under way: then no answer can be expected yet. `waits` says
    whether more were, when it was last asked."""

    __slots__ = ("_look", "_moved_at", "_taken", "waits")

    def __init__(self, look: Look) -> None:
        self._look = look
        self._moved_at = float("-inf")
        self._taken = -1
        self.waits = False

    def moves(self, now: float) -> bool:
        """Whether what was under way has moved in the last seconds, as far as this was asked. At first it is taken to
        move."""
        taken, waits = self._look()
        if taken != self._taken and (waits or self.waits):
            self._moved_at = now
        self._taken, self.waits = taken, waits
        return now < self._moved_at + STILL
