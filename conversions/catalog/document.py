"""docs/formats.md: what converts to what here, by which way, and what may go wrong on it. `make docs` writes it."""

from collections.abc import Iterator

from conversions.catalog import formats, routes
from conversions.catalog.formats import Kind
from conversions.catalog.routes import Route
from conversions.engines import registry
from conversions.errors import catalogue

HEAD = """# Formats

Made by `make docs` from the table of formats (`conversions/catalog/formats.py`), the engines (`conversions/engines/`)
and the catalogue of errors (`conversions/errors.py`).

"""


def as_markdown() -> str:
    """The whole page."""
    return HEAD + "\n".join([*_engines(), "", *_pairs(), "", *_errors(), ""])


def _engines() -> Iterator[str]:
    yield "## Engines\n"
    yield "| engine | packages | direct pairs | progress |"
    yield "|---|---|---|---|"
    for engine in registry.ENGINES:
        progress = ", ".join(sorted({str(way.progress) for way in engine.ways}))
        yield f"| {engine.id} | {', '.join(engine.distributions)} | {len(engine.ways)} | {progress} |"


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
