"""Finds what was left behind: running conversions whose worker is lost, and queued ones whose message is."""

import logging
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from conversions import metrics
from conversions.jobs import dispatch, lifecycle
from conversions.jobs.states import State
from conversions.models import Conversion, Lane

PATIENCE = timedelta(seconds=30)  # for a message that the broker took and no worker has
BATCH = 500
logger = logging.getLogger(__name__)


def recover_stalled() -> None:
    """Take up what nobody works on any more, and send again what was never sent or got lost on the way."""
    take_up_lost()
    send_again()


def take_up_lost() -> None:
    """A lease that has run out means that the worker is gone, or stopped for so long that it may not go on."""
    lapsed = Q(lease_until__lt=timezone.now())
    for conversion in Conversion.objects.filter(lapsed, state=State.RUNNING)[:BATCH]:
        if lifecycle.recover(conversion, lapsed):
            metrics.LEASES_LOST.labels(conversion.state).inc()
            logger.warning("conversion %s lost its worker and is %s", conversion.pk, conversion.state)


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
