"""Tables as YAML and XML, row by row, and lists of objects out of YAML."""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import yaml

from conversions.engines.data import xml, yamls
from conversions.engines.data.work import for_json
from conversions.engines.engine import EngineFile
from conversions.engines.tables.pages import Row
from conversions.engines.texts import decoded
from conversions.errors import CannotHold, DamagedFile

_TABLE = "A table"


def write_json(source: EngineFile, path: Path) -> None:
    """Write the list of objects in a YAML file as JSON; each document may be one."""
    try:
        content = yamls.load(decoded(source.path.read_bytes()), _TABLE)
        if not isinstance(content, list) or not all(isinstance(row, dict) for row in content) or not content:
            raise CannotHold(to=_TABLE, what="it is no list of objects")
        path.write_text(json.dumps(for_json(content, strict=False)), encoding="utf-8")
    except (ValueError, TypeError, yaml.YAMLError, RecursionError) as error:
        raise DamagedFile(reason=" ".join(str(error).split())[:200]) from error


def as_yaml(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """A list of objects."""
    for row in rows:
        yield yamls.dump([dict(zip(names, row, strict=True))])


def as_xml(names: Sequence[str], rows: Iterable[Row]) -> Iterator[str]:
    """An element a row, with an element for each value that is there."""
    tags = [xml.name(name) for name in names]
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<rows>\n'
    for row in rows:
        values = ((tag, cell) for tag, cell in zip(tags, row, strict=True) if cell is not None)
        yield f"<row>{''.join(f'<{tag}>{escape(xml.text(cell))}</{tag}>' for tag, cell in values)}</row>\n"
    yield "</rows>\n"
