"""docs/formats.md: what converts to what here, by which way, and what may go wrong on it. `make docs` writes it."""

from collections import defaultdict
from collections.abc import Iterator

from conversions.catalog import formats, routes
from conversions.catalog.formats import Kind
from conversions.catalog.routes import Route
from conversions.engines import registry
from conversions.engines.engine import Way
from conversions.engines.limits import Limit, Unit
from conversions.errors import catalogue, human_duration, human_size

HEAD = """# Formats

Made by `make docs` from the table of formats (`conversions/catalog/formats.py`), the engines (`conversions/engines/`)
and the catalogue of errors (`conversions/errors.py`).

"""


def as_markdown() -> str:
    """The whole page."""
    return HEAD + "\n".join([*_engines(), "", *_limits(), "", *_pairs(), "", *_errors(), ""])


def _engines() -> Iterator[str]:
    yield "## Engines\n"
    yield "| engine | packages | direct pairs | progress |"
    yield "|---|---|---|---|"
    for engine in registry.ENGINES:
        progress = ", ".join(sorted({str(way.progress) for way in engine.ways}))
        yield f"| {engine.id} | {', '.join(engine.distributions)} | {len(engine.ways)} | {progress} |"


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
    return ", ".join(format.name for format in formats.FORMATS if format.id in ids)


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


def _pairs() -> Iterator[str]:
    yield f"## {len(routes.all_routes()):,} pairs\n"
    yield "A name in brackets is a format on the way.\n"
    for kind in Kind:
        readable = [format for format in formats.FORMATS if format.kind is kind and routes.targets(format)]
        if readable:
            yield f"### {kind.capitalize()}\n"
            yield "| from | endings | to |"
            yield "|---|---|---|"
            for source in readable:
                targets = ", ".join(_target(routes.find(source, target.id)) for target in routes.targets(source))
                yield f"| {source.name} | {' '.join(f'`.{each}`' for each in source.extensions)} | {targets} |"
            yield ""


def _target(route: Route) -> str:
    way = [formats.by_id(step.way.target).name for step in route.steps[:-1]]
    return f"{route.target.name} ({', '.join(way)})" if way else route.target.name


def _errors() -> Iterator[str]:
    yield "## Errors\n"
    yield "| code | what happened | what to do | worth another try |"
    yield "|---|---|---|---|"
    for code, error in sorted(catalogue().items()):
        yield f"| `{code}` | {error.message} | {error.suggestion} | {'yes' if error.retryable else 'no'} |"
