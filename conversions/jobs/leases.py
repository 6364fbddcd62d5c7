"""Keeps the leases of what is worked on, and finds what was left behind: running conversions whose worker is lost, and
queued ones whose message is."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event, Thread

from django.conf import settings
from django.db import connection
from django.db.models import Q
from django.utils import timezone

from conversions import metrics
from conversions.jobs import dispatch, lifecycle
from conversions.jobs.patience import leniently
from conversions.jobs.states import State
from conversions.models import Conversion, Lane
from conversions.sandbox.folders import remove_abandoned

RENEW_INTERVAL = 5.0  # seconds; the page calls a worker silent after 10 (view.js)
MOST_RENEWALS = 360  # by `kept`: half an hour, after which a storage has hung up
PATIENCE = timedelta(seconds=30)  # for a message that the broker took and no worker has
BATCH = 500
logger = logging.getLogger(__name__)


@contextmanager
def kept(conversion: Conversion) -> Iterator[None]:
    """Renew the lease while that lasts which nobody asks on the way how it goes, such as a large file's way from or to
    a slow storage."""
    over = Event()
    Thread(target=_keep, args=(conversion, over), daemon=True).start()
    try:
        yield
    finally:
        over.set()


def _keep(conversion: Conversion, over: Event) -> None:
    try:
        for _ in range(MOST_RENEWALS):
            if over.wait(RENEW_INTERVAL):
                break
            leniently(lambda: lifecycle.renew(conversion), None)
    finally:
        connection.close()


def recover_stalled() -> None:
    """Take up what nobody works on any more, and send again what was never sent or got lost on the way."""
    take_up_lost()
    send_again()


def take_up_lost() -> None:
    """A lease that has run out means that the worker is gone, or stopped for so long that it may not go on. What a dead
    worker has left in the work folder goes too."""
    lapsed = Q(lease_until__lt=timezone.now())
    lost = list(Conversion.objects.filter(lapsed, state=State.RUNNING)[:BATCH])
    for conversion in lost:
        if lifecycle.recover(conversion, lapsed):
            metrics.LEASES_LOST.labels(conversion.state).inc()
            logger.warning("conversion %s lost its worker and is %s", conversion.pk, conversion.state)
    if lost:
        metrics.swept({"abandoned": remove_abandoned(settings.WORK_DIR)})


def send_again() -> None:
    """A second message does no harm, since only one can be claimed; but a long queue is not a reason to send."""
    for lane in Lane:
        _send_again(lane)


def _send_again(lane: Lane) -> None:
    queued = Conversion.objects.filter(state=State.QUEUED, deleted_at=None, lane=lane).order_by("queued_at")
    just_now = timezone.now() - timedelta(seconds=5)  # their request may be about to send them
    unsent = queued.filter(dispatched_at=None, queued_at__lt=just_now)
    overdue = queued.filter(dispatched_at__lt=timezone.now() - PATIENCE)
    if overdue.exists() and dispatch.waiting(lane) == 0:
        unsent = unsent | overdue
    for conversion in unsent[:BATCH]:
        metrics.SENT_AGAIN.inc()
        logger.warning("conversion %s is sent again", conversion.pk)
        dispatch.dispatch(conversion)
