"""Archives whose members want out, or are other than they say."""

import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Sequence

from tests.hostile.sample import DONE, Sample, sample, zipped
from tests.integration.conversions.test_archives import entry, tar

REFUSED = ("unsafe_archive", "damaged_file")


def _overlapping(count: int = 2_000) -> bytes:
    """Members that are all the same bytes of the file."""
    content, name = zlib.compress(bytes(2**20), 9)[2:-4], b"a"
    facts = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 0x21, zlib.crc32(bytes(2**20)), len(content), 2**20, len(name), 0)
    first = b"PK\3\4" + facts + name + content
    each = b"PK\1\2" + struct.pack("<H", 20) + facts + struct.pack("<HHHII", 0, 0, 0, 0, 0) + name
    end = struct.pack("<HHHHIIH", 0, 0, count, count, len(each) * count, len(first), 0)
    return first + each * count + b"PK\5\6" + end


def _understated() -> bytes:
    """A member that says ten bytes, and unpacks to 200 MB."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a", "w") as member:
        for _ in range(200):
            member.write(bytes(2**20))
    size = struct.pack("<I", 200 * 2**20)
    return file.getvalue().replace(size, struct.pack("<I", 10))


def _nested(levels: int = 20) -> bytes:
    content = zipped({"a": bytes(2**20)})
    for level in range(levels):
        content = zipped({f"{level}-{copy}.zip": content for copy in range(4)})
    return content


def _named(*names: str) -> bytes:
    """A zip of small files with these names, as they are."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number, name in enumerate(names, 1):
            archive.writestr(chr(number) * len(name.encode()), name.encode())
    content = file.getvalue()
    for number, name in enumerate(names, 1):
        content = content.replace(bytes([number]) * len(name.encode()), name.encode(), 2)
    return content


def _sized(size: int) -> bytes:
    """A tar whose one member says that size."""
    info, _ = entry("a")
    info.size = size
    return info.tobuf(tarfile.GNU_FORMAT) + bytes(1024)


def _sparse() -> bytes:
    """A hole of 8 TiB."""
    headers = {
        "GNU.sparse.major": "1",
        "GNU.sparse.minor": "0",
        "GNU.sparse.realsize": str(2**43),
        "GNU.sparse.name": "a",
    }
    return tar(entry("a", b"1\n0\n0\n" + bytes(506), pax_headers=headers))


def _path(**headers: str) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
        info, _ = entry("a")
        info.pax_headers = headers
        archive.addfile(info)
    return file.getvalue()


def _links(*pairs: tuple[str, str]) -> bytes:
    return tar(*(entry(name, type=tarfile.SYMTYPE, linkname=to) for name, to in pairs))


def _tars(names: Sequence[str]) -> bytes:
    return tar(*(entry(name, b"words") for name in names))


STRANGE = (
    "a\nb",
    "a\x1b[31mb",
    "-rf",
    "--help",
    "$(id)",
    "`id`",
    "a;b",
    "*",
    "\u202egpj.exe",
    "~",
    "con",
    "a. ",
    "😀" * 50,
)
SAMPLES: list[Sample] = [
    sample("of strange names", "tar", "zip", _tars(STRANGE)),
    sample("of strange names", "tar", "7z", _tars(STRANGE)),
    sample("of strange names", "zip", "tar", _named("a\nb", "-rf", "\u202egpj.exe", "*.*", "$(id)")),
    sample("of names in both cases", "zip", "tar", _named("README", "readme", "ReadMe")),
    sample("of a name with a zero", "zip", "tar", _named("ab\0c/../../x"), *REFUSED, DONE),
    sample("of a name with a zero", "tar", "zip", _path(path="a\0/../../x"), *REFUSED, DONE),
    sample("of a long name", "zip", "tar", _named("a/" * 20_000 + "b"), "engine_failed", *REFUSED, DONE),
    sample("of a long name", "tar", "7z", _tars(["a/" * 20_000 + "b"]), "engine_failed", *REFUSED, DONE, slow=True),
    sample("of links in a circle", "tar", "zip", _links(("a", "b"), ("b", "a")), DONE),
    sample("of links in a circle", "tar", "7z", _links(("a", "b"), ("b", "a")), DONE),
    sample("of a link to itself", "tar", "7z", _links(("a", "a"), ("c", "c/c/c")), *REFUSED, DONE),
    sample("of a link of steps", "tar", "7z", _links(("a/b/c/d", "../../../e")), DONE),
    sample("of another's rights", "tar", "zip", tar(entry("a", b"x", mode=0o7777, uid=0, uname="root"))),
    sample(
        "of another's rights", "tar", "7z", tar(entry("a", b"x", mode=0o7777), entry("b", type=tarfile.DIRTYPE, mode=0))
    ),
    sample("of a size beyond all", "tar", "zip", _sized(2**62), "expands_too_much", "damaged_file"),
    sample("of a size below zero", "tar", "zip", _path(size="-1"), *REFUSED, "expands_too_much", DONE),
    sample("of a hole", "tar", "zip", _sparse(), "expands_too_much", "damaged_file"),
    sample("of members that overlap", "zip", "tar", _overlapping, "expands_too_much", "damaged_file"),
    sample("of a member that says less", "zip", "tar", _understated, "damaged_file"),
    sample("of archives in archives", "zip", "tar", _nested, DONE, slow=True),
    sample("of members that are tars", "gz", "xz", lambda: b"\x1f\x8b\x08\0\0\0\0\0\0\3" + bytes(100), "damaged_file"),
]
