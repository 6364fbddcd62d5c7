"""Carries out what the data engine is for."""

import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any
from xml.parsers.expat import ExpatError

import tomli_w
import yaml

from conversions.engines.data.xml import from_xml, to_xml
from conversions.engines.engine import EngineFile, Report
from conversions.engines.texts import decoded
from conversions.errors import CannotHold, DamagedFile


def convert(sources: Sequence[EngineFile], target: EngineFile, options: Mapping[str, Any], report: Report) -> None:
    """Convert the one source; the result is UTF-8."""
    (source,) = sources
    report(0.0, "reading")
    try:
        content = _READERS[source.format](source.path.read_bytes())
    except (ValueError, yaml.YAMLError, ExpatError, RecursionError) as error:
        raise DamagedFile(reason=" ".join(str(error).split())[:200]) from error
    report(0.0, "encoding")
    try:
        text = _WRITERS[target.format](content)
    except (TypeError, ValueError, RecursionError) as error:
        raise CannotHold(to=target.format.upper(), what=str(error)[:200]) from error
    target.path.write_text(text, encoding="utf-8")
    report(1.0, "encoding")


def from_yaml(text: str) -> Any:
    """Without aliases: a few lines of them can say a billion."""
    if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.CSafeLoader)):
        raise ValueError("aliases are not read here")
    return yaml.load(text, Loader=yaml.CSafeLoader)


def for_json(value: Any) -> str:
    """What JSON has no kind for, as text. Raises `TypeError`."""
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    raise TypeError(f"a value of the kind {type(value).__name__}")


def _to_json(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, indent=2, default=for_json) + "\n"


def _to_yaml(content: Any) -> str:
    found: str = yaml.dump(content, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False)
    return found


def _to_toml(content: Any) -> str:
    if not isinstance(content, dict):
        raise TypeError("it is a list or a single value, and TOML begins with names")
    return tomli_w.dumps(content)


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


_READERS: dict[str, Callable[[bytes], Any]] = {
    "json": lambda content: json.loads(decoded(content)),
    "yaml": lambda content: from_yaml(decoded(content)),
    "toml": lambda content: tomllib.loads(decoded(content)),
    "xml": lambda content: _full(from_xml(content)),
}
_WRITERS: dict[str, Callable[[Any], str]] = {"json": _to_json, "yaml": _to_yaml, "toml": _to_toml, "xml": to_xml}
