"""What is inside of a wrapping, as far as its first bytes tell: the tar in a compressed file, the parts in a zip."""

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterator
from typing import Literal

from conversions.catalog.zstd import ZstdDecompressor, ZstdError

_TAR_BLOCK = 512
_TIFF_ORDERS: dict[bytes, Literal["little", "big"]] = {b"II*\0": "little", b"MM\0*": "big"}
_TIFF_ENTRY, _TIFF_SHORT = 12, 3
_LOCAL = b"PK\3\4"
_OPENERS: dict[str, tuple[bytes, Callable[[bytes], bytes]]] = {
    "gz": (b"\x1f\x8b\x08", lambda head: zlib.decompressobj(31).decompress(head, _TAR_BLOCK)),
    "bz2": (b"BZh", lambda head: bz2.BZ2Decompressor().decompress(head, _TAR_BLOCK)),
    "xz": (b"\xfd7zXZ\0", lambda head: lzma.LZMADecompressor(lzma.FORMAT_XZ).decompress(head, _TAR_BLOCK)),
    "zst": (b"\x28\xb5\x2f\xfd", lambda head: ZstdDecompressor().decompress(head, _TAR_BLOCK)),
}


def is_compressed(head: bytes, by: str) -> bool:
    """Whether a file that begins so was compressed with gz, bz2, xz or zst."""
    return head.startswith(_OPENERS[by][0])


def uncompressed(head: bytes, by: str) -> bytes:
    """The first bytes inside; fewer than a tar's block if the head is too short to tell, or there are no more."""
    try:
        return _OPENERS[by][1](head)[:_TAR_BLOCK]
    except (zlib.error, OSError, ValueError, lzma.LZMAError, ZstdError):
        return b""


def is_tar(head: bytes) -> bool:
    """By the check sum of its first header, which tars of every age have."""
    block = head[:_TAR_BLOCK]
    try:
        told = int(block[148:156].strip(b" \0"), 8)
    except ValueError:
        return False
    return len(block) == _TAR_BLOCK and told == sum(block) - sum(block[148:156]) + 8 * ord(" ")


def tells_tar(head: bytes, by: str) -> bool | None:
    """Whether a file compressed so is a tar; None: its head does not tell."""
    inside = uncompressed(head, by)
    return is_tar(inside) if len(inside) == _TAR_BLOCK else None


def zip_parts(head: bytes) -> Iterator[tuple[str, bytes]]:
    """The names of the zip's first parts, each with as much of its content as the head has."""
    at = 0
    while head[at : at + 4] == _LOCAL:
        method, size = (
            int.from_bytes(head[at + 8 : at + 10], "little"),
            int.from_bytes(head[at + 18 : at + 22], "little"),
        )
        name_size, extra_size = (int.from_bytes(head[at + i : at + i + 2], "little") for i in (26, 28))
        begin = at + 30 + name_size + extra_size
        content = head[begin : begin + size] if size else head[begin:]
        yield head[at + 30 : at + 30 + name_size].decode(errors="replace"), _inflated(content, method)
        at = begin + size if size else head.find(_LOCAL, begin)  # streamed: its size comes after it
        if at < begin:
            return


def _inflated(content: bytes, method: int) -> bytes:
    if method == 0:
        return content
    try:
        return zlib.decompressobj(-15).decompress(content)
    except zlib.error:
        return b""


def tiff_tags(head: bytes) -> dict[int, int]:
    """Of a TIFF's first directory, what each of its tags is, or where its value lies if that is longer than a number.
    Empty: it is none."""
    order = _TIFF_ORDERS.get(head[:4])
    if order is None:
        return {}
    begin = int.from_bytes(head[4:8], order)
    end = begin + 2 + _TIFF_ENTRY * int.from_bytes(head[begin : begin + 2], order)
    found = {}
    for at in range(begin + 2, min(end, len(head) - _TIFF_ENTRY + 1), _TIFF_ENTRY):
        tag, kind = (int.from_bytes(head[at + i : at + i + 2], order) for i in (0, 2))
        found[tag] = int.from_bytes(head[at + 8 : at + (10 if kind == _TIFF_SHORT else 12)], order)
    return found
