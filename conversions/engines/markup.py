"""XML, HTML and their like, whose beginning may say in which encoding they are."""

import codecs
import re

from conversions.engines.texts import decoded

_HEAD_BYTES = 1024  # as far as HTML says that the declaration may be
_DECLARATION = re.compile(
    rb"""(?:<\?xml\b[^>]*\bencoding|<meta\b[^>]*\bcharset)\s*=\s*["']?([\w.:-]{3,20})""", re.IGNORECASE
)


def in_utf8(content: bytes) -> bytes:
    """The text in UTF-8, which its declaration of another encoding, if it has one, then says too. Raises
    `DamagedFile`."""
    encoding = _declared(content)
    text = (content.decode(encoding, errors="replace") if encoding else decoded(content)).encode()
    if found := _DECLARATION.search(text[:_HEAD_BYTES]):
        return text[: found.start(1)] + b"utf-8" + text[found.end(1) :]
    return text


def _declared(content: bytes) -> str | None:
    """One that Python knows and that is not for the marks and zeros of `decoded` to tell."""
    found = _DECLARATION.search(content[:_HEAD_BYTES])
    try:
        name = codecs.lookup(found[1].decode()).name if found else "utf-8"
        "".encode(name)  # some of its codecs are not of text
    except LookupError:
        return None
    return None if name.startswith("utf") else name
