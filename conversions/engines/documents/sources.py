"""What pandoc gets to read: text in UTF-8, plain text as paragraphs, RTF that it understands, and no wrapping that is a
bomb or locked."""

import html
import re
import zipfile
import zlib

from conversions.engines import limits
from conversions.engines.documents import MARKUP, WRAPPED, rtf
from conversions.engines.engine import EngineFile
from conversions.engines.markup import in_utf8
from conversions.errors import DamagedFile, ExpandsTooMuch, PasswordNeeded

MOST_UNPACKED = limits.DOCUMENT_PARTS.most
_MANIFEST = "META-INF/manifest.xml"  # of OpenDocument; says which parts are encrypted


def prepared(source: EngineFile) -> EngineFile:
    """The source, or a copy of it beside it. Raises `DamagedFile`, `ExpandsTooMuch` or `PasswordNeeded`."""
    if source.format in WRAPPED:
        check_parts(source)
    copy = EngineFile(source.path.with_name("text"), source.format)
    if source.format == "rtf":
        copy.path.write_bytes(rtf.mended(source.path.read_bytes()))
        return copy
    if source.format not in MARKUP:
        return source
    text = in_utf8(source.path.read_bytes())
    copy.path.write_bytes(text if source.format != "txt" else as_paragraphs(text.decode()).encode())
    return copy


def as_paragraphs(text: str) -> str:
    """Plain text as HTML: its lines as they are, its empty lines between paragraphs, and no letter means anything."""
    paragraphs = re.split(r"\n\s*\n", text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n\n"))
    return "\n".join(f"<p>{_with_breaks(each)}</p>" for each in paragraphs if each.strip())


def _with_breaks(paragraph: str) -> str:
    return "<br>".join(_with_spaces(html.escape(line.rstrip())) for line in paragraph.strip("\n").split("\n"))


def _with_spaces(line: str) -> str:
    """Those which make columns, or a line begin further in, would count as one."""
    return re.sub(r"^ +| {2,}", lambda found: "\N{NO-BREAK SPACE}" * len(found[0]), line.expandtabs(4))


def check_parts(source: EngineFile) -> None:
    """Of a document that is a zip. Raises as `prepared` does."""
    try:
        with zipfile.ZipFile(source.path) as parts:
            size = _unpacked(parts)
            if size > MOST_UNPACKED:
                raise ExpandsTooMuch(size=size, limit=MOST_UNPACKED)
            if _MANIFEST in parts.namelist() and b"encryption-data" in parts.read(_MANIFEST):
                raise PasswordNeeded
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, OSError) as error:
        raise DamagedFile(reason=str(error)[:200] or type(error).__name__) from error


def unpacked_size(source: EngineFile) -> int:
    """The bytes of it that pandoc reads, if `prepared` let it pass."""
    if source.format not in WRAPPED:
        return source.path.stat().st_size
    with zipfile.ZipFile(source.path) as parts:
        return _unpacked(parts)


def _unpacked(parts: zipfile.ZipFile) -> int:
    return sum(part.file_size for part in parts.infolist())
