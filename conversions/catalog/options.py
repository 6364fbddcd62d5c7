"""The options of each route, in the words of JSON Schema, and their check. One source for forms, API and engines."""

import functools
import json
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from conversions.catalog.routes import Route
from conversions.engines import registry
from conversions.engines.engine import Schema
from conversions.engines.registry import Step
from conversions.errors import OptionInvalid, OptionsNotObject, OptionUnknown

Rule = Mapping[str, Any]


class Type(NamedTuple):
    """How values of a JSON type are checked, and described to who got them wrong."""

    fits: Callable[[Any, Rule], bool]
    expected: Callable[[Rule], str]


def schema(route: Route) -> Schema:
    """Each option by name: its type, its range, its default, and a title for people. What several steps take is one."""
    return {name: rule for step in route.steps for name, rule in step.way.options.items()}


def json_schema(route: Route) -> dict[str, Any]:
    """All of it as a JSON Schema: of an object that may have each option, and none other."""
    return {"type": "object", "properties": schema(route), "additionalProperties": False}


def validate(route: Route, options: object) -> dict[str, Any]:
    """The options with defaults for those left out. Raises `OptionsNotObject`, `OptionUnknown` or `OptionInvalid`."""
    if not isinstance(options, Mapping):
        raise OptionsNotObject(got=_shown(options))
    known = schema(route)
    for name in options:
        if name not in known:
            shown = _printable(str(name)[:64])
            raise OptionUnknown(option=shown, to=route.target.name, options=", ".join(known) or "none")
    for name, value in options.items():
        _check(name, value, known[name])
    return {name: options.get(name, rule["default"]) for name, rule in known.items()}


def of_step(step: Step, options: Mapping[str, Any]) -> dict[str, Any]:
    """Those that one step of a route takes."""
    return {name: value for name, value in options.items() if name in step.way.options}


def told(options: Mapping[str, Any]) -> dict[str, Any]:
    """Those that anybody may see, and that are kept when the work is done: all but passwords."""
    return {name: value for name, value in options.items() if name not in _secret()}


@functools.cache
def _secret() -> frozenset[str]:
    ways = (way for engine in registry.ENGINES for way in engine.ways)
    return frozenset(name for way in ways for name, rule in way.options.items() if rule.get("writeOnly"))


def _check(name: str, value: object, rule: Rule) -> None:
    kind = TYPES["choice" if "enum" in rule else rule["type"]]
    if not kind.fits(value, rule):
        got = "what was sent" if rule.get("writeOnly") else _shown(value)
        default = "none" if rule["default"] == "" else rule["default"]
        raise OptionInvalid(option=name, expected=kind.expected(rule), got=got, default=default)


def _is_number(value: Any, rule: Rule) -> bool:
    # bool is an int to Python, not to JSON
    return (
        isinstance(value, int | float) and not isinstance(value, bool) and rule["minimum"] <= value <= rule["maximum"]
    )


TYPES = {
    "integer": Type(
        lambda value, rule: isinstance(value, int) and _is_number(value, rule),
        lambda rule: f"a whole number from {rule['minimum']} to {rule['maximum']}",
    ),
    "number": Type(_is_number, lambda rule: f"a number from {rule['minimum']:g} to {rule['maximum']:g}"),
    "boolean": Type(lambda value, _: isinstance(value, bool), lambda _: "true or false"),
    "string": Type(
        lambda value, rule: isinstance(value, str) and re.fullmatch(rule["pattern"], value) is not None,
        lambda rule: rule.get("expected", "a colour such as #ffffff"),
    ),
    "choice": Type(
        lambda value, rule: isinstance(value, str) and value in rule["enum"],
        lambda rule: f"one of {', '.join(rule['enum'])}",
    ),
}


def _shown(value: object) -> str:
    text = _printable(json.dumps(value, ensure_ascii=False, default=str))
    return text if len(text) <= 60 else text[:59] + "…"


def _printable(text: str) -> str:
    """JSON may hold half a character, which no page can be written with."""
    return text.encode(errors="backslashreplace").decode()
