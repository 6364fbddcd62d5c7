"""Carries out what pysubs2 is for."""

import html
from collections.abc import Mapping, Sequence
from typing import Any

import pysubs2
from pysubs2.exceptions import UnknownFPSError

from conversions.engines import limits, xmls
from conversions.engines.engine import EngineFile, Report
from conversions.engines.texts import decoded
from conversions.errors import DamagedFile, EngineFailed, TooManyCues

_NAMES = {"sub": "microdvd"}


def convert(sources: Sequence[EngineFile], target: EngineFile, options: Mapping[str, Any], report: Report) -> None:
    """Convert the one source; the result is UTF-8."""
    (source,) = sources
    report(0.0, "encoding")
    content = source.path.read_bytes()
    if source.format == "ttml":
        xmls.check(content)
    found = _read(decoded(content), source.format, options)
    if source.format == "vtt":
        for event in found:
            event.text = html.unescape(event.text)
    if not found.events:
        raise DamagedFile(reason="there is not one subtitle in it")
    if len(found.events) > limits.CUES.most:
        raise TooManyCues(cues=len(found.events), limit=limits.CUES.most)
    target.path.write_text(_text(found, target.format, options), encoding="utf-8")
    report(1.0, "encoding")


def _text(found: pysubs2.SSAFile, format: str, options: Mapping[str, Any]) -> str:
    if format == "vtt":  # which writes such signs as HTML does
        for event in found:
            event.text = event.text.replace("&", "&amp;")
    if format != "sub":
        return found.to_string(format)
    rate = float(options["frame_rate"])  # which pysubs2 would say in the frame 0, where few look for it
    return f"{{1}}{{1}}{rate:g}\n" + found.to_string(_NAMES[format], fps=rate, write_fps_declaration=False)


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
