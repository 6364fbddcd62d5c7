"""What is inside of a wrapping, as far as its first bytes tell: the parts in a zip."""

import zlib
from collections.abc import Iterator

_LOCAL = b"PK\3\4"


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
