"""The Celery tasks."""

from uuid import UUID

from celery import shared_task

from conversions.jobs import dispatch, leases, leftovers, pending, retention, supervision


@shared_task(name=dispatch.TASK)
def convert(conversion_id: str, attempt: int) -> None:
    """Carry out an attempt of a conversion."""
    supervision.perform(UUID(conversion_id), attempt)


@shared_task(name="conversions.recover_stalled_conversions")
def recover_stalled_conversions() -> None:
    """See to conversions whose worker or whose message was lost."""
    leases.recover_stalled()


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
