"""Carries out what LibreOffice is for. Macros do not run, and what a document names but does not hold is not there."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from conversions.engines import fontfiles
from conversions.engines.documents.sources import check_parts
from conversions.engines.engine import EngineFile, Report
from conversions.engines.office import folder
from conversions.engines.office.kit import Kit
from conversions.errors import EngineAbsent, PasswordNeeded

_LOCKED = "EncryptedPackage".encode(
    "utf-16-le"
)  # what holds a locked document of today, in the wrapping of yesterday's


def convert(sources: Sequence[EngineFile], target: EngineFile, options: Mapping[str, Any], report: Report) -> None:
    """Convert the one source."""
    (source,) = sources
    report(0.0, "encoding")
    _check(source)
    libraries = folder()
    if libraries is None:
        raise EngineAbsent(engine="office")
    fontfiles.use()
    named = source.path.with_name(f"document.{source.format}")  # by which it knows what has no signature
    named.hardlink_to(source.path)
    Kit(libraries, Path.cwd() / "profile").convert(named, target.path, target.format)
    report(1.0, "encoding")


def _check(source: EngineFile) -> None:
    content = source.path.read_bytes()
    if content.startswith(b"PK\3\4"):
        check_parts(source)
    elif _LOCKED in content:
        raise PasswordNeeded
