"""Which pairs of which engines are switched off. It stands in the database, and every process goes by what it saw there
last: so whoever offers or chooses routes looks first, at the cost of one small query."""

from contextlib import suppress

from django.db import DatabaseError, InterfaceError, transaction

from conversions.engines import registry
from conversions.engines.registry import Pair
from conversions.models import SwitchedOffPair


def look() -> None:
    """Have this process's routes go by what is switched off now, or while the database is away by what was known."""
    with suppress(DatabaseError, InterfaceError):
        registry.switches.off = frozenset(SwitchedOffPair.objects.values_list("engine", "source", "target"))


@transaction.atomic
def switch(pair: Pair, on: bool) -> SwitchedOffPair | None:
    """Switch it, and return what stood or stands for it; None: it was so already."""
    engine, source, target = pair
    if not on:
        found, made = SwitchedOffPair.objects.get_or_create(engine=engine, source=source, target=target)
        return found if made else None
    gone = SwitchedOffPair.objects.filter(engine=engine, source=source, target=target).first()
    if gone is None:
        return None
    key = gone.pk
    gone.delete()
    gone.pk = key  # for the log
    return gone
