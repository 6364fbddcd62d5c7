"""Folders in which engines unpack and lay out."""

import shutil
from pathlib import Path


def fresh(folder: Path) -> Path:
    """The folder, made anew and empty: an earlier step for another source, or a try that was broken off, may have left
    one of that name."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder
