"""Runs a command that must not outlive its parent: `python guard.py PARENT_PID COMMAND…`.

The supervisor starts every process through this file, by its path and with nothing imported from the site, so that it
costs some 20 ms. On Linux it asks the kernel to kill it with its parent and then becomes the command. Elsewhere it
starts the command and reads standard input, a pipe whose other end is the parent's: its end is the parent's death.
"""

import ctypes
import os
import signal
import subprocess
import sys
import threading

PR_SET_PDEATHSIG = 1
ORPHANED = 113
"""The exit code when the parent was gone before the command could start."""


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when `parent` dies; ends it at once if that has happened already.

    Only Linux can; elsewhere nothing happens. Call it in the thread that lives as long as the process.
    """
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(ORPHANED)


def run_watched(command: list[str]) -> int:
    """Run `command` until it ends or standard input does; returns its exit code.

    Kills the whole process group when the parent is gone, so the guard must lead one.
    """
    # The command gets a standard input of its own, since the pipe is the guard's to read.
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, lambda received, _: process.send_signal(received))
    threading.Thread(target=_kill_group_at_end_of_input, daemon=True).start()
    return process.wait()


def _kill_group_at_end_of_input() -> None:
    while os.read(0, 1024):
        pass
    os.killpg(0, signal.SIGKILL)


def main(arguments: list[str]) -> None:
    """Become the command, or watch over it where the kernel cannot."""
    parent, *command = arguments
    if sys.platform != "linux":
        sys.exit(run_watched(command))
    die_with_parent(int(parent))
    os.execvp(command[0], command)  # noqa: S606 (the command is the supervisor's)


if __name__ == "__main__":
    main(sys.argv[1:])
