"""The options of each pair, in the words of JSON Schema, and their check. One source for forms, API and engines."""

import json
import re
from collections.abc import Mapping
from typing import Any

from conversions.catalog.routes import Pair
from conversions.errors import OptionInvalid, OptionsNotObject, OptionUnknown

Schema = dict[str, dict[str, Any]]

_QUALITY_DEFAULTS = {"jpeg": 85, "webp": 80, "avif": 60}
_COLOUR = "^#[0-9a-fA-F]{6}$"


def schema(pair: Pair) -> Schema:
    """Each option by name: its type, its range, its default, and a title for people."""
    found: Schema = {}
    if pair.target.lossy:
        found["quality"] = {
            "type": "integer",
            "title": "Quality",
            "minimum": 1,
            "maximum": 100,
            "default": _QUALITY_DEFAULTS[pair.target.id],
        }
    if pair.source.alpha and not pair.target.alpha:
        found["background"] = {
            "type": "string",
            "title": "Colour behind transparent parts",
            "format": "color",
            "pattern": _COLOUR,
            "default": "#ffffff",
        }
    return found


def validate(pair: Pair, options: object) -> dict[str, Any]:
    """The options with defaults for those left out. Raises `OptionsNotObject`, `OptionUnknown` or `OptionInvalid`."""
    if not isinstance(options, Mapping):
        raise OptionsNotObject(got=_shown(options))
    known = schema(pair)
    for name in options:
        if name not in known:
            raise OptionUnknown(
                option=_printable(str(name)[:64]), to=pair.target.name, options=", ".join(known) or "none"
            )
    for name, value in options.items():
        _check(name, value, known[name])
    return {name: options.get(name, rule["default"]) for name, rule in known.items()}


def _check(name: str, value: object, rule: dict[str, Any]) -> None:
    if rule["type"] == "integer":
        # bool is an int to Python, not to JSON
        valid = isinstance(value, int) and not isinstance(value, bool) and rule["minimum"] <= value <= rule["maximum"]
        expected = f"a whole number from {rule['minimum']} to {rule['maximum']}"
    else:
        valid = isinstance(value, str) and re.fullmatch(rule["pattern"], value) is not None
        expected = "a colour such as #ffffff"
    if not valid:
        raise OptionInvalid(option=name, expected=expected, got=_shown(value), default=rule["default"])


def _shown(value: object) -> str:
    text = _printable(json.dumps(value, ensure_ascii=False, default=str))
    return text if len(text) <= 60 else text[:59] + "…"


def _printable(text: str) -> str:
    """JSON may hold half a character, which no page can be written with."""
    return text.encode(errors="backslashreplace").decode()
