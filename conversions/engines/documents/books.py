"""EPUB: pandoc, which knows no time in its sandbox, calls each book one of 1970."""

import re
import zipfile
from datetime import UTC, datetime
from pathlib import Path

_MADE = re.compile(rb"\s*<dc:date[^>]*>1970-01-01T00:00:00Z</dc:date>")
_CHANGED = re.compile(rb'(<meta property="dcterms:modified">)1970-01-01T00:00:00Z')


def redate(path: Path) -> None:
    """Have it say that it was changed now, and nothing of when it was made."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    copy = path.with_name("redated")
    with zipfile.ZipFile(path) as book, zipfile.ZipFile(copy, "w") as redated:
        for part in book.infolist():
            content = book.read(part)
            if part.filename.endswith(".opf"):
                content = _CHANGED.sub(rb"\g<1>" + now, _MADE.sub(b"", content))
            redated.writestr(part, content)
    copy.replace(path)
