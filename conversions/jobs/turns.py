"""Whose conversion is next: owners take turns, so that nobody waits behind another's hundred files.

Long work has a lane and workers of its own, so that a film holds up no picture.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import chain, zip_longest
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet

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
    since = dict(waiting.order_by().values_list("owner").annotate(since=Min("queued_at")))
    if not since:
        return None
    return waiting.filter(owner=_by_turn(since, lane)[0]).order_by(*_OLDEST).first()


def places(lane: str) -> dict[Any, int]:
    """The places of the next `TOLD`, by id: 1 is the next. Each owner's first come first, then each one's second."""
    queues: dict[int, list[Any]] = {}
    since: dict[int, datetime] = {}
    oldest = _waiting(lane).order_by(*_OLDEST).values_list("pk", "owner", "queued_at")
    for pk, owner, queued_at in oldest[:LOOKED_AT]:
        queues.setdefault(owner, []).append(pk)
        since.setdefault(owner, queued_at)
    turns = _in_turn([queues[owner] for owner in _by_turn(since, lane)])
    return {pk: place for place, pk in enumerate(turns[:TOLD], 1)}


_OLDEST = ("queued_at", "id")


def _waiting(lane: str) -> QuerySet[Conversion]:
    return Conversion.objects.filter(state=State.QUEUED, deleted_at=None, lane=lane)


def _by_turn(since: Mapping[int, datetime], lane: str) -> list[int]:
    """The owners of what waits, each since then, in the order of their turns."""
    theirs = Conversion.objects.filter(lane=lane, owner__in=_waiting(lane).values("owner")).order_by()
    told = theirs.values_list("owner").annotate(
        running=Count("pk", filter=Q(state=State.RUNNING)), served=Max("started_at", filter=~Q(state=State.QUEUED))
    )
    known = {owner: (running, served) for owner, running, served in told}

    def turn(owner: int) -> tuple[int, float, datetime]:
        running, served = known.get(owner, (0, None))  # what waited may have gone meanwhile
        return running, served.timestamp() if served else 0.0, since[owner]

    return sorted(since, key=turn)


def _in_turn(queues: Sequence[Sequence[Any]]) -> list[Any]:
    return [pk for pk in chain.from_iterable(zip_longest(*queues)) if pk is not None]


def waiting_since() -> dict[str, datetime]:
    """When the oldest of those that wait was queued, for each lane where any does."""
    waiting = Conversion.objects.filter(state=State.QUEUED, deleted_at=None).order_by()
    return dict(waiting.values_list("lane").annotate(since=Min("queued_at")))
