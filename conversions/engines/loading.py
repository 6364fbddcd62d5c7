"""The work of an engine, as the converter process needs it: without the other engines, whose import would take longer
than many a conversion."""

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import cast

from conversions.engines.engine import Convert
from conversions.errors import EngineAbsent


def code_of(work: str) -> Path:
    """The folder of an engine's module, which is not loaded yet."""
    spec = find_spec(work)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(work)
    return Path(spec.origin).parent


def load(work: str) -> Convert:
    """The `convert` of an engine's module, importing what it needs. Raises `EngineAbsent`."""
    try:
        return cast(Convert, import_module(work).convert)
    except ModuleNotFoundError as error:  # it was there when the worker was started
        from conversions.engines import registry

        absent = next((engine.id for engine in registry.ENGINES if engine.work == work), work)
        raise EngineAbsent(engine=absent) from error
