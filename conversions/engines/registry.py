"""Which engines there are, what each reads and writes, and the stages that its work goes through.

Importing this loads no engine: an engine's libraries are loaded in the converter process alone.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, cast

Report = Callable[[float, str], None]  # the fraction done of a stage, 0 to 1, and the stage's id


@dataclass(frozen=True)
class EngineFile:
    """A file that an engine reads or writes. The path is ours and never holds the user's text."""

    path: Path
    format: str


class Convert(Protocol):
    """An engine's work: writes `target.path`, calls `report` on the way, raises a `ConversionsError`."""

    def __call__(
        self, sources: Sequence[EngineFile], target: EngineFile, options: Mapping[str, Any], report: Report
    ) -> None: ...


@dataclass(frozen=True)
class Stage:
    """A part of the work. `weight` is its usual share of the time; those of all stages add up to 1."""

    id: str
    weight: float


@dataclass(frozen=True)
class Engine:
    """An engine; `module` has its `convert`. Of the targets that are `measured`, the fraction done is really known."""

    id: str
    module: str
    reads: frozenset[str]
    stages: Mapping[str, tuple[Stage, ...]] = field(hash=False)
    measured: frozenset[str] = frozenset()


STORING = Stage("storing", 0.0)  # ends every conversion: the result is on its way to where it is kept


def _reading_then_encoding(reading: float) -> tuple[Stage, ...]:
    return Stage("reading", reading), Stage("encoding", 1 - reading), STORING


# Shares measured with photographs of 24 megapixels on two cores.
_IMAGE_STAGES = {
    "jpeg": _reading_then_encoding(0.7),
    "png": _reading_then_encoding(0.15),
    "webp": _reading_then_encoding(0.1),
    "avif": _reading_then_encoding(0.05),
    "gif": _reading_then_encoding(0.05),
    "tiff": _reading_then_encoding(0.15),
}

ENGINES = (
    Engine(
        id="images",
        module="conversions.engines.images",
        reads=frozenset(_IMAGE_STAGES),
        stages=_IMAGE_STAGES,
        measured=frozenset({"jpeg", "png", "webp", "tiff"}),
    ),
)


def engine_for(source: str, target: str) -> Engine | None:
    """The engine that converts one format to another; a format is not converted to itself."""
    if source == target:
        return None
    return next((engine for engine in ENGINES if source in engine.reads and target in engine.stages), None)


def load(module: str) -> Convert:
    """The `convert` of an engine's module, importing what it needs."""
    return cast(Convert, import_module(module).convert)
