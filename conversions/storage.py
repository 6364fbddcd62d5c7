"""Where files are kept: Django's storage, under random names. The names that users gave stand in the database alone."""

import errno
import logging
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from django.core.files import File
from django.core.files.storage import default_storage

from conversions import metrics
from conversions.errors import ConversionsError, FileMissing, NoSpace, StorageUnavailable
from conversions.models import random_key

SOURCES, OUTPUTS = "sources", "outputs"
_FULL = (errno.ENOSPC, errno.EDQUOT)
logger = logging.getLogger(__name__)


class LocalFile(File):  # type: ignore[type-arg]  # at run time it takes no argument
    """A file on this machine, which a local storage moves instead of copying it."""

    def temporary_file_path(self) -> str:
        return str(self.file.name) if self.file else ""


def store(file: "File[bytes]", folder: str) -> str:
    """Keep the file's content; returns its random name. Raises `NoSpace` or `StorageUnavailable`."""
    with _failures_named():
        size = file.size
        name = default_storage.save(f"{folder}/{random_key()}", file)
    metrics.STORED.labels(folder).inc(size)
    return name


def store_path(path: Path, folder: str) -> str:
    """The same for a file of ours, which is gone from its place afterwards if the storage is local."""
    path.touch()  # its age counts from here on
    with path.open("rb") as file:
        return store(LocalFile(file), folder)


def fetch(name: str, to: Path) -> None:
    """Copy a kept file to a place of ours. Raises `FileMissing`, `NoSpace` or `StorageUnavailable`."""
    with _failures_named(), opened(name) as source, to.open("wb") as target:
        shutil.copyfileobj(source, target, 1024**2)


def opened(name: str) -> "File[bytes]":
    """A kept file, to be read. Raises `FileMissing` or `StorageUnavailable`."""
    if not name:
        raise FileMissing
    with _failures_named():
        try:
            return default_storage.open(name)
        except FileNotFoundError as error:
            default_storage.listdir(name.rpartition("/")[0])  # fails where all files are gone, as with a disk
            raise FileMissing from error


def remove(names: Iterable[str]) -> None:
    """Remove kept files; one that is not there is no error."""
    for name in filter(None, names):
        default_storage.delete(name)
        metrics.REMOVED.inc()


def kept_before(folder: str, moment: datetime) -> list[str]:
    """The names of the files that were kept before that; none where the storage cannot list its files."""
    try:
        names = [f"{folder}/{name}" for name in default_storage.listdir(folder)[1]]
    except (FileNotFoundError, NotImplementedError):  # the folder comes with the first file
        return []
    return [name for name in names if _is_older(name, moment)]


def _is_older(name: str, moment: datetime) -> bool:
    with suppress(FileNotFoundError):  # it was removed meanwhile
        return default_storage.get_modified_time(name) < moment
    return False


@contextmanager
def _failures_named() -> Iterator[None]:
    """Whatever a storage raises inside, be it a disk's or a library's of its own, is raised as one of ours."""
    try:
        yield
    except ConversionsError:
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno in _FULL:
            raise _counted(NoSpace()) from error
        logger.warning("the storage failed: %r", error)
        raise _counted(StorageUnavailable()) from error


def _counted(error: ConversionsError) -> ConversionsError:
    metrics.STORAGE_FAILURES.labels(error.code).inc()
    return error
