"""What must hold before the site's processes start. Each trouble is one sentence: a `CannotStart`."""

import errno
import fcntl
import os
import shutil
import socket
from pathlib import Path
from typing import TextIO

MIN_FREE_BYTES = 200 * 1024**2


class CannotStart(Exception):  # noqa: N818 (it ends no program by accident: it is a sentence for people)
    """The site cannot start; the message says why, and what to do."""


def lock(folder: Path) -> TextIO:
    """Claim a data folder for this process, until it ends or closes what this returns."""
    file = (folder / "run" / "up.lock").open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        with file:
            file.seek(0)
            process = file.read().strip() or "unknown"
        raise CannotStart(
            f"Convertsite already runs with the data folder {folder} (process {process}): "
            "stop it, or set DATA_DIR to another folder."
        ) from None
    file.truncate(0)
    file.write(f"{os.getpid()}\n")
    file.flush()
    return file


def require_port(host: str, port: int) -> None:
    """Raise `CannotStart` unless a server can listen on the address."""
    if not 0 < port < 65_536:
        raise CannotStart(f"Port {port} does not exist: choose one from 1 to 65535.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen()
        except OSError as error:
            raise CannotStart(port_trouble(host, port, error)) from None


def port_trouble(host: str, port: int, error: OSError) -> str:
    """Why a server cannot listen, and what to do."""
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} of {host} is taken: stop what listens there, or choose another, as in `make run PORT=8001`."
        )
    if error.errno == errno.EACCES:
        return f"Port {port} needs the rights of root: choose one above 1023, as in `make run PORT=8000`."
    return f"Cannot listen on {host}, port {port}: {os.strerror(error.errno or 0) if error.errno else error}."


def require_space(folder: Path, needed: int = MIN_FREE_BYTES) -> None:
    """Raise `CannotStart` when the disk of `folder` has less than `needed` bytes free."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise CannotStart(
            f"The disk is full: {folder} has {free // 1024**2} MB free and Convertsite needs {needed // 1024**2} MB; "
            "make room, or set DATA_DIR to a folder on another disk."
        )
