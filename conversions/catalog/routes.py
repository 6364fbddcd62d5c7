"""What converts to what: the pairs that the engines offer."""

from typing import NamedTuple

from conversions.catalog import formats
from conversions.catalog.formats import Format
from conversions.engines import registry
from conversions.errors import UnknownTarget, UnsupportedPair


class Pair(NamedTuple):
    """From one format to another."""

    source: Format
    target: Format


def targets(source: Format) -> list[Format]:
    """What files of this format can become, in the catalogue's order."""
    return [target for target in formats.FORMATS if registry.engine_for(source.id, target.id)]


def all_pairs() -> list[Pair]:
    """Every pair on offer."""
    return [Pair(source, target) for source in formats.FORMATS for target in targets(source)]


def find(source: Format, to: str) -> Pair:
    """The pair from this format to the one of id `to`. Raises `UnknownTarget` or `UnsupportedPair`."""
    target = formats.get(to)
    offered = ", ".join(one.id for one in targets(source))
    if target is None:
        raise UnknownTarget(to=to[:64], targets=offered)
    if registry.engine_for(source.id, target.id) is None:
        raise UnsupportedPair(source=source.name, to=target.name, targets=offered)
    return Pair(source, target)
