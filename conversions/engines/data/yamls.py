"""YAML, which can hold more than JSON: several documents in a file, and aliases, of which a few lines say a billion."""

from collections.abc import Iterator
from datetime import time
from decimal import Decimal
from typing import Any

import yaml

from conversions.engines import limits
from conversions.errors import CannotHold, ExpandsTooMuch

MOST = limits.ALIASES.most


class _Dumper(yaml.CSafeDumper):
    """Writes the values too that TOML and tables have, and YAML has not."""


_Dumper.add_representer(time, lambda dumper, value: dumper.represent_str(value.isoformat()))
_Dumper.add_representer(
    Decimal,
    lambda dumper, value: dumper.represent_scalar(
        f"tag:yaml.org,2002:{'float' if '.' in f'{value:f}' else 'int'}", f"{value:f}"
    ),
)


def load(text: str, to: str) -> Any:
    """What it holds; of several documents the list. Raises `CannotHold`, which names `to`, `ExpandsTooMuch`, and what
    PyYAML raises of text that is none."""
    try:
        documents = list(_documents(text, to))
    except yaml.constructor.ConstructorError as error:
        raise CannotHold(to=to, what=str(error.problem)[:200]) from error
    return documents[0] if len(documents) == 1 else documents or None


def dump(content: Any) -> str:
    """Text with the names in their order."""
    found: str = yaml.dump(content, Dumper=_Dumper, allow_unicode=True, sort_keys=False)
    return found


def _documents(text: str, to: str) -> Iterator[Any]:
    loader = yaml.CSafeLoader(text)
    try:
        while loader.check_node():
            node = loader.get_node()
            assert node is not None  # noqa: S101 (for the type checker)
            size = _unfolded(node, {}, to)
            if size > max(MOST, len(text)):
                raise ExpandsTooMuch(size=size, limit=MOST)
            yield loader.construct_document(node)
    finally:
        loader.dispose()


def _unfolded(node: yaml.Node, seen: dict[yaml.Node, int], to: str) -> int:
    """About how many letters it is with each alias written out."""
    if isinstance(node, yaml.ScalarNode):
        return len(node.value) + 1
    if node in seen:
        if not seen[node]:
            raise CannotHold(to=to, what="a part that holds itself")
        return seen[node]
    seen[node] = 0
    pairs = isinstance(node, yaml.MappingNode)
    inside = (each for pair in node.value for each in pair) if pairs else node.value
    seen[node] = 2 + sum(_unfolded(each, seen, to) for each in inside)
    return seen[node]
