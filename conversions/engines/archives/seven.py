"""7-Zip archives, by py7zr, which unpacks all members in a row and packs files of the disk."""

import io
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any
from uuid import uuid4

import py7zr
from py7zr.exceptions import PasswordRequired, UnsupportedCompressionMethodError
from py7zr.io import Py7zIO, WriterFactory

from conversions.engines.archives.compression import BLOCK
from conversions.engines.archives.members import Kind, Member, allowed, checked, shown
from conversions.engines.engine import Report
from conversions.errors import ConversionsError, DamagedFile, EngineFailed, PasswordNeeded, PasswordWrong, UnsafeArchive

_LONGEST_LINK = 4096


def from_7z(path: Path, password: str, scratch: Path, report: Report) -> list[Member]:
    """The members, with their content in files of the scratch folder that are called by numbers."""
    packed = path.stat().st_size
    report(0.0, "reading")
    try:
        # As an open file: from a path it would unpack with several threads.
        with (
            path.open("rb") as raw,
            py7zr.SevenZipFile(raw, "r", max_extract_size=allowed(packed), password=password or None) as archive,
        ):
            if archive.needs_password() and not password:
                raise PasswordNeeded
            files = list(archive.files)
            found = checked(map(_described, files), packed)
            shelf = _Shelf(scratch, sum(member.size for member in found), report)
            archive.extractall(factory=shelf)
    except (ConversionsError, MemoryError):
        raise
    except PasswordRequired as error:
        raise PasswordNeeded from error
    except UnsupportedCompressionMethodError as error:
        raise EngineFailed(reason="it is packed in a way that is not known here") from error
    except Exception as error:  # as its readers come
        if password:  # what a wrong one makes of the content is no archive
            raise PasswordWrong from error
        raise DamagedFile(reason=str(error)[:200] or type(error).__name__) from error
    return checked((_filled(file, shelf.path_of(name)) for file, name in _unpacked_as(files)), packed)


def _described(file: Any) -> Member:
    if file.is_socket or file.is_junction:
        raise UnsafeArchive(member=shown(file.filename), what="is a device")
    kind = Kind.FOLDER if file.is_directory else Kind.LINK if file.is_symlink else Kind.FILE
    written = file.lastwritetime
    return Member(
        name=file.filename,
        kind=kind,
        open=lambda: Path(os.devnull).open("rb"),
        size=file.uncompressed if kind is Kind.FILE and not file.emptystream else 0,
        modified=round(written.totimestamp(), 3) if written is not None else None,
        mode=file.posix_mode,
        leads_to="." if kind is Kind.LINK else "",  # until it is unpacked
    )


def _unpacked_as(files: list[Any]) -> Iterator[tuple[Any, str]]:
    """Each with the name that py7zr unpacks it under: those that come again get a number."""
    seen: dict[str, int] = {}
    for file in files:
        name = file.filename
        yield file, f"{name}_{seen[name]}" if name in seen else name
        seen[name] = seen.get(name, -1) + 1


def _filled(file: Any, content: Path) -> Member:
    member = _described(file)
    if member.size and not content.is_file():
        raise EngineFailed(reason="a part of it was not unpacked")
    leads_to = content.read_bytes()[:_LONGEST_LINK].decode(errors="replace") if member.kind is Kind.LINK else ""
    return replace(member, open=lambda: content.open("rb"), leads_to=leads_to)


class _Shelf(WriterFactory):  # type: ignore[misc]
    """Gives py7zr files to write to, and tells how much of all was written."""

    def __init__(self, folder: Path, size: int, report: Report) -> None:
        self._folder = folder
        self._paths: dict[str, Path] = {}
        self._size, self._written = max(1, size), 0
        self._report = report

    def create(self, filename: str) -> Py7zIO:
        """Called by py7zr for each member."""
        path = self._folder / f"member{len(self._paths)}"
        self._paths[filename] = path
        return _Slot(path, self._advance)

    def path_of(self, name: str) -> Path:
        """Where the content of a member is; what has none has nowhere."""
        return self._paths.get(PurePosixPath(name).as_posix(), Path(os.devnull))

    def _advance(self, size: int) -> None:
        self._written += size
        self._report(self._written / self._size, "reading")


class _Slot(Py7zIO):  # type: ignore[misc]
    """A file on the disk, in the words of py7zr."""

    def __init__(self, path: Path, advance: Callable[[int], None]) -> None:
        self._file, self._advance, self._size = path.open("w+b"), advance, 0

    def write(self, s: bytes | bytearray) -> int:
        self._size += len(s)
        self._advance(len(s))
        return self._file.write(s)

    def read(self, size: int | None = None) -> bytes:
        return self._file.read(-1 if size is None else size)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def flush(self) -> None:
        self._file.flush()

    def size(self) -> int:
        return self._size

    def close(self) -> None:
        self._file.close()


@contextmanager
def to_7z(path: Path, level: int, scratch: Path) -> Iterator[Callable[[Member, Callable[[int], None]], None]]:
    """A function that adds a member, calling the other one with the number of bytes that were read."""
    filters = [{"id": py7zr.FILTER_LZMA2, "preset": level}]
    with py7zr.SevenZipFile(path, "w", filters=filters) as archive:
        yield lambda member, advance: _add(archive, member, scratch / "packed", advance)


def _add(archive: py7zr.SevenZipFile, member: Member, place: Path, advance: Callable[[int], None]) -> None:
    """By a file, folder or link on the disk that is as the member is to be, and is gone again."""
    match member.kind:
        case Kind.FOLDER:
            place.mkdir()
        case Kind.LINK:
            _add_link(archive, member, place)
            return
        case Kind.FILE:
            with member.open() as content, place.open("wb") as file:
                shutil.copyfileobj(content, file, BLOCK)
    archive.write(_shown_as(member, place, advance), member.name)
    place.rmdir() if member.kind is Kind.FOLDER else place.unlink()


def _add_link(archive: py7zr.SevenZipFile, member: Member, place: Path) -> None:
    """By a link to something that is there, which py7zr insists on. It leads up first, and then down."""
    folder = place.joinpath(*["up"] * member.leads_to.split("/").count(".."))
    link, other = folder / uuid4().hex, Path(os.path.normpath(folder / member.leads_to))
    folder.mkdir(parents=True)
    if not other.exists():
        other.parent.mkdir(parents=True, exist_ok=True)
        other.touch()
    link.symlink_to(member.leads_to)
    archive.write(link, member.name)
    shutil.rmtree(place)


class _Counted(io.BufferedReader):
    """An open file that tells how much of it was read."""

    advance: Callable[[int], None]

    def read(self, size: int | None = -1, /) -> bytes:
        found = super().read(size)
        self.advance(len(found))
        return found


class _Watched(type(Path())):  # type: ignore[misc]
    """A path that opens such a file: py7zr itself tells nothing while it packs. What it says of what lies there is what
    py7zr is to write down: a converter process changes the rights of no file."""

    advance: Callable[[int], None]
    rights: int
    modified: float | None

    def lstat(self) -> os.stat_result:
        found = super().lstat()
        modified = found.st_mtime if self.modified is None else self.modified
        whole = (stat.S_IFMT(found.st_mode) | self.rights, *found[1:8], int(modified), int(found.st_ctime))
        return os.stat_result((*whole, found.st_atime, modified, found.st_ctime))

    def open(self, *_: Any, **__: Any) -> _Counted:
        file = _Counted(io.FileIO(self, "rb"), BLOCK)
        file.advance = self.advance
        return file


def _shown_as(member: Member, path: Path, advance: Callable[[int], None]) -> Path:
    found = _Watched(path)
    found.advance, found.rights, found.modified = advance, member.rights, member.modified
    return found
