"""What must hold before the site's processes start. Each trouble is one sentence: a `CannotStart`."""

import errno
import fcntl
import os
import shutil
import socket
from pathlib import Path
from typing import TextIO

from django.db import DatabaseError

MIN_FREE_BYTES = 200 * 1024**2


class CannotStart(Exception):  # noqa: N818 (it ends no program by accident: it is a sentence for people)
    """The site cannot start; the message says why, and what to do."""


def lock(folder: Path) -> TextIO:
    """Claim a data folder for this process, until it ends or closes what this returns."""
    try:
        return _locked(folder)
    except OSError as error:
        raise CannotStart(folder_trouble(folder, error)) from None


def _locked(folder: Path) -> TextIO:
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


def require_private(folder: Path) -> None:
    """Make a folder that no other user can enter; raises `CannotStart` if there is one already that others can."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.stat()
    owners = {found.st_uid, folder.lstat().st_uid}  # of a link to it too, which its owner could turn elsewhere
    if owners != {os.getuid()} or found.st_mode & 0o077:
        raise CannotStart(f"Other users of this machine can enter {folder}: remove it, or see to `chmod 700`.")


def require_port(host: str, port: str) -> int:
    """The port as a number; raises `CannotStart` unless a server can listen on the address."""
    if not (port.isascii() and port.isdecimal() and 0 < (number := int(port[:6])) < 65_536):
        raise CannotStart(f"There is no port “{port}”: choose one from 1 to 65535, as in `make run PORT=8001`.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, number))
            probe.listen()
        except (OSError, UnicodeError) as error:  # the latter where no host could be called so
            raise CannotStart(port_trouble(host, number, error)) from None
    return number


def port_trouble(host: str, port: int, error: OSError | UnicodeError) -> str:
    """Why a server cannot listen, and what to do."""
    if isinstance(error, UnicodeError | socket.gaierror):
        return f"There is no address “{host}”: choose one of this machine's, as in `make run HOST=127.0.0.1`."
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} of {host} is taken: stop what listens there, or choose another, as in `make run PORT=8001`."
        )
    if error.errno == errno.EACCES:
        return f"Port {port} needs the rights of root: choose one above 1023, as in `make run PORT=8000`."
    return f"Cannot listen on {host}, port {port}: {os.strerror(error.errno or 0) if error.errno else error}."


def folder_trouble(folder: Path, error: OSError) -> str:
    """That nothing can be written, and why."""
    return f"Cannot write below {folder}: {error.strerror or error}."


def database_trouble(error: DatabaseError) -> str:
    """That the database cannot be used, and why."""
    return f"The database cannot be used: {' '.join(str(error).split())}"


def require_space(folder: Path, needed: int = MIN_FREE_BYTES) -> None:
    """Raise `CannotStart` when the disk of `folder` has less than `needed` bytes free."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise CannotStart(
            f"The disk is full: {folder} has {free // 1024**2} MB free and Convertsite needs {needed // 1024**2} MB; "
            "make room, or set DATA_DIR to a folder on another disk."
        )
