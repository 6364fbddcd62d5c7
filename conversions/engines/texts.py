"""Text that came as bytes, and does not say in which encoding."""

from conversions.errors import DamagedFile

_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


def decoded(content: bytes) -> str:
    """UTF-8 or, with its mark, UTF-16; else what Windows wrote in western Europe. Raises `DamagedFile` otherwise."""
    if b"\0" in content and content[:2] not in _MARKS:
        raise DamagedFile(reason="it is no text")
    try:
        return content.decode(_MARKS.get(content[:2], "utf-8-sig"))
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")
