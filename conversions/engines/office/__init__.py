"""Documents, workbooks and slides by LibreOffice, with their layout: old ones of Microsoft's, and into PDF."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from conversions.engines import limits
from conversions.engines.engine import Engine, Kind, Stage, Way

# What it reads, and what it writes of that.
GROUPS = (
    (("docx", "doc", "odt", "rtf"), ("docx", "odt", "rtf", "doc", "pdf")),
    (("xlsx", "xls", "ods"), ("xlsx", "ods", "xls", "pdf")),
    (("pptx", "ppt", "odp"), ("pptx", "odp", "ppt", "pdf")),
)
_STAGES = (Stage("encoding", 1.0),)
_PARTS = ("writer.xcd", "calc.xcd", "impress.xcd")  # which can be installed one by one
_VERSION = re.compile(r"^ProductKey=LibreOffice (\S+)", re.MULTILINE)


def folder() -> Path | None:
    """Where its libraries are; None: it is not installed, or not all of it that is needed."""
    program = shutil.which("soffice")
    found = Path(program).resolve().parent if program else None
    return found if found and all((found.parent / "share" / "registry" / each).exists() for each in _PARTS) else None


def _version() -> str | None:
    found = folder()
    said = _VERSION.search((found / "bootstraprc").read_text(errors="replace")) if found else None
    return said and said[1]


def _ways() -> Iterator[Way]:
    for sources, targets in GROUPS:
        for source in sources:
            for target in targets:
                if source != target:
                    yield Way(source, target, _STAGES, Kind.ESTIMATED, seconds=2.5, limits=(limits.DOCUMENT_PARTS,))


ENGINE = Engine(
    id="office",
    work="conversions.engines.office.work",
    ways=tuple(_ways()),
    probe=_version,
    extra="apt-get install libreoffice-writer-nogui libreoffice-calc-nogui libreoffice-impress-nogui",
)
