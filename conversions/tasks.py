"""The Celery tasks."""

import logging
from typing import Any

from celery import shared_task
from celery.signals import worker_ready

from conversions import metrics
from conversions.jobs import dispatch, leases, leftovers, lifecycle, pending, queue_places, retention, supervision
from conversions.jobs.patience import AWAY, patiently
from conversions.models import Lane
from conversions.sandbox import isolation
from conversions.tracing import traced

logger = logging.getLogger(__name__)


@worker_ready.connect
def tell_isolation(**_: Any) -> None:
    """What converter processes are kept from, where an operator looks first."""
    logger.info("converter processes: %s", isolation.available())


@shared_task(name=dispatch.TASK)
def convert(conversion_id: str, attempt: int, lane: str = Lane.SHORT) -> None:
    """Carry out what is next in turn in the lane, which need not be that conversion: there are as many messages as
    conversions wait."""
    conversion = patiently(lambda: lifecycle.claim_next(lane), *AWAY)
    if conversion is None:
        logger.info("nothing waits any more where conversion %s, attempt %s, did", conversion_id, attempt)
        return
    with traced(conversion):
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
    went = retention.delete_expired()
    metrics.swept(went)
    if any(went.values()):
        logger.info(
            "removed %(deleted)d conversions that were deleted and %(old)d that are old, the files of %(expired)d that "
            "expired, and %(abandoned)d folders and uploads of processes that were killed",
            went,
        )


@shared_task(name="conversions.remove_leftovers")
def remove_leftovers() -> None:
    """Remove files that no row names, and sessions that are over."""
    removed = leftovers.remove_leftovers()
    metrics.swept({"unnamed": removed})
    if removed:
        logger.info("removed %d files that no conversion names", removed)
