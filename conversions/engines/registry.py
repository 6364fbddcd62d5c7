"""Which engines there are, and which of them can work here."""

import functools
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from conversions.engines import (
    archives,
    cjk,
    data,
    documents,
    ffmpeg,
    fonts,
    geo,
    images,
    models,
    office,
    packing,
    pdf,
    pikepdf,
    pillow,
    raw,
    subtitles,
    svg,
    tables,
    typst,
)
from conversions.engines.engine import Engine, Way

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
    raw.ENGINE,
    models.ENGINE,
    geo.ENGINE,
    office.ENGINE,
    cjk.ENGINE,
    pikepdf.ENGINE,
    packing.ENGINE,
)


Pair = tuple[str, str, str]
"""What an operator switches off: an engine, and the formats that it goes from and to."""


class Switches:
    """What is switched off, as this process knows it."""

    off: frozenset[Pair] = frozenset()


switches = Switches()


class Step(NamedTuple):
    """One engine's part of a conversion; `of` says which of several sources it is for, None: all there is by then."""

    engine: Engine
    way: Way
    of: int | None = None

    @property
    def pair(self) -> Pair:
        """What it is switched off by."""
        return self.engine.id, self.way.source, self.way.target


@functools.cache
def present() -> dict[str, Engine]:
    """The engines whose packages are installed, by id."""
    return {engine.id: engine for engine in ENGINES if engine.version() is not None}


def steps(*, joins: bool = False) -> Iterator[Step]:
    """Every way of every engine that is present, unless it is switched off; only those from one file to one, or else
    those that join several."""
    off = switches.off
    return (step for step in steps_of(present().values(), joins=joins) if step.pair not in off)


def steps_of(engines: Iterable[Engine], *, joins: bool = False) -> Iterator[Step]:
    """The same of these engines, be they present and switched on or not."""
    return (Step(engine, way) for engine in engines for way in engine.ways if way.joins is joins)
