"""What converts to what, and by which way: the cheapest route of at most three steps."""

import functools
import heapq
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from itertools import count
from typing import Any, NamedTuple

from conversions.catalog import formats
from conversions.catalog.formats import Format
from conversions.engines import registry
from conversions.engines.engine import ANY, Kind, Stage
from conversions.engines.registry import Pair, Step
from conversions.errors import CannotCombine, EngineAbsent, UnknownTarget, UnsupportedPair

Frozen = dict[str, Any]
NOTHING: frozenset[Pair] = frozenset()
MOST_STEPS = 3
PER_STEP, PER_KIND, PER_SECOND = 1.0, 2.0, 0.1
"""What a step, a step to another kind of file and a second cost, in the unit of `Way.loss`."""
ENDING_LOSS = 5.0
"""From this on a step loses most of what the source holds, and a route ends: one picture of a film, its sound."""
MOST_LOSS = 7.0
"""What a route of several steps may lose in all: nobody wants the icon of a page."""


class Route(NamedTuple):
    """Steps in a row, of which each takes the last one's result. Of several sources, each has steps of its own, before
    the one that joins what came of them."""

    steps: tuple[Step, ...]

    @property
    def source(self) -> Format:
        """What goes in."""
        return formats.by_id(self.steps[0].way.source)

    @property
    def target(self) -> Format:
        """What comes out."""
        return formats.by_id(self.steps[-1].way.target)

    @property
    def format_ids(self) -> list[str]:
        """The ids of those on the way, from the first to the last."""
        return [self.steps[0].way.source, *(step.way.target for step in self.steps)]

    @property
    def stages(self) -> list[list[Stage]]:
        """Each step's stages; their weights, which add up to 1, are shares of the route's usual time."""
        return [
            [Stage(stage.id, stage.weight * step.way.seconds / self.seconds) for stage in step.way.stages]
            for step in self.steps
        ]

    @property
    def seconds(self) -> float:
        """That a usual file takes."""
        return sum(step.way.seconds for step in self.steps)

    @property
    def progress(self) -> Kind:
        """That of the step which knows least."""
        return max((step.way.progress for step in self.steps), key=list(Kind).index)


def targets(source: Format) -> list[Format]:
    """What files of this format can become, in the catalogue's order: first those of its own kind, itself the last."""
    return in_order(source, _routes(source.id))


def in_order(source: Format, ids: Container[str]) -> list[Format]:
    """Those formats, in the order of `targets`."""
    found = [target for target in formats.FORMATS if target.id in ids]
    return sorted(found, key=lambda target: (target.kind != source.kind, target is source))


def readable() -> list[Format]:
    """What files may be, to become anything."""
    return [format for format in formats.FORMATS if _routes(format.id)]


def readable_kinds() -> str:
    """What files may be, as a sentence begins: “Pictures, drawings, 3-D models”."""
    first, *others = dict.fromkeys(formats.KINDS[format.kind] for format in readable())
    return ", ".join([first, *(kind[:1].lower() + kind[1:] for kind in others)])


def readable_as(format: Format) -> Format | None:
    """As what a file of this format can be read here: as what it is, or else as what it is also; None: not at all."""
    either = (format, formats.get(format.also))
    return next((each for each in either if each and _routes(each.id)), None)


def on_offer() -> list[Format]:
    """What files may be, or become."""
    used = {id for step in registry.steps() for id in (step.way.source, step.way.target)}
    return [format for format in formats.FORMATS if format.id in used]


def all_routes() -> list[Route]:
    """Every pair on offer, with its route."""
    return [route for source in formats.FORMATS for route in _routes(source.id).values()]


def find(source: Format, to: str) -> Route:
    """The route from this format to the one of id `to`. Raises `UnknownTarget` or `UnsupportedPair`."""
    target = formats.get(to)
    offered = ", ".join(one.id for one in targets(source))
    if target is None:
        raise UnknownTarget(to=to[:64], targets=offered)
    route = _routes(source.id).get(to)
    if route is None:
        raise UnsupportedPair(source=source.name, format=source.id, to=target.name, targets=offered)
    return route


def joins() -> dict[str, Step]:
    """The steps that make one file of several, by the id of its format."""
    return {step.way.target: step for step in registry.steps(joins=True)}


def joinable(join: Step) -> list[Format] | None:
    """What files may be, to be joined so; None: whatever they are."""
    part = join.way.source
    if part == ANY:
        return None
    return [format for format in formats.FORMATS if format.id == part or part in _routes(format.id)]


def packs(to: str) -> bool:
    """Whether files are combined into this format as they are, so that nobody need know what they are."""
    return to in joins() and joinable(joins()[to]) is None


def combined(sources: Sequence[Format], to: str) -> Route:
    """The route from one file of each of these formats to one file of the format of id `to`. Raises `UnknownTarget`, or
    `CannotCombine` if nothing joins files to that, or one of the sources cannot become what is joined."""
    known = joins()
    target, join = formats.get(to), known.get(to)
    if target is None:
        raise UnknownTarget(to=to[:64], targets=", ".join(known))
    others = [each for each in known if each != to]
    names = ", ".join(formats.by_id(each).name for each in others)
    told = {"to": target.name, "others": names, "targets": ", ".join(others)}
    if join is None:
        raise CannotCombine(source=sources[0].name, **told)
    steps: list[Step] = []
    for number, source in enumerate(sources):
        as_it_is = join.way.source in (ANY, source.id)
        route = Route(()) if as_it_is else _routes(source.id).get(join.way.source)
        if route is None:
            raise CannotCombine(source=source.name, **told)
        steps += [step._replace(of=number) for step in route.steps]
    return Route((*steps, join))


def around(route: Route, broken: Step) -> Route | None:
    """Another way from the same to the same that does without one of the steps; None: there is none."""
    if broken.way.joins:
        return None
    part = [step for step in route.steps if step.of == broken.of]
    others = onward(step for step in registry.steps() if step != broken._replace(of=None))
    other = cheapest(part[0].way.source, others).get(part[-1].way.target)
    if other is None:
        return None
    begin = route.steps.index(part[0])
    instead = (step._replace(of=broken.of) for step in other.steps)
    return Route((*route.steps[:begin], *instead, *route.steps[begin + len(part) :]))


def switched_on(route: Route) -> Route:
    """The route itself, or another that goes around what has been switched off since. Raises `EngineAbsent` if there is
    none."""
    off = next((step for step in route.steps if step.pair in registry.switches.off), None)
    if off is None:
        return route
    other = around(route, off)
    if other is None:
        raise EngineAbsent(engine=off.engine.id)
    return switched_on(other)


def frozen(route: Route) -> list[Frozen]:
    """The route as a row keeps it: what is under way changes neither its way nor its engines."""
    return [_frozen(step) for step in route.steps]


def _frozen(step: Step) -> Frozen:
    way, version = step.way, step.engine.version() or ""
    kept: Frozen = {"engine": step.engine.id, "version": version, "source": way.source, "target": way.target}
    if way.joins:
        kept["joins"] = True
    return kept if step.of is None else {**kept, "of": step.of}


def thawed(kept: Sequence[Frozen]) -> Route:
    """The route that a row keeps, be it switched off or not. Raises `EngineAbsent` if one of its steps has gone."""
    return Route(tuple(_kept_step(each) for each in kept))


def _kept_step(kept: Frozen) -> Step:
    pair = kept["engine"], kept["source"], kept["target"]
    joining = registry.steps_of(registry.present().values(), joins=True)
    for step in joining if kept.get("joins", False) else _onward_without(NOTHING).get(kept["source"], ()):
        if step.pair == pair:
            return step._replace(of=kept.get("of"))
    raise EngineAbsent(engine=kept["engine"])


def _routes(source: str) -> dict[str, Route]:
    return _routes_without(registry.switches.off, source)


# By what is off, since another thread may have learnt of another switch by the time that one is done.
@functools.lru_cache(maxsize=1024)
def _routes_without(off: frozenset[Pair], source: str) -> dict[str, Route]:
    return cheapest(source, _onward_without(off))


@functools.lru_cache(maxsize=4)
def _onward_without(off: frozenset[Pair]) -> dict[str, list[Step]]:
    return onward(step for step in registry.steps_of(registry.present().values()) if step.pair not in off)


def onward(steps: Iterable[Step]) -> dict[str, list[Step]]:
    """The steps that begin at each format."""
    found: dict[str, list[Step]] = defaultdict(list)
    for step in steps:
        found[step.way.source].append(step)
    return dict(found)


def cheapest(source: str, onward: Mapping[str, Sequence[Step]]) -> dict[str, Route]:
    """The cheapest route from a format to each target. To what it is already, there is but a direct way."""
    best: dict[str, Route] = {}
    order = count()
    queue: list[tuple[float, int, tuple[Step, ...]]] = [(0.0, next(order), ())]
    while queue:
        cost, _, steps = heapq.heappop(queue)
        reached = steps[-1].way.target if steps else source
        if reached in best or (reached == source and len(steps) > 1):
            continue
        if steps:
            best[reached] = Route(steps)
        if steps and reached == source:
            continue
        for step in onward.get(reached, ()):
            if not steps or _may_follow(steps, step):
                heapq.heappush(queue, (cost + _cost(step), next(order), (*steps, step)))
    return best


def _may_follow(steps: Sequence[Step], step: Step) -> bool:
    last, loss = steps[-1].way, sum(each.way.loss for each in (*steps, step))
    source, target = formats.by_id(steps[0].way.source), formats.by_id(step.way.target)
    wanted = target.kind == source.kind or not target.of_own_kind
    leads = wanted and target.kind in formats.by_id(last.target).leads_to
    changes = step.way.source != step.way.target
    return len(steps) < MOST_STEPS and changes and leads and last.loss < ENDING_LOSS and loss <= MOST_LOSS


def _cost(step: Step) -> float:
    way = step.way
    changes_kind = formats.by_id(way.source).kind != formats.by_id(way.target).kind
    return PER_STEP + way.loss + PER_KIND * changes_kind + PER_SECOND * way.seconds
