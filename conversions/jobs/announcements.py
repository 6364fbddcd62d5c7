"""Tells owners what happened to their conversions. Each is sent when the transaction commits, if there is one.

The owner is read from the row each time: files of a visitor move when the visitor signs in.
"""

from collections.abc import Callable
from functools import partial

from django.db import transaction
from django.utils import timezone

from conversions.jobs.events import (
    ConversionCancelled,
    ConversionCompleted,
    ConversionDeleted,
    ConversionFailed,
    ConversionQueued,
    ConversionRestored,
    ConversionStarted,
    ProgressUpdate,
)
from conversions.jobs.progress import Report
from conversions.jobs.representation import as_json, error_as_json, milliseconds, output_as_json
from conversions.models import Conversion, Owner
from realtime import Event, publish


def progress_key(conversion: Conversion) -> str:
    """The key under which progress is conflated, and which a final ends."""
    return f"progress:{conversion.pk}"


def queued(conversion: Conversion) -> ConversionQueued:
    """The event `conversion_queued`, with all of the conversion as it is."""
    return ConversionQueued(conversion_id=str(conversion.pk), conversion=as_json(conversion))


def send_queued(conversion: Conversion, event: ConversionQueued | None = None) -> None:
    """`conversion_queued`, of the conversion as it is when the transaction commits, unless the event is given.

    A worker repeats it before it says that it started: the web process that queued the conversion may be slower than
    the worker, or dead by then. Being the same event, it is in the history once.
    """
    _send_final(conversion, lambda: event or queued(conversion), f"{conversion.pk}.{conversion.attempt}.queued")


def send_restored(conversion: Conversion) -> None:
    """`conversion_restored`, likewise."""
    _send_final(
        conversion, lambda: ConversionRestored(conversion_id=str(conversion.pk), conversion=as_json(conversion))
    )


def send_started(conversion: Conversion) -> None:
    """`conversion_started`."""
    started_at = milliseconds(conversion.started_at or timezone.now())
    event = ConversionStarted(conversion_id=str(conversion.pk), attempt=conversion.attempt, started_at=started_at)
    _send_final(conversion, lambda: event)


def send_progress_update(conversion: Conversion, report: Report) -> None:
    """`progress_update`, of which only the newest counts. Needs `conversion.owner` loaded; costs no query."""
    event = ProgressUpdate(
        conversion_id=str(conversion.pk),
        percent=report.percent,
        progress=conversion.progress,
        stage=report.stage,
        eta_seconds=report.eta_seconds,
        attempt=conversion.attempt,
    )
    publish(conversion.owner.topic, event, key=progress_key(conversion))


def send_completion(conversion: Conversion) -> None:
    """`conversion_completed`."""
    finished_at = conversion.finished_at or timezone.now()
    started_at = conversion.started_at or finished_at
    event = ConversionCompleted(
        conversion_id=str(conversion.pk),
        output=output_as_json(conversion) or {},
        seconds=round((finished_at - started_at).total_seconds(), 3),
        attempt=conversion.attempt,
        finished_at=milliseconds(finished_at),
        expires_at=milliseconds(conversion.expires_at),
    )
    _send_final(conversion, lambda: event)


def send_enhanced_error(conversion: Conversion) -> None:
    """`conversion_failed`, with message and suggestion."""
    event = ConversionFailed(
        conversion_id=str(conversion.pk),
        error=error_as_json(conversion) or {},
        attempt=conversion.attempt,
        finished_at=milliseconds(conversion.finished_at or timezone.now()),
    )
    _send_final(conversion, lambda: event)


def send_cancelled(conversion: Conversion) -> None:
    """`conversion_cancelled`."""
    event = ConversionCancelled(
        conversion_id=str(conversion.pk),
        attempt=conversion.attempt,
        finished_at=milliseconds(conversion.finished_at or timezone.now()),
    )
    _send_final(conversion, lambda: event)


def send_deleted(conversion: Conversion) -> None:
    """`conversion_deleted`."""
    event = ConversionDeleted(conversion_id=str(conversion.pk))
    _send_final(conversion, lambda: event)


def _send_final(conversion: Conversion, make: Callable[[], Event], event_id: str | None = None) -> None:
    transaction.on_commit(partial(_publish_final, conversion, make, event_id))


def _publish_final(conversion: Conversion, make: Callable[[], Event], event_id: str | None) -> None:
    topic = Owner.objects.get(conversions=conversion.pk).topic
    publish(topic, make(), ends=progress_key(conversion), event_id=event_id)
