"""XML as the values that JSON has, and back: attributes are called `@name`, text beside them `#text`."""

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

import xmltodict

from conversions.engines import xmls

_NO_NAME = re.compile(r"[^\w.-]+")
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ROOT, _ITEM = "root", "item"


def from_xml(content: bytes) -> Any:
    """Each element as its text, or as an object of what it holds; those that come again as a list."""
    xmls.check(content)
    return xmltodict.parse(content)


def to_xml(content: Any) -> str:
    """What has no root gets one."""
    prepared = _prepared(content)
    has_root = isinstance(prepared, dict) and len(prepared) == 1 and not next(iter(prepared)).startswith(("@", "#"))
    if not has_root or isinstance(next(iter(prepared.values())), list):
        prepared = {_ROOT: {_ITEM: prepared} if isinstance(prepared, list) else prepared}
    found: str = xmltodict.unparse(prepared, pretty=True, indent="  ")
    return found + "\n"


def _prepared(value: Any) -> Any:
    """With names and letters that XML allows. A list within a list is an element of its own."""
    match value:
        case Mapping():
            return {_key(str(key)): _prepared(each) for key, each in value.items()}
        case list():
            return [{_ITEM: _prepared(each)} if isinstance(each, list) else _prepared(each) for each in value]
        case bool():
            return "true" if value else "false"
        case datetime() | date() | time():
            return value.isoformat()
        case None:
            return None
    return text(str(value))


def _key(key: str) -> str:
    if key == "#text":
        return key
    return f"@{name(key[1:])}" if key.startswith("@") else name(key)


def name(key: str) -> str:
    """A name that XML allows, as near as can be."""
    found = _NO_NAME.sub("_", key)
    return found if re.match(r"[^\W\d]", found) and not found.lower().startswith("xml") else f"_{found}"


def text(value: str) -> str:
    """Without the letters that XML cannot hold."""
    return _NO_XML.sub("\ufffd", value)
