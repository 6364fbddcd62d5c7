"""A private folder for each converter process, which is gone with all that is in it when the work ends."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = "convert-"
UPLOADS = "*.upload*"  # as Django names the temporary files of uploads
ABANDONED_AFTER = 3_600.0  # seconds; several times as long as a conversion may take


@contextmanager
def private_folder(root: Path) -> Iterator[Path]:
    """A new folder that no other user of the machine can enter."""
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=root))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def remove_abandoned(root: Path, older_than: float = ABANDONED_AFTER) -> None:
    """Remove the folders of workers and the uploads of web processes that were killed."""
    for left in (*root.glob(f"{PREFIX}*"), *root.glob(UPLOADS)):
        with suppress(FileNotFoundError):  # whoever made it has just removed it
            if time.time() - left.lstat().st_mtime > older_than:
                _remove(left)


def _remove(left: Path) -> None:
    if left.is_dir():
        shutil.rmtree(left, ignore_errors=True)
    else:
        left.unlink()
