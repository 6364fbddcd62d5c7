"""The Celery tasks."""

import logging

from celery import shared_task

from conversions.jobs import dispatch, leases, leftovers, lifecycle, pending, queue_places, retention, supervision
from conversions.models import Conversion

logger = logging.getLogger(__name__)


@shared_task(name=dispatch.TASK)
def convert(conversion_id: str, attempt: int) -> None:
    """Carry out what is next in turn in the lane of a conversion; as many messages as conversions wait."""
    lane = Conversion.objects.filter(pk=conversion_id).values_list("lane", flat=True).first()
    conversion = lifecycle.claim_next(lane) if lane else None
    if conversion is None:
        logger.info("nothing waits any more where conversion %s, attempt %s, did", conversion_id, attempt)
    else:
        supervision.perform(conversion)


@shared_task(name="conversions.recover_stalled_conversions")
def recover_stalled_conversions() -> None:
    """See to conversions whose worker or whose message was lost."""
    leases.recover_stalled()


@shared_task(name="conversions.tell_queue_places")
def tell_queue_places() -> None:
    """Tell owners how their waiting conversions move up."""
    queue_places.tell_queue_places()


@shared_task(name="conversions.announce_pending")
def announce_pending() -> None:
    """Tell owners of what ended and was not announced by whoever ended it."""
    pending.announce_pending()


@shared_task(name="conversions.delete_expired")
def delete_expired() -> None:
    """Remove files and rows whose time is over."""
    retention.delete_expired()


@shared_task(name="conversions.remove_leftovers")
def remove_leftovers() -> None:
    """Remove files that no row names, and sessions that are over."""
    leftovers.remove_leftovers()
