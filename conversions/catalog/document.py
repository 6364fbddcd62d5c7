"""docs/formats.md: what converts to what here, by which way, and what may go wrong on it. `make docs` writes it.

The same whatever is installed: what every installation has, and apart from it what each extra adds.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from conversions.catalog import formats, routes
from conversions.catalog.formats import FORMATS, Format, Kind
from conversions.catalog.routes import Route
from conversions.engines import registry
from conversions.engines.engine import ANY, Engine, Way
from conversions.engines.limits import Limit, Unit
from conversions.errors import catalogue, human_duration, human_size

Pairs = dict[str, dict[str, Route]]
HEAD = """# Formats

Made by `make docs` from the table of formats (`conversions/catalog/formats.py`), the engines (`conversions/engines/`)
and the catalogue of errors (`conversions/errors/`).

"""
EXTRAS = """## Extras

Used where they are installed, and never needed: without them the site does not offer what they add. `make extras` adds
those that are Python packages; all are found when the site is started the next time.

"""


def as_markdown() -> str:
    """The whole page."""
    pairs = pairs_of(base())
    parts = (_engines(), _extras(pairs), _limits(), _pairs(pairs), _joins(), _errors())
    return HEAD + "\n".join(line for part in parts for line in (*part, ""))


def base() -> list[Engine]:
    """The engines of every installation."""
    return [engine for engine in registry.ENGINES if not engine.extra]


def pairs_of(engines: Iterable[Engine]) -> Pairs:
    """What these engines make of each format, and by which routes."""
    onward = routes.onward(registry.steps_of(engines))
    return {format.id: routes.cheapest(format.id, onward) for format in FORMATS}


def _engines() -> Iterator[str]:
    yield "## Engines\n"
    yield "| engine | packages | direct pairs | progress |"
    yield "|---|---|---|---|"
    for engine in base():
        progress = ", ".join(sorted({str(way.progress) for way in engine.ways}))
        pairs = sum(not way.joins for way in engine.ways)
        yield f"| {engine.id} | {', '.join(engine.distributions)} | {pairs} | {progress} |"


def _extras(pairs: Pairs) -> Iterator[str]:
    yield EXTRAS + "| extra | to install | new pairs | reads | writes |"
    yield "|---|---|---|---|---|"
    before = _count(pairs)
    for engine in registry.ENGINES:
        if engine.extra:
            more = _count(pairs_of([*base(), engine])) - before
            read, written = _names({way.source for way in engine.ways}), _names({way.target for way in engine.ways})
            yield f"| {engine.id} | `{engine.extra}` | {more} | {read} | {written} |"


def _count(pairs: Pairs) -> int:
    return sum(map(len, pairs.values()))


def _limits() -> Iterator[str]:
    """The ways of an engine that have the same limits, together."""
    yield "## Limits\n"
    yield "What a file may hold at most, and what its converter process may take for it.\n"
    yield "| engine | from | to | at most | time | memory |"
    yield "|---|---|---|---|---|---|"
    for engine in registry.ENGINES:
        alike: dict[tuple[str, str, str], list[Way]] = defaultdict(list)
        for way in engine.ways:
            alike[_allowed(way)].append(way)
        for (counted, time, memory), ways in alike.items():
            sources, targets = _names({way.source for way in ways}), _names({way.target for way in ways})
            yield f"| {engine.id} | {sources} | {targets} | {counted} | {time} | {memory} |"


def _names(ids: set[str]) -> str:
    return "all" if ANY in ids else ", ".join(format.name for format in FORMATS if format.id in ids) or "nothing"


def _allowed(way: Way) -> tuple[str, str, str]:
    counted = "; ".join(f"{limit.what}: {_shown(limit)}" for limit in way.limits)
    return counted, human_duration(way.wall_seconds), human_size(way.memory_bytes)


def _shown(limit: Limit) -> str:
    match limit.unit:
        case Unit.BYTES:
            return human_size(limit.most)
        case Unit.SECONDS:
            return human_duration(limit.most)
    return f"{limit.most:,}"


def _pairs(pairs: Pairs) -> Iterator[str]:
    yield f"## {_count(pairs):,} pairs\n"
    yield "A name in brackets is a format on the way.\n"
    for kind in Kind:
        readable = [format for format in FORMATS if format.kind is kind and pairs[format.id]]
        if readable:
            yield f"### {kind.capitalize()}\n"
            yield "| from | endings | to |"
            yield "|---|---|---|"
            for source in readable:
                endings = " ".join(f"`.{each}`" for each in source.extensions)
                yield f"| {source.name} | {endings} | {_targets(source, pairs[source.id])} |"
            yield ""


def _targets(source: Format, found: dict[str, Route]) -> str:
    return ", ".join(_target(found[target.id]) for target in routes.in_order(source, found))


def _target(route: Route) -> str:
    way = [formats.by_id(step.way.target).name for step in route.steps[:-1]]
    return f"{route.target.name} ({', '.join(way)})" if way else route.target.name


def _joins() -> Iterator[str]:
    yield "## Several files into one\n"
    for step in registry.steps_of(base(), joins=True):
        into, part = formats.by_id(step.way.target).name, step.way.source
        of = "files of all formats, as they are" if part == ANY else f"what is {formats.by_id(part).name} or becomes it"
        yield f"- {into}, of {of}"


def _errors() -> Iterator[str]:
    yield "## Errors\n"
    yield "| code | what happened | what to do | worth another try |"
    yield "|---|---|---|---|"
    for code, error in sorted(catalogue().items()):
        yield f"| `{code}` | {error.message} | {error.suggestion} | {'yes' if error.retryable else 'no'} |"
