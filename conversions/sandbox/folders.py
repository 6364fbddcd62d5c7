"""A private folder for each converter process, which is gone with all that is in it when the work ends."""

import fcntl
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from conversions.errors import NoSpace, causes

PREFIX = "convert-"
UPLOADS = "*.upload*"  # as Django names the temporary files of uploads
ABANDONED_AFTER = 8 * 3_600.0  # seconds; longer than the three steps of a conversion may take
JUST_MADE = 10.0  # seconds in which whoever made a folder comes to lock it
FULL = 1024**2  # bytes: with less than that, a disk is full


@contextmanager
def private_folder(root: Path) -> Iterator[Path]:
    """A new folder that no other user of the machine can enter. It is locked for as long as it is used, which tells
    `remove_abandoned` that its owner lives. Raises `NoSpace`."""
    try:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=root))
    except OSError as error:
        raise (NoSpace() if causes.is_full_disk(error) else error) from error
    try:
        with _opened(folder) as descriptor:
            with suppress(OSError):  # not every file system has locks
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield folder
    finally:
        _remove_folder(folder)


def is_full(folder: Path) -> bool:
    """Whether the disk that the folder is on has no room left."""
    return shutil.disk_usage(folder).free < FULL


def empty(folder: Path, but: Collection[Path]) -> None:
    """Remove all that lies in the folder but these files."""
    for path in folder.iterdir():
        if path not in but:
            _remove(path)


def use(folder: Path, most: int) -> tuple[int, int]:
    """How many files and folders lie below, and the bytes that they take together. Stops counting past `most`, and
    takes for too many what it cannot look into, such as what is nested too deep for a path."""
    files = size = 0
    ahead = [str(folder)]
    while ahead and files <= most:
        try:
            with os.scandir(ahead.pop()) as entries:
                for entry in entries:
                    files += 1
                    if entry.is_dir(follow_symlinks=False):
                        ahead.append(entry.path)
                    with suppress(FileNotFoundError):
                        size += entry.stat(follow_symlinks=False).st_blocks * 512
        except FileNotFoundError:
            continue
        except OSError:
            return most + 1, size
    return files, size


def remove_abandoned(root: Path, older_than: float = ABANDONED_AFTER) -> int:
    """Remove the folders of workers and the uploads of web processes that were killed; returns how many. A folder whose
    owner is known to live or to be dead is kept, or goes, whatever its age is."""
    removed = 0
    for left in (*root.glob(f"{PREFIX}*"), *root.glob(UPLOADS)):
        with suppress(FileNotFoundError):  # whoever made it has just removed it
            age = time.time() - left.lstat().st_mtime
            has_owner = _has_owner(left) if left.is_dir() and age > JUST_MADE else None
            abandoned = age > older_than if has_owner is None else not has_owner
            if abandoned:
                _remove(left)
                removed += 1
    return removed


def _has_owner(folder: Path) -> bool | None:
    """Whether somebody has locked it, which the dead do no longer; None: it cannot be told here."""
    try:
        with _opened(folder) as descriptor:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        raise
    except OSError:
        return None
    return False


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _remove_folder(folder: Path) -> None:
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        pass  # another look for what is abandoned was faster
    except (OSError, RecursionError):  # locked or nested by a hostile file's process; these programs know how
        for program in (["chmod", "-R", "u+rwx"], ["rm", "-rf"]):
            subprocess.run([*program, "--", folder], stderr=subprocess.DEVNULL, check=False)


def _remove(left: Path) -> None:
    if left.is_dir() and not left.is_symlink():
        _remove_folder(left)
    else:
        left.unlink()
