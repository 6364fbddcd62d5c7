"""What is in an archive: its members, whose content is read when it is asked for."""

import io
import stat
import struct
import tarfile
import zipfile
from calendar import timegm
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from conversions.engines.archives.compression import BLOCK, uncompressing
from conversions.engines.archives.members import MAX_MEMBERS, Kind, Member, Owner, allowed, checked, shown
from conversions.engines.archives.seven import from_7z
from conversions.engines.engine import EngineFile, Report
from conversions.errors import (
    DamagedFile,
    ExpandsTooMuch,
    PasswordNeeded,
    PasswordWrong,
    TooManyMembers,
    UnsafeArchive,
)

_ENCRYPTED, _UTF8 = 0x1, 0x800  # flags of a zip's member
_UNIX, _EXACT_TIME = 3, 0x5455
_LONGEST_LINK = 4096
_SPECIAL = {tarfile.CHRTYPE: "is a device", tarfile.BLKTYPE: "is a device", tarfile.FIFOTYPE: "is a pipe"}


def members(source: EngineFile, password: str, scratch: Path, report: Report) -> list[Member]:
    """The members, checked; the password is for those that are encrypted. What cannot be read in any order is unpacked
    in the scratch folder first."""
    packed = source.path.stat().st_size
    match source.format:
        case "7z":
            found = from_7z(source.path, password, scratch, report)
        case "zip":
            found = checked(_from_zip(source.path, password.encode()), packed)
        case "tar":
            found = checked(_from_tar(source.path), packed)
        case _:
            found = checked(_from_tar(_uncompressed(source, scratch, report)), packed)
    if not found:
        raise DamagedFile(reason="there is nothing in it")
    return found


def _uncompressed(source: EngineFile, scratch: Path, report: Report) -> Path:
    path, limit = scratch / "inside.tar", allowed(source.path.stat().st_size)
    report(0.0, "reading")
    with uncompressing(source.path, source.format.removeprefix("tar.")) as (inside, fraction), path.open("wb") as tar:
        while block := inside.read(BLOCK):
            if tar.tell() + len(block) > limit:
                raise ExpandsTooMuch(size=tar.tell() + len(block), limit=limit)
            tar.write(block)
            report(fraction(), "reading")
    return path


def _from_zip(path: Path, password: bytes) -> Iterator[Member]:
    archive = zipfile.ZipFile(path)  # open as long as its members are
    if password:
        archive.setpassword(password)
    for info in archive.infolist():
        if info.flag_bits & _ENCRYPTED and not password:
            raise PasswordNeeded
        yield _zip_member(archive, info)


def _zip_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Member:
    bits = info.external_attr >> 16 if info.create_system == _UNIX else 0
    kind = Kind.FOLDER if info.is_dir() else Kind.LINK if stat.S_ISLNK(bits) else Kind.FILE
    if stat.S_IFMT(bits) not in (0, stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK):
        raise UnsafeArchive(member=shown(info.filename), what="is a device")

    return Member(
        name=_zip_name(info),
        kind=kind,
        open=lambda: _opened(archive, info),
        size=info.file_size if kind is Kind.FILE else 0,
        modified=_zip_time(info),
        mode=stat.S_IMODE(bits) if bits else None,
        leads_to=_link_in_zip(archive, info) if kind is Kind.LINK else "",
    )


def _link_in_zip(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> str:
    if info.file_size > _LONGEST_LINK:
        raise UnsafeArchive(member=shown(info.filename), what="is a link of no sensible length")
    with _opened(archive, info) as content:
        return _name(content.read())


def _opened(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> IO[bytes]:
    try:
        return archive.open(info)
    except NotImplementedError:  # a kind of RuntimeError too
        raise
    except RuntimeError as error:
        raise PasswordWrong from error


def _zip_name(info: zipfile.ZipInfo) -> str:
    """Many that write names in UTF-8 do not say so."""
    return info.filename if info.flag_bits & _UTF8 else _name(info.filename.encode("cp437"), info.filename)


def _name(raw: bytes, otherwise: str = "") -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return otherwise or raw.decode("cp1252", errors="replace")


def _zip_time(info: zipfile.ZipInfo) -> float | None:
    """In Unix seconds, if it has them; else what its clock said, as if that had been in London."""
    extra = info.extra
    while len(extra) >= 9:
        id, size = struct.unpack_from("<HH", extra)
        if id == _EXACT_TIME and size >= 5 and extra[4] & 1:
            return float(struct.unpack_from("<i", extra, 5)[0])
        extra = extra[4 + size :]
    try:
        return float(timegm((*info.date_time, 0, 0, 0)))
    except ValueError:
        return None


def _from_tar(path: Path) -> Iterator[Member]:
    """Hard links become files of their own."""
    files: dict[str, tarfile.TarInfo] = {}
    archive = tarfile.open(path, "r:")  # noqa: SIM115 (open as long as its members are)
    for number, info in enumerate(archive, 1):
        if number > MAX_MEMBERS:
            raise TooManyMembers(members=number, limit=MAX_MEMBERS)
        if info.islnk() and info.linkname not in files:
            raise UnsafeArchive(member=shown(info.name), what="is a link to what is not in it")
        files[info.name] = files[info.linkname] if info.islnk() else info
        yield _tar_member(archive, info, files[info.name])


def _tar_member(archive: tarfile.TarFile, info: tarfile.TarInfo, content: tarfile.TarInfo) -> Member:
    if not (content.isreg() or content.isdir() or content.issym()):
        what = _SPECIAL.get(content.type, "is of an unknown kind")
        raise UnsafeArchive(member=shown(info.name), what=what)
    kind = Kind.FOLDER if content.isdir() else Kind.LINK if content.issym() else Kind.FILE

    return Member(
        name=_tar_name(info.name),
        kind=kind,
        open=lambda: archive.extractfile(content) or io.BytesIO(),
        size=content.size if kind is Kind.FILE else 0,
        modified=float(info.mtime),
        mode=info.mode & 0o777,
        leads_to=_tar_name(content.linkname) if kind is Kind.LINK else "",
        owner=Owner(info.uid, info.gid, _tar_name(info.uname), _tar_name(info.gname)),
    )


def _tar_name(name: str) -> str:
    return _name(name.encode("utf-8", "surrogateescape"))
