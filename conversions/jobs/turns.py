"""Whose conversion is next: owners take turns, so that nobody waits behind another's hundred files.

Long work has a lane and workers of its own, so that a film holds up no picture.
"""

from collections import defaultdict
from collections.abc import Sequence
from itertools import chain, zip_longest
from typing import Any

from django.db.models import Count, F, Max, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from conversions.catalog.routes import Route
from conversions.jobs.states import State
from conversions.models import Conversion, Lane

LONG_SECONDS = 10.0
LONG_BYTES = 100_000_000
TOLD = 200
"""Places that are known and told: of those further back nobody asks whether it is the 412th or the 411th."""
LOOKED_AT = 10_000
"""Waiting conversions of a lane, the oldest, that are looked at for it."""


def lane_of(route: Route, size: int) -> Lane:
    """Where a conversion of so many bytes waits."""
    return Lane.LONG if route.seconds >= LONG_SECONDS or size >= LONG_BYTES else Lane.SHORT


def first(lane: str) -> Conversion | None:
    """The one whose turn it is: the oldest of the owner who has the fewest running, and of these the one who was served
    the longest time ago."""
    waiting = _waiting(lane)
    if (owner := _owners(waiting, lane).first()) is None:
        return None
    return waiting.filter(owner=owner).order_by(*_OLDEST).first()


def places(lane: str) -> dict[Any, int]:
    """The places of the next `TOLD`, by id: 1 is the next. Each owner's first come first, then each one's second."""
    waiting = _waiting(lane)
    queues: dict[int, list[Any]] = defaultdict(list)
    for pk, owner in waiting.order_by(*_OLDEST).values_list("pk", "owner")[:LOOKED_AT]:
        queues[owner].append(pk)
    turns = _in_turn([queues[owner] for owner in _owners(waiting, lane) if owner in queues])
    return {pk: place for place, pk in enumerate(turns[:TOLD], 1)}


_OLDEST = ("queued_at", "id")


def _waiting(lane: str) -> QuerySet[Conversion]:
    return Conversion.objects.filter(state=State.QUEUED, deleted_at=None, lane=lane)


def _owners(waiting: QuerySet[Conversion], lane: str) -> QuerySet[Conversion, Any]:
    theirs = Conversion.objects.filter(owner=OuterRef("owner"), lane=lane).order_by().values("owner")
    running = theirs.annotate(found=Count("pk", filter=Q(state=State.RUNNING))).values("found")
    served = theirs.annotate(found=Max("started_at")).values("found")
    ordered = waiting.order_by().values("owner").annotate(first=Min("queued_at"))
    return (
        ordered.order_by(Coalesce(Subquery(running), 0), F("served").asc(nulls_first=True), "first")
        .alias(served=Subquery(served))
        .values_list("owner", flat=True)
    )


def _in_turn(queues: Sequence[Sequence[Any]]) -> list[Any]:
    return [pk for pk in chain.from_iterable(zip_longest(*queues)) if pk is not None]
