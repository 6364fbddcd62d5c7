"""A private folder for each converter process, which is gone with all that is in it when the work ends."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PREFIX = "convert-"
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
    """Remove the folders of workers that were killed."""
    for folder in root.glob(f"{PREFIX}*"):
        if time.time() - folder.lstat().st_mtime > older_than:
            shutil.rmtree(folder, ignore_errors=True)
