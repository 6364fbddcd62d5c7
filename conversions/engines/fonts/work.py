"""Carries out what fontTools is for."""

from collections.abc import Mapping, Sequence
from typing import Any

from fontTools.ttLib import TTFont

from conversions.engines.engine import EngineFile, Report
from conversions.errors import CannotHold, DamagedFile, EngineFailed

_CUBIC, _QUADRATIC = "its outlines are those of OpenType", "its outlines are those of TrueType"
_SHOWN = {"ttf": "TrueType", "otf": "OpenType"}


def convert(sources: Sequence[EngineFile], target: EngineFile, options: Mapping[str, Any], report: Report) -> None:
    """Convert the one source, all of its tables as they are."""
    (source,) = sources
    report(0.0, "reading")
    try:
        font = TTFont(source.path, lazy=False)
        cubic = "CFF " in font or "CFF2" in font
    except MemoryError:
        raise
    except Exception as error:
        raise DamagedFile(reason=str(error)[:200] or type(error).__name__) from error
    if target.format in _SHOWN and cubic != (target.format == "otf"):
        raise CannotHold(to=_SHOWN[target.format], what=_CUBIC if cubic else _QUADRATIC)
    report(0.0, "encoding")
    font.flavor = target.format if target.format in ("woff", "woff2") else None
    try:
        font.save(target.path)
    except MemoryError:
        raise
    except Exception as error:
        raise EngineFailed(reason=str(error)[:200] or type(error).__name__) from error
    report(1.0, "encoding")
