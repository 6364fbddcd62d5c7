"""What an engine is: the ways that it offers from one format to another, and the contract of its work.

Importing this, or an engine's package, loads no engine: its libraries are loaded in the converter process alone.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from conversions.engines.limits import Limit

Report = Callable[[float, str], None]  # the fraction done of a stage, 0 to 1, and the stage's id
Schema = Mapping[str, Mapping[str, Any]]  # options by name, each in the words of JSON Schema
ANY = "any"
"""The source of a way that takes files of all formats as they are."""


@dataclass(frozen=True)
class EngineFile:
    """A file that an engine reads or writes. The path is ours and never holds the user's text, which is in `name`: what
    the user calls the file."""

    path: Path
    format: str
    name: str = ""


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


class Kind(StrEnum):
    """How much the percentage is worth."""

    MEASURED = "measured"
    """The fraction done is really known."""
    PHASED = "phased"
    """It is known which stage is under way, and of some stages how far they are."""
    ESTIMATED = "estimated"
    """Nothing is heard until the end; the time of earlier conversions says where it may be."""


@dataclass(frozen=True)
class Way:
    """A direct conversion that an engine offers.

    `loss` says what is lost of what the source can hold: 0 nothing, 1 some quality, 2 parts such as transparency or
    layout, 5 most of it. `seconds` is the time that a usual file takes; it weighs the steps of a route.
    `wall_seconds` and `memory_bytes` are what any may take; `limits` are kept by the engine. One that `joins` makes one
    file of any number of them, and is no part of a route of one.
    """

    source: str
    target: str
    stages: tuple[Stage, ...]
    progress: Kind = Kind.PHASED
    options: Schema = field(default_factory=dict, hash=False)
    loss: float = 0.0
    seconds: float = 1.0
    limits: tuple[Limit, ...] = ()
    wall_seconds: float = 600.0
    memory_bytes: int = 2 * 1024**3
    joins: bool = False


@dataclass(frozen=True)
class Engine:
    """An engine. `work` is the module that has its `convert`, `distributions` names the packages that it needs.

    One that needs something else than packages has a `probe`, which tells its version or that it is absent. An `extra`
    is no part of every installation: that is the command which adds it.
    """

    id: str
    work: str
    ways: tuple[Way, ...] = field(hash=False)
    distributions: tuple[str, ...] = ()
    probe: Callable[[], str | None] | None = None
    extra: str = ""

    def version(self) -> str | None:
        """Of its first package, or as its probe tells; None: one of them is absent, and the engine with it."""
        from importlib import metadata  # here, since it is a third of a converter process's start, which needs none

        if self.probe:
            return self.probe()
        try:
            versions = [metadata.version(name) for name in self.distributions]
        except metadata.PackageNotFoundError:
            return None
        return versions[0] if versions else ""
