"""Carries out what the data engine is for."""

import json
import math
import tomllib
from collections.abc import Callable, Mapping, Sequence
from datetime import date, time
from typing import Any
from xml.parsers.expat import ExpatError

import tomli_w
import yaml

from conversions.engines.data import yamls
from conversions.engines.data.xml import from_xml, to_xml
from conversions.engines.engine import EngineFile, Report
from conversions.engines.texts import decoded
from conversions.errors import CannotHold, DamagedFile


def convert(sources: Sequence[EngineFile], target: EngineFile, options: Mapping[str, Any], report: Report) -> None:
    """Convert the one source; the result is UTF-8."""
    (source,) = sources
    report(0.0, "reading")
    to = target.format.upper()
    try:
        content = _READERS[source.format](source.path.read_bytes(), to)
    except (ValueError, yaml.YAMLError, ExpatError, RecursionError) as error:
        raise DamagedFile(reason=" ".join(str(error).split())[:200]) from error
    report(0.0, "encoding")
    try:
        text = _WRITERS[target.format](content)
    except (TypeError, ValueError, RecursionError, yaml.YAMLError) as error:
        raise CannotHold(to=to, what=str(error)[:200]) from error
    target.path.write_text(text, encoding="utf-8")
    report(1.0, "encoding")


def for_json(value: Any, strict: bool = True) -> Any:
    """With what JSON has no kind for as text: dates and times, and, as JavaScript calls them, numbers that are none or
    without end. Those stay numbers where what reads it is not so `strict`. Names are treated likewise."""
    match value:
        case dict():
            return {for_json(key, strict): for_json(each, strict) for key, each in value.items()}
        case list() | tuple() | set():
            return [for_json(each, strict) for each in value]
        case date() | time():
            return value.isoformat()
        case float() if strict and not math.isfinite(value):
            return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def _to_json(content: Any) -> str:
    return json.dumps(for_json(content), ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def _to_toml(content: Any) -> str:
    if not isinstance(content, dict):
        raise TypeError("it is a list or a single value, and TOML begins with names")
    return tomli_w.dumps(content) or "\n"  # of nothing, which TOML can say: a file that is not empty


def _full(value: Any) -> Any:
    """An element of XML that is empty is a text without letters, which TOML can hold too."""
    match value:
        case None:
            return ""
        case dict():
            return {key: _full(each) for key, each in value.items()}
        case list():
            return [_full(each) for each in value]
    return value


_READERS: dict[str, Callable[[bytes, str], Any]] = {
    "json": lambda content, _: json.loads(decoded(content)),
    "yaml": lambda content, to: yamls.load(decoded(content), to),
    "toml": lambda content, _: tomllib.loads(decoded(content)),
    "xml": lambda content, _: _full(from_xml(content)),
}
_WRITERS: dict[str, Callable[[Any], str]] = {
    "json": _to_json,
    "yaml": yamls.dump,
    "toml": _to_toml,
    "xml": to_xml,
}
