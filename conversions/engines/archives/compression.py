"""Compressed streams: files that compress what is written to them, and uncompress what is read."""

import bz2
import gzip
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO, cast

from conversions.catalog.zstd import ZstdError, ZstdFile
from conversions.errors import DamagedFile, EngineFailed

BLOCK = 1024 * 1024
_UNREADABLE = (EOFError, OSError, ValueError, NotImplementedError, struct.error, zlib.error, lzma.LZMAError, ZstdError)
_DAMAGES = (*_UNREADABLE, zipfile.BadZipFile, tarfile.TarError)
_READERS: dict[str, Callable[[IO[bytes]], AbstractContextManager[object]]] = {
    "gz": lambda raw: gzip.GzipFile(fileobj=raw, mode="rb"),
    "bz2": lambda raw: bz2.BZ2File(raw, "rb"),
    "xz": lambda raw: lzma.LZMAFile(raw, "rb"),  # noqa: SIM115 (its user closes it)
    "zst": lambda raw: ZstdFile(raw, "rb"),
}
# Zstandard counts to 19 where the others count to 9.
_WRITERS: dict[str, Callable[[IO[bytes], int], AbstractContextManager[object]]] = {
    "gz": lambda raw, level: gzip.GzipFile("", "wb", level, raw, mtime=0),
    "bz2": lambda raw, level: bz2.BZ2File(raw, "wb", compresslevel=level),
    "xz": lambda raw, level: lzma.LZMAFile(raw, "wb", preset=level),  # noqa: SIM115
    "zst": lambda raw, level: ZstdFile(raw, "wb", level=2 * level),
}


@contextmanager
def uncompressing(path: Path, by: str) -> Iterator[tuple[IO[bytes], Callable[[], float]]]:
    """What is inside of the file, and a function that tells the fraction of the file that was read."""
    size = max(1, path.stat().st_size)
    with path.open("rb") as raw, damage_told(), _READERS[by](raw) as inside:
        yield cast(IO[bytes], inside), lambda: raw.tell() / size


@contextmanager
def compressing(path: Path, by: str, level: int) -> Iterator[IO[bytes]]:
    """A file of which what is written to it is compressed."""
    with path.open("wb") as raw, _WRITERS[by](raw, level) as inside:
        yield cast(IO[bytes], inside)


@contextmanager
def damage_told() -> Iterator[None]:
    """Tells what readers complain of in our words; not what the system does, such as that the disk is full."""
    try:
        yield
    except _DAMAGES as error:
        if isinstance(error, OSError) and error.errno:
            raise
        if isinstance(error, NotImplementedError):
            raise EngineFailed(reason="it is packed in a way that is not known here") from error
        raise DamagedFile(reason=str(error)[:200] or type(error).__name__) from error
