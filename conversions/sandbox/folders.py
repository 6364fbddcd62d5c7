"""A private folder for each converter process, which is gone with all that is in it when the work ends."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = "convert-"
UPLOADS = "*.upload*"  # as Django names the temporary files of uploads
ABANDONED_AFTER = 8 * 3_600.0  # seconds; longer than the three steps of a conversion may take


@contextmanager
def private_folder(root: Path) -> Iterator[Path]:
    """A new folder that no other user of the machine can enter."""
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=root))
    try:
        yield folder
    finally:
        _remove_folder(folder)


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
    """Remove the folders of workers and the uploads of web processes that were killed; returns how many."""
    removed = 0
    for left in (*root.glob(f"{PREFIX}*"), *root.glob(UPLOADS)):
        with suppress(FileNotFoundError):  # whoever made it has just removed it
            if time.time() - left.lstat().st_mtime > older_than:
                _remove(left)
                removed += 1
    return removed


def _remove_folder(folder: Path) -> None:
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        pass  # another look for what is abandoned was faster
    except (OSError, RecursionError):  # locked or nested by a hostile file's process; these programs know how
        for program in (["chmod", "-R", "u+rwx"], ["rm", "-rf"]):
            subprocess.run([*program, "--", folder], stderr=subprocess.DEVNULL, check=False)


def _remove(left: Path) -> None:
    if left.is_dir():
        _remove_folder(left)
    else:
        left.unlink()
