"""Text that came as bytes, and does not say in which encoding."""

import codecs
from pathlib import Path
from typing import AnyStr

from conversions.errors import DamagedFile

_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_OTHER = "cp1252"
_BLOCK = 1024 * 1024


def decoded(content: bytes, encoding: str | None = None) -> str:
    """In the encoding that is said. Else UTF-8 or, with its mark, UTF-16; else what Windows wrote in western Europe.
    Raises `DamagedFile` otherwise."""
    if b"\0" in content and encoding != "utf-16" and content[:2] not in _MARKS:
        raise DamagedFile(reason="it is no text")
    if encoding and encoding != "utf-8":
        return content.decode(encoding, errors="replace")
    try:
        return content.decode(_MARKS.get(content[:2], "utf-8-sig"))
    except UnicodeDecodeError:
        return content.decode(_OTHER, errors="replace")


def as_utf8(path: Path, encoding: str | None, copy: Path) -> Path:
    """The file itself if it is UTF-8, else a copy that is. Without an encoding it is found out as `decoded` does, by
    all of the file. Raises `DamagedFile`."""
    with path.open("rb") as file:
        encoding = encoding or _MARKS.get(file.read(2), "utf-8")
    if encoding == "utf-8":
        if _is_utf8(path):
            return path
        encoding = _OTHER
    _recode(path, encoding, copy)
    return copy


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        try:
            while block := file.read(_BLOCK):
                decoder.decode(_of_text(block))
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _recode(path: Path, encoding: str, copy: Path) -> None:
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    with path.open("rb") as file, copy.open("w", encoding="utf-8", newline="") as recoded:
        while block := file.read(_BLOCK):
            recoded.write(_of_text(decoder.decode(block)))
        recoded.write(decoder.decode(b"", final=True))


def _of_text(block: AnyStr) -> AnyStr:
    if ("\0" if isinstance(block, str) else b"\0") in block:
        raise DamagedFile(reason="it is no text")
    return block
