"""Writes archives, a member at a time."""

import io
import stat
import struct
import tarfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO

from conversions.engines.archives.compression import BLOCK, compressing
from conversions.engines.archives.members import Kind, Member
from conversions.engines.archives.seven import to_7z

Advance = Callable[[int], None]  # so many more bytes of a member are in the archive
Add = Callable[[Member, Advance], None]
_UNIX, _EXACT_TIME, _FOLDER = 3, 0x5455, 0x10
_EARLIEST, _LATEST = 315_532_800, 4_354_819_198  # what the clock of a zip can show, from 1980 to 2107
_TYPES = {Kind.FILE: stat.S_IFREG, Kind.FOLDER: stat.S_IFDIR, Kind.LINK: stat.S_IFLNK}
_TAR_TYPES = {Kind.FILE: tarfile.REGTYPE, Kind.FOLDER: tarfile.DIRTYPE, Kind.LINK: tarfile.SYMTYPE}


def writing(path: Path, format: str, level: int, scratch: Path) -> AbstractContextManager[Add]:
    """A function that adds members to a new archive."""
    match format:
        case "zip":
            return _to_zip(path, level)
        case "7z":
            return to_7z(path, level, scratch)
    return _to_tar(path, format.removeprefix("tar").removeprefix("."), level)


@contextmanager
def _to_zip(path: Path, level: int) -> Iterator[Add]:
    with zipfile.ZipFile(path, "w") as archive:

        def add(member: Member, advance: Advance) -> None:
            with archive.open(_zip_info(member, level), "w") as file:
                if member.kind is Kind.LINK:
                    file.write(member.leads_to.encode())
                elif member.kind is Kind.FILE:
                    _copy(member, file, advance)

        yield add


def _zip_info(member: Member, level: int) -> zipfile.ZipInfo:
    """Its clock has no zone, so its Unix seconds stand beside it."""
    is_folder = member.kind is Kind.FOLDER
    seconds = member.modified or 0.0
    year, month, day, hour, minute, second, *_ = time.gmtime(max(_EARLIEST, min(seconds, _LATEST)))
    info = zipfile.ZipInfo(member.name + "/" * is_folder, (year, month, day, hour, minute, second))
    if member.modified is not None and -(2**31) <= seconds < 2**31:
        info.extra = struct.pack("<HHBi", _EXACT_TIME, 5, 1, round(seconds))
    info.create_system = _UNIX
    info.external_attr = (_TYPES[member.kind] | member.rights) << 16 | _FOLDER * is_folder
    info.compress_type = zipfile.ZIP_DEFLATED if member.kind is Kind.FILE else zipfile.ZIP_STORED
    info.file_size = member.size
    setattr(info, "_compresslevel", level)  # noqa: B010 (public from Python 3.13 on, by this name before and after)
    return info


@contextmanager
def _to_tar(path: Path, by: str, level: int) -> Iterator[Add]:
    with (
        compressing(path, by, level) if by else path.open("wb") as raw,
        tarfile.open(fileobj=raw, mode="w|", format=tarfile.PAX_FORMAT, bufsize=BLOCK) as archive,
    ):

        def add(member: Member, advance: Advance) -> None:
            with _Watched(member, advance) as content:
                archive.addfile(_tar_info(member), content)

        yield add


def _tar_info(member: Member) -> tarfile.TarInfo:
    info = tarfile.TarInfo(member.name)
    info.type, info.mode, info.size, info.linkname = (
        _TAR_TYPES[member.kind],
        member.rights,
        member.size,
        member.leads_to,
    )
    info.mtime = member.modified or 0
    if owner := member.owner:
        info.uid, info.gid, info.uname, info.gname = owner.uid, owner.gid, owner.user, owner.group
    return info


class _Watched(io.RawIOBase):
    """A member's content that tells how much of it was read; opened when the first of it is."""

    def __init__(self, member: Member, advance: Advance) -> None:
        self._member, self._advance = member, advance
        self._content: IO[bytes] | None = None

    def read(self, size: int = -1, /) -> bytes:
        if self._content is None:
            self._content = self._member.open()
        found = self._content.read(size)
        self._advance(len(found))
        return found

    def close(self) -> None:
        if self._content is not None:
            self._content.close()
        super().close()


def _copy(member: Member, file: IO[bytes], advance: Advance) -> None:
    with member.open() as content:
        while block := content.read(BLOCK):
            file.write(block)
            advance(len(block))
