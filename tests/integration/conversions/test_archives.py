"""Archives through the real engine in its real process, and opened again by other code than packed them."""

import bz2
import gzip
import io
import lzma
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from copy import copy
from functools import partial
from pathlib import Path
from typing import Any

import py7zr
import pytest

from conversions.catalog.zstd import ZstdFile
from conversions.engines.archives import COMPRESSIONS, ENGINE, FORMATS, members
from conversions.errors import (
    ConversionsError,
    DamagedFile,
    ExpandsTooMuch,
    PasswordNeeded,
    PasswordWrong,
    TooManyMembers,
    UnsafeArchive,
)
from tests.integration.conversions.engine_work import Watch, apart, crossed, pairs, slow
from tests.integration.conversions.engine_work import convert as in_process

convert = partial(in_process, run=apart)

WHEN = 1_700_000_001
FILES = {"a.txt": b"words\n" * 1000, "folder/näïve ☃.bin": bytes(range(256)) * 20, "folder/empty": b""}
LINK = ("folder/link", "näïve ☃.bin")
EXECUTABLE = "folder/näïve ☃.bin"


def compressed_zst(content: bytes) -> bytes:
    file = io.BytesIO()
    with ZstdFile(file, "wb") as inside:
        inside.write(content)
    return file.getvalue()


COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": compressed_zst,
}


def tar(*infos: tuple[tarfile.TarInfo, bytes]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for info, content in infos:
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return file.getvalue()


def entry(name: str, content: bytes = b"", **facts: Any) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.mtime = WHEN
    for fact, value in facts.items():
        setattr(info, fact, value)
    return info, content


def sample_tar() -> bytes:
    files = (entry(name, content, mode=0o755 if name == EXECUTABLE else 0o644) for name, content in FILES.items())
    link = entry(LINK[0], type=tarfile.SYMTYPE, linkname=LINK[1])
    return tar(entry("folder", type=tarfile.DIRTYPE, mode=0o755), *files, link)


def sample_zip() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {"folder/": b"", **FILES, LINK[0]: LINK[1].encode()}.items():
            info = zipfile.ZipInfo(name, (2023, 11, 14, 22, 13, 20))
            info.extra = struct.pack("<HHBi", 0x5455, 5, 1, WHEN)
            kind = stat.S_IFLNK if name == LINK[0] else stat.S_IFDIR if name.endswith("/") else stat.S_IFREG
            info.external_attr = (kind | (0o755 if name == EXECUTABLE else 0o644)) << 16
            archive.writestr(info, content)
    return file.getvalue()


def sample_7z(folder: Path) -> bytes:
    tree = folder / "tree"
    with tarfile.open(fileobj=io.BytesIO(sample_tar())) as archive:
        archive.extractall(tree, filter="data")
    with py7zr.SevenZipFile(folder / "made.7z", "w") as packed:
        for path in sorted(tree.rglob("*")):
            packed.write(path, path.relative_to(tree).as_posix())
    return (folder / "made.7z").read_bytes()


def sample(format: str, folder: Path) -> bytes:
    if format in COMPRESSIONS:
        return COMPRESS[format](FILES["a.txt"])
    if format == "7z":
        return sample_7z(folder)
    if format == "zip":
        return sample_zip()
    return COMPRESS.get(format.removeprefix("tar."), bytes)(sample_tar())


class Found:
    """What is in an archive: contents, and the facts that should stay."""

    def __init__(self, files: dict[str, bytes], links: dict[str, str], times: set[int], executable: set[str]) -> None:
        self.files, self.links, self.times, self.executable = files, links, times, executable


def in_zip(path: Path) -> Found:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        infos = archive.infolist()
        links = {i.filename: archive.read(i).decode() for i in infos if stat.S_ISLNK(i.external_attr >> 16)}
        files = {i.filename: archive.read(i) for i in infos if not i.is_dir() and i.filename not in links}
        times = {struct.unpack("<i", i.extra[5:9])[0] for i in infos if i.filename in files}
        executable = {i.filename for i in infos if i.filename in files and i.external_attr >> 16 & 0o100}
    assert len({info.filename for info in infos}) == len(infos)
    return Found(files, links, times, executable)


def in_tar(path: Path) -> Found:
    with tarfile.open(path) as archive:
        infos = archive.getmembers()
        files = {i.name: archive.extractfile(i).read() for i in infos if i.isfile()}
        links = {i.name: i.linkname for i in infos if i.issym()}
        times = {round(i.mtime) for i in infos if i.isfile()}
        return Found(files, links, times, {i.name for i in infos if i.isfile() and i.mode & 0o100})


def in_7z(path: Path) -> Found:
    unpacked = path.with_name("unpacked")
    with py7zr.SevenZipFile(path) as archive:
        archive.extractall(unpacked)  # noqa: S202 (our own)
    found = {p.relative_to(unpacked).as_posix(): p for p in unpacked.rglob("*")}
    files = {name: p for name, p in found.items() if p.is_file() and not p.is_symlink()}
    return Found(
        {name: p.read_bytes() for name, p in files.items()},
        {name: str(p.readlink()) for name, p in found.items() if p.is_symlink()},
        {round(p.stat().st_mtime) for p in files.values()},
        {name for name, p in files.items() if p.stat().st_mode & 0o100},
    )


def opened(path: Path, format: str) -> Found:
    if format == "tar.zst":
        with ZstdFile(path) as inside:
            path = path.with_name("inside.tar")
            path.write_bytes(inside.read())
    return {"zip": in_zip, "7z": in_7z}.get(format, in_tar)(path)


@pytest.mark.parametrize("way", pairs(way for way in ENGINE.ways if way.source in FORMATS))
def test_each_pair_keeps_members_dates_links_and_the_right_to_execute(tmp_path: Path, way: Any) -> None:
    watch = Watch()
    result = convert(tmp_path, sample(way.source, tmp_path), way.source, way.target, watch)
    found = opened(result, way.target)
    assert found.files == FILES
    assert found.links == dict([LINK])
    assert found.times == {WHEN}
    assert found.executable == {EXECUTABLE}
    assert {stage for stage, _ in watch.seen} == {stage.id for stage in way.stages}


@pytest.mark.parametrize("way", pairs(way for way in ENGINE.ways if way.source in COMPRESSIONS))
def test_a_compressed_file_is_the_same_inside(tmp_path: Path, way: Any) -> None:
    result = convert(tmp_path, sample(way.source, tmp_path), way.source, way.target)
    opener: dict[str, Any] = {"gz": gzip.open, "bz2": bz2.open, "xz": lzma.open, "zst": ZstdFile}
    with opener[way.target](result) as inside:
        assert inside.read() == FILES["a.txt"]


@pytest.mark.parametrize("to", ["zip", "7z", *map(slow, ("tar.gz", "tar.xz", "tar.zst"))])
def test_compression_makes_a_difference(tmp_path: Path, to: str) -> None:
    content = tar(entry("a", b"".join(str(i * i).encode() for i in range(100_000))))
    sizes = [convert(tmp_path, content, "tar", to, compression=level).stat().st_size for level in (1, 9)]
    assert sizes[1] < sizes[0]


@pytest.mark.parametrize(
    ("member", "to"),
    crossed(
        [
            entry("/etc/passwd", b"x"),
            entry("../evil", b"x"),
            entry("a/../../evil", b"x"),
            entry("..\\evil", b"x"),
            entry("C:\\evil", b"x"),
            entry("\\\\host\\share", b"x"),
            entry("link", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
            entry("link", type=tarfile.SYMTYPE, linkname="../x"),
            entry("a/link", type=tarfile.SYMTYPE, linkname="../../x"),
            entry("link", type=tarfile.SYMTYPE, linkname="a/../../x"),
            entry("hard", type=tarfile.LNKTYPE, linkname="/etc/passwd"),
            entry("device", type=tarfile.CHRTYPE, devmajor=1, devminor=3),
            entry("pipe", type=tarfile.FIFOTYPE),
        ],
        ["zip", "tar.gz"],
    ),
    ids=lambda each: each if isinstance(each, str) else f"{each[0].name} {each[0].linkname}",
)
def test_what_could_do_harm_is_refused(tmp_path: Path, member: tuple[tarfile.TarInfo, bytes], to: str) -> None:
    with pytest.raises(UnsafeArchive):
        convert(tmp_path, tar(entry("good", b"x"), member), "tar", to)
    assert {path.name for path in tmp_path.parent.iterdir()}.isdisjoint({"evil", "x"})


def test_a_member_behind_a_link_is_refused(tmp_path: Path) -> None:
    content = tar(entry("a/b", b"x"), entry("link", type=tarfile.SYMTYPE, linkname="a"), entry("link/evil", b"x"))
    with pytest.raises(UnsafeArchive):
        convert(tmp_path, content, "tar", "zip")


@pytest.mark.parametrize("format", ["zip", "7z"])
def test_names_that_lead_out_are_refused_in_zips_and_7z_too(tmp_path: Path, format: str) -> None:
    path = tmp_path / "made"
    if format == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("../../evil.txt", "x")
    else:
        with py7zr.SevenZipFile(path, "w") as packed:
            packed.writestr("x", "good.txt")
            packed.header.files_info.files[0]["filename"] = "../evil.txt"
    with pytest.raises((UnsafeArchive, DamagedFile)):
        convert(tmp_path, path.read_bytes(), format, "tar")


def test_names_that_come_again_get_a_number_and_folders_do_not(tmp_path: Path) -> None:
    folder = entry("f", type=tarfile.DIRTYPE)
    content = tar(
        entry("./a.txt", b"1"), entry("a.txt", b"2"), folder, folder, entry("f//a.txt", b"3"), entry("f", b"4")
    )
    found = opened(convert(tmp_path, content, "tar", "zip"), "zip")
    assert found.files == {"a.txt": b"1", "a (2).txt": b"2", "f/a.txt": b"3", "f (2)": b"4"}


def test_a_hard_link_becomes_a_file(tmp_path: Path) -> None:
    content = tar(entry("a", b"words"), entry("b", type=tarfile.LNKTYPE, linkname="a"))
    assert opened(convert(tmp_path, content, "tar", "zip"), "zip").files == {"a": b"words", "b": b"words"}


def test_names_of_zips_that_do_not_say_their_encoding_are_read(tmp_path: Path) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("XXXX.txt", "x")
    content = file.getvalue().replace(b"XXXX", "äö".encode())
    assert list(opened(convert(tmp_path, content, "zip", "tar"), "tar").files) == ["äö.txt"]


def zeros(said: int) -> bytes:
    """A zip which says of its one member that it is so many bytes."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(1_000))
        archive.infolist()[0].file_size = said
    return file.getvalue()


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    with pytest.raises(ExpandsTooMuch):
        convert(tmp_path, zeros(300 * 2**20), "zip", "tar")


@pytest.mark.parametrize("by", ["gz", *map(slow, ("bz2", "xz", "zst"))])
def test_a_compressed_bomb_is_refused_while_it_is_unpacked(tmp_path: Path, by: str) -> None:
    content = COMPRESS[by](bytes(110 * 2**20))
    with pytest.raises(ExpandsTooMuch):
        convert(tmp_path, content, f"tar.{by}", "zip")
    with pytest.raises(ExpandsTooMuch):
        convert(tmp_path, content, by, "gz" if by != "gz" else "zst")  # which packs zeros in no time


def test_links_to_a_large_member_count_as_much_as_it_does(tmp_path: Path) -> None:
    copies = [entry(f"b{i}", type=tarfile.LNKTYPE, linkname="a") for i in range(200)]
    with pytest.raises(ExpandsTooMuch):
        convert(tmp_path, COMPRESS["xz"](tar(entry("a", bytes(2**20)), *copies)), "tar.xz", "zip")


def test_too_many_members_are_refused(tmp_path: Path) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a", b"")
        for number in range(members.MAX_MEMBERS):
            again = copy(archive.filelist[0])
            again.filename = f"{number}"
            archive.filelist.append(again)
    with pytest.raises(TooManyMembers):
        convert(tmp_path, file.getvalue(), "zip", "tar")


def test_archives_inside_stay_as_they_are(tmp_path: Path) -> None:
    inner = sample_zip()
    assert opened(convert(tmp_path, tar(entry("inner.zip", inner)), "tar", "zip"), "zip").files == {"inner.zip": inner}


def test_an_encrypted_zip_needs_its_password(tmp_path: Path) -> None:
    content = bytearray(sample_zip())
    for mark, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        at = -1
        while (at := content.find(mark, at + 1)) >= 0:
            content[at + offset] |= 1
    with pytest.raises(PasswordNeeded):
        convert(tmp_path, bytes(content), "zip", "tar")


@pytest.mark.parametrize("header", [True, False])
def test_an_encrypted_7z_needs_its_password(tmp_path: Path, header: bool) -> None:
    path = tmp_path / "made.7z"
    with py7zr.SevenZipFile(path, "w", password="secret", header_encryption=header) as packed:
        packed.writestr(b"words", "a.txt")
    with pytest.raises(PasswordNeeded):
        convert(tmp_path, path.read_bytes(), "7z", "zip")


@pytest.mark.parametrize("format", [*FORMATS, *COMPRESSIONS])
def test_a_truncated_archive_is_damaged(tmp_path: Path, format: str) -> None:
    content = sample(format, tmp_path)
    with pytest.raises(DamagedFile):
        convert(
            tmp_path,
            content[: len(content) // 2],
            format,
            {"zip": "tar", "gz": "xz"}.get(format, "gz" if format in COMPRESSIONS else "zip"),
        )


@pytest.mark.parametrize("format", FORMATS)
def test_what_only_begins_like_an_archive_ends_in_a_known_error(tmp_path: Path, format: str) -> None:
    with pytest.raises(ConversionsError) as caught:
        convert(tmp_path, sample(format, tmp_path)[:64] + bytes(2000), format, "zip" if format != "zip" else "tar")
    assert caught.value.code in ("damaged_file", "engine_failed")


def test_an_empty_archive_is_told(tmp_path: Path) -> None:
    with pytest.raises(DamagedFile):
        convert(tmp_path, tar(), "tar", "zip")


def zip_crypto(password: bytes, plain: bytes, check: int) -> bytes:
    """Encrypted as the first ZIP programs did it (APPNOTE 6.1)."""
    keys, found = [0x12345678, 0x23456789, 0x34567890], bytearray()

    def crc(key: int, byte: int) -> int:
        return zlib.crc32(bytes([byte]), key ^ 0xFFFFFFFF) ^ 0xFFFFFFFF

    def update(byte: int) -> None:
        keys[0] = crc(keys[0], byte)
        keys[1] = ((keys[1] + (keys[0] & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
        keys[2] = crc(keys[2], keys[1] >> 24)

    for byte in password:
        update(byte)
    for byte in bytes(11) + bytes([check]) + plain:
        mask = keys[2] | 2
        found.append(byte ^ (mask * (mask ^ 1) >> 8 & 0xFF))
        update(byte)
    return bytes(found)


def locked_zip(password: str, plain: bytes) -> bytes:
    """A zip of one encrypted member a.txt, beside one that is not."""
    sum_of_all, file = zlib.crc32(plain), io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.txt", zip_crypto(password.encode(), plain, sum_of_all >> 24))
        archive.writestr("open.txt", b"open")
    content = bytearray(file.getvalue())
    for begin, flags in ((content.find(b"PK\3\4"), 6), (content.find(b"PK\1\2"), 8)):
        content[begin + flags] |= 1
        struct.pack_into("<I", content, begin + flags + 8, sum_of_all)
        struct.pack_into("<I", content, begin + flags + 16, len(plain))
    return bytes(content)


def locked_7z(folder: Path, header: bool) -> bytes:
    with py7zr.SevenZipFile(folder / "made.7z", "w", password="secret", header_encryption=header) as packed:
        packed.writestr(b"words" * 100, "a.txt")
    return (folder / "made.7z").read_bytes()


def test_an_encrypted_zip_opens_by_its_password(tmp_path: Path) -> None:
    content = locked_zip("sécret", b"words" * 100)
    found = opened(convert(tmp_path, content, "zip", "tar", password="sécret"), "tar")
    assert found.files == {"a.txt": b"words" * 100, "open.txt": b"open"}
    for wrong in ("secret", "Sécret", "x"):
        with pytest.raises(PasswordWrong):
            convert(tmp_path, content, "zip", "tar", password=wrong)


@pytest.mark.parametrize("header", [True, False])
def test_an_encrypted_7z_opens_by_its_password(tmp_path: Path, header: bool) -> None:
    content = locked_7z(tmp_path, header)
    found = opened(convert(tmp_path, content, "7z", "zip", password="secret"), "zip")
    assert found.files == {"a.txt": b"words" * 100}
    with pytest.raises(PasswordWrong):
        convert(tmp_path, content, "7z", "zip", password="Secret")


@pytest.mark.parametrize("format", ["zip", "7z"])
def test_a_password_that_an_archive_does_not_need_does_no_harm(tmp_path: Path, format: str) -> None:
    result = convert(tmp_path, sample(format, tmp_path), format, "tar", password="secret")
    assert opened(result, "tar").files == FILES
