"""Carries out what pysubs2 is for."""

import html
import re
from collections.abc import Mapping, Sequence
from typing import Any

import pysubs2
from pysubs2.exceptions import UnknownFPSError

from conversions.engines import limits, xmls
from conversions.engines.engine import EngineFile, Report
from conversions.engines.options import AUTO
from conversions.engines.subtitles import STYLED
from conversions.engines.texts import decoded
from conversions.errors import DamagedFile, EngineFailed, TooManyCues

_NAMES = {"sub": "microdvd"}
# To pysubs2 whatever stands in braces is a style, and no text. Most formats have braces as text, too, which are these
# noncharacters as long as it has them.
_BRACES_MEAN_STYLES = STYLED | {"sub"}
_NO_STYLE = re.compile(r"\{([^\\{}]*)\}")
_OPEN, _CLOSE = "\ufdd0", "\ufdd1"
_NUMBERED = re.compile(r"&#(\d{3,});")  # as its XML has each letter that is not of ASCII


def convert(sources: Sequence[EngineFile], target: EngineFile, options: Mapping[str, Any], report: Report) -> None:
    """Convert the one source; the result is UTF-8."""
    (source,) = sources
    report(0.0, "encoding")
    content = source.path.read_bytes()
    if source.format == "ttml":
        xmls.check(content)
    encoding = options.get("encoding", AUTO)
    found = _read(decoded(content, None if encoding == AUTO else encoding), source.format, options)
    for event in found:
        if source.format == "vtt":
            event.text = html.unescape(event.text)
        if source.format not in _BRACES_MEAN_STYLES:
            event.text = _NO_STYLE.sub(rf"{_OPEN}\1{_CLOSE}", event.text)
    if not found.events:
        raise DamagedFile(reason="there is not one subtitle in it")
    if len(found.events) > limits.CUES.most:
        raise TooManyCues(cues=len(found.events), limit=limits.CUES.most)
    text = _with_braces(_text(found, target.format, options), target.format)
    target.path.write_text(text, encoding="utf-8")
    report(1.0, "encoding")


def _text(found: pysubs2.SSAFile, format: str, options: Mapping[str, Any]) -> str:
    if format == "vtt":  # which writes such signs as HTML does
        for event in found:
            event.text = html.escape(event.text, quote=False)
    if format == "ttml":
        return _NUMBERED.sub(lambda number: chr(int(number[1])), found.to_string(format))
    if format != "sub":
        return found.to_string(format)
    rate = float(options["frame_rate"])  # which pysubs2 would say in the frame 0, where few look for it
    return f"{{1}}{{1}}{rate:g}\n" + found.to_string(_NAMES[format], fps=rate, write_fps_declaration=False)


def _with_braces(text: str, format: str) -> str:
    mark = "\\" if format in STYLED else ""  # by which players know them from those of styles
    return text.replace(_OPEN, f"{mark}{{").replace(_CLOSE, f"{mark}}}")


def _read(text: str, format: str, options: Mapping[str, Any]) -> pysubs2.SSAFile:
    name = _NAMES.get(format, format)
    try:
        strict = not text.lstrip("\ufeff").startswith("{0}{0}")
        return pysubs2.SSAFile.from_string(text, format_=name, strict_fps_inference=strict)
    except UnknownFPSError:
        return pysubs2.SSAFile.from_string(text, format_=name, fps=float(options["frame_rate"]))
    except NotImplementedError as error:
        raise EngineFailed(reason=str(error)[:200]) from error
    except (pysubs2.Pysubs2Error, ValueError, IndexError, KeyError, RecursionError) as error:
        raise DamagedFile(reason=type(error).__name__) from error
