"""Celery tasks; beat's schedule names them."""

from celery import shared_task

from convertsite import alerts


@shared_task(name="convertsite.look_for_trouble")
def look_for_trouble() -> None:
    """Tell operators of trouble, and of its end."""
    alerts.look()
