"""Sees to it that what the database says has ended is in the history too, whatever became of the process that ended it.

A row is marked by the update that ends it, and the mark goes when the history has the event. Nobody waits for that in a
request: a worker clears the mark of its own conversion, and beat announces the rest again, which changes nothing where
the history has it.
"""

import logging
from collections.abc import Iterable

from django.db import DatabaseError

from conversions.jobs.announcements import announce
from conversions.models import Conversion
from realtime import flush

PATIENCE = 5.0  # seconds for the histories to have the events
WORKERS_PATIENCE = 1.0  # beat sees to what takes longer
BATCH = 500
logger = logging.getLogger(__name__)
_unreadable: set[str] = set()  # marks, until this process ends: a newer one may read them


def settle(conversion: Conversion) -> None:
    """Clear the mark of a conversion whose event this process has sent, if the history has it by then."""
    if conversion.unannounced and flush(WORKERS_PATIENCE):
        _clear([conversion])


def announce_pending() -> int:
    """Announce what is marked, oldest first, and clear the marks if the histories have it.

    What was announced here before and still waits is not announced once more: it would fill the publisher's queue. A
    mark that cannot be announced stays, is logged once a process, and holds nothing else up; returns how many of those
    this process has met.
    """
    if not flush(PATIENCE):
        logger.warning("earlier announcements still wait, or were lost: Valkey is away")
        return len(_unreadable)
    marked = (
        Conversion.objects.exclude(unannounced__in=["", *_unreadable])
        .select_related("owner")
        .prefetch_related("sources")
    )
    pending = [conversion for conversion in marked.order_by("finished_at")[:BATCH] if _announced(conversion)]
    if not flush(PATIENCE):
        logger.warning("%d conversions are not announced yet: Valkey is away", len(pending))
    else:
        _clear(pending)
    return len(_unreadable)


def _announced(conversion: Conversion) -> bool:
    try:
        announce(conversion)
    except DatabaseError:
        raise  # says nothing about this mark
    except Exception:  # of whatever kind, it is this mark's alone
        _unreadable.add(conversion.unannounced)
        logger.exception("conversion %s: mark %r cannot be announced", conversion.pk, conversion.unannounced)
        return False
    return True


def _clear(conversions: Iterable[Conversion]) -> None:
    """A mark that has been replaced meanwhile stays."""
    for conversion in conversions:
        told = Conversion.objects.filter(pk=conversion.pk, unannounced=conversion.unannounced)
        told.update(unannounced="")
