"""Which engines there are, and which of them can work here."""

import functools
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple, cast

from conversions.engines import (
    archives,
    data,
    documents,
    ffmpeg,
    fonts,
    images,
    pdf,
    pillow,
    subtitles,
    svg,
    tables,
    typst,
)
from conversions.engines.engine import Convert, Engine, Way

ENGINES: tuple[Engine, ...] = (
    images.ENGINE,
    pillow.ENGINE,
    ffmpeg.ENGINE,
    subtitles.ENGINE,
    fonts.ENGINE,
    data.ENGINE,
    documents.ENGINE,
    typst.ENGINE,
    pdf.ENGINE,
    svg.ENGINE,
    tables.ENGINE,
    archives.ENGINE,
)


class Step(NamedTuple):
    """One engine's part of a conversion."""

    engine: Engine
    way: Way


@functools.cache
def present() -> dict[str, Engine]:
    """The engines whose packages are installed, by id."""
    return {engine.id: engine for engine in ENGINES if engine.version() is not None}


def steps() -> Iterator[Step]:
    """Every way of every engine that is present."""
    return (Step(engine, way) for engine in present().values() for way in engine.ways)


def code_of(work: str) -> Path:
    """The folder of an engine's module, which is not loaded yet."""
    spec = find_spec(work)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(work)
    return Path(spec.origin).parent


def load(work: str) -> Convert:
    """The `convert` of an engine's module, importing what it needs."""
    return cast(Convert, import_module(work).convert)
