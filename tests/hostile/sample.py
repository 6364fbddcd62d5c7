"""A file that wants harm, and in what its conversion may end."""

import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO

DONE = "done"


@dataclass(frozen=True)
class Sample:
    """`content` may name places outside, as `Outside.named_in` says them. `ends` are codes of errors, or `DONE`: with a
    result in which nothing of the outside is. A slow one is tried in `make test-all` only."""

    name: str
    format: str
    to: str
    content: Callable[[], bytes]
    ends: frozenset[str]
    slow: bool = False

    def __str__(self) -> str:
        return f"{self.format} {self.name} to {self.to}"


def sample(
    name: str, format: str, to: str, content: bytes | str | Callable[[], bytes], *ends: str, slow: bool = False
) -> Sample:
    """Of bytes, of text or of a function that makes it. Without `ends` it has to be converted."""
    made = content if callable(content) else lambda: content.encode() if isinstance(content, str) else content
    return Sample(name, format, to, made, frozenset(ends or (DONE,)), slow)


def zipped(parts: Mapping[str, bytes | str], packed: bool = True) -> bytes:
    """A zip of these parts, in their order."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()
