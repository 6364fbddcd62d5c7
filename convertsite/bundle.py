"""Joins JavaScript modules into one file without their comments, so that a first visit costs one request, not fifty.

The modules run as they are, too: nobody has to build anything. Read here is what they keep to: named imports and
exports at the start of a line, functions, classes and constants only, no cycles.
"""

import posixpath
import re
from collections.abc import Callable

JSDOC = re.compile(r"^[ \t]*/\*\*(?:(?!\*/).)*\*/[ \t]*\n|/\*\*.*?\*/[ \t]*", re.DOTALL | re.MULTILINE)
LINE_COMMENT = re.compile(r"^[ \t]*//.*\n", re.MULTILINE)
IMPORT = re.compile(r"""^import\s*\{([^}]*)\}\s*from\s*["']([^"']+)["'];\n""", re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const) (\w+))", re.MULTILINE)
STRANGE = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)


class NotBundled(ValueError):  # noqa: N818 (it says what is so)
    """A module has something at its top that is not understood here."""


def bundle(entry: str, read: Callable[[str], str]) -> str:
    """The module `entry` and all that it imports, as one module. Raises `NotBundled`."""
    order: list[str] = []
    _visit(entry, read, order, ())
    names = {path: f"m{number}" for number, path in enumerate(order)}
    return "".join(_wrapped(path, _stripped(read(path)), names) for path in order)


def _visit(path: str, read: Callable[[str], str], order: list[str], above: tuple[str, ...]) -> None:
    """Put the path behind those that it imports."""
    if path in above:
        raise NotBundled(f"{path} imports itself by way of {above[-1]}")
    if path in order:
        return
    for _, url in IMPORT.findall(_stripped(read(path))):
        _visit(_resolved(path, url), read, order, (*above, path))
    order.append(path)


def _resolved(path: str, url: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), url))


def _stripped(source: str) -> str:
    return LINE_COMMENT.sub("", JSDOC.sub("", source))


def _wrapped(path: str, source: str, names: dict[str, str]) -> str:
    """A scope of its own for each module, since two may use one name; it gives what the module exports."""

    def taken(found: re.Match[str]) -> str:
        wanted = " ".join(found[1].replace(" as ", ": ").split())
        return f"const {{ {wanted} }} = {names[_resolved(path, found[2])]};\n"

    exported = ", ".join(EXPORT.findall(source))
    body = EXPORT.sub("", IMPORT.sub(taken, source))
    if strange := STRANGE.search(body):
        raise NotBundled(f"{path}: {strange[0]}")
    return f"const {names[path]} = (() => {{\n{body}return {{ {exported} }};\n}})();\n"
