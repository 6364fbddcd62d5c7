"""Tells owners what happened to their conversions. Each is sent when the transaction commits, if there is one.

The owner is read from the row each time: files of a visitor move when the visitor signs in.
"""

import logging
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from conversions.errors import WorkerLost
from conversions.jobs.events import (
    ConversionCancelled,
    ConversionCompleted,
    ConversionDeleted,
    ConversionFailed,
    ConversionQueued,
    ConversionRestored,
    ConversionStarted,
    ProgressUpdate,
    QueuePosition,
    RecoveryAttempt,
    RecoveryFailure,
    RecoverySuccess,
)
from conversions.jobs.progress import Report, refusal
from conversions.jobs.representation import as_json, error_as_json, milliseconds, output_as_json
from conversions.jobs.states import MOST_ATTEMPTS, State
from conversions.models import Conversion, Owner
from realtime import Event, publish

logger = logging.getLogger(__name__)


def progress_key(conversion: Conversion) -> str:
    """The key under which progress of this attempt is conflated, until the attempt's end."""
    return f"progress:{conversion.pk}:{conversion.attempt}"


def queue_key(conversion: Conversion) -> str:
    """The key under which this attempt's place in the queue is conflated, until it starts."""
    return f"queue:{conversion.pk}:{conversion.attempt}"


def queued(conversion: Conversion) -> ConversionQueued:
    """The event `conversion_queued`, with all of the conversion as it is."""
    return ConversionQueued(conversion_id=str(conversion.pk), conversion=as_json(conversion))


def send_queued(conversion: Conversion, event: ConversionQueued | None = None) -> None:
    """`conversion_queued`, of the conversion as it is when the transaction commits, unless the event is given.

    A worker repeats it before it says that it started: the web process that queued the conversion may be slower than
    the worker, or dead by then. Being the same event, it is in the history once.
    """
    _send_final(conversion, lambda: event or queued(conversion), f"{conversion.pk}.{conversion.attempt}.queued")


def send_started(conversion: Conversion) -> None:
    """`conversion_started`."""
    started_at = milliseconds(conversion.started_at or timezone.now())
    event = ConversionStarted(conversion_id=str(conversion.pk), attempt=conversion.attempt, started_at=started_at)
    event_id, ends = f"{conversion.pk}.{conversion.attempt}.started", queue_key(conversion)
    _send_final(conversion, lambda: event, event_id, ends=ends)


def send_queue_position(conversion: Conversion, position: int | None) -> None:
    """`queue_position`, of which only the newest counts. Needs `conversion.owner` loaded, costs no query."""
    event = QueuePosition(conversion_id=str(conversion.pk), position=position, attempt=conversion.attempt)
    publish(conversion.owner.topic, event, key=queue_key(conversion))


def send_recovery_attempt(conversion: Conversion) -> None:
    """`recovery_attempt`, if it is queued again by itself. As with `send_queued`, the worker repeats it."""
    if conversion.recoveries:
        event = RecoveryAttempt(reason=WorkerLost.code, **_recovery(conversion))
        _send_final(conversion, lambda: event, f"{conversion.pk}.{conversion.attempt}.recovery_attempt")


def is_true(conversion: Conversion, report: Report) -> bool:
    """Whether the report may be told. What may not is logged: a percentage outside of 0 to 100, one that falls within
    the attempt, or progress of a conversion that the worker knows has ended.
    """
    if problem := refusal(report, state=State(conversion.state), last=conversion.percent):
        logger.warning("conversion %s: progress is not sent, %s", conversion.pk, problem)
    return not problem


def send_progress_update(conversion: Conversion, report: Report) -> None:
    """`progress_update`, of which only the newest counts; a report that is not true is not sent (`is_true`). Needs
    `conversion.owner` loaded, costs no query."""
    if not is_true(conversion, report):
        return
    conversion.percent = report.percent
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
    _send_marked(conversion)


def send_enhanced_error(conversion: Conversion) -> None:
    """`conversion_failed`, with message and suggestion."""
    _send_marked(conversion)


def send_cancelled(conversion: Conversion) -> None:
    """`conversion_cancelled`."""
    _send_marked(conversion)


def send_deleted(conversion: Conversion) -> None:
    """`conversion_deleted`."""
    _send_marked(conversion)


def send_restored(conversion: Conversion) -> None:
    """`conversion_restored`, with all of the conversion."""
    _send_marked(conversion)


def mark(conversion: Conversion, kind: str, when: datetime | None = None) -> str:
    """What `Conversion.unannounced` is set to by the update that makes such an event (a key of `MARKED`) true.

    It is the event's id: to announce it again does nothing if the history has it. `when` tells apart what may happen
    repeatedly within an attempt.

    One mark is enough, since each of these events says all that the ones before it did.
    """
    moment = f".{milliseconds(when):x}" if when else ""
    return f"{conversion.pk}.{conversion.attempt}.{kind}{moment}"


def announce(conversion: Conversion) -> None:
    """Send the event that the conversion is marked with. Needs `conversion.owner` loaded."""
    for event_id, make, ends in _marked(conversion):
        publish(conversion.owner.topic, make(), ends=ends, event_id=event_id)


def _completed(conversion: Conversion) -> ConversionCompleted:
    finished_at = conversion.finished_at or timezone.now()
    started_at = conversion.started_at or finished_at
    return ConversionCompleted(
        conversion_id=str(conversion.pk),
        output=output_as_json(conversion) or {},
        seconds=round((finished_at - started_at).total_seconds(), 3),
        attempt=conversion.attempt,
        finished_at=milliseconds(finished_at),
        expires_at=milliseconds(conversion.expires_at),
    )


def _failed(conversion: Conversion) -> ConversionFailed:
    return ConversionFailed(
        conversion_id=str(conversion.pk),
        error=error_as_json(conversion) or {},
        attempt=conversion.attempt,
        finished_at=milliseconds(conversion.finished_at or timezone.now()),
        expires_at=milliseconds(conversion.expires_at),
    )


def _cancelled(conversion: Conversion) -> ConversionCancelled:
    return ConversionCancelled(
        conversion_id=str(conversion.pk),
        attempt=conversion.attempt,
        finished_at=milliseconds(conversion.finished_at or timezone.now()),
        expires_at=milliseconds(conversion.expires_at),
    )


def _deleted(conversion: Conversion) -> ConversionDeleted:
    return ConversionDeleted(conversion_id=str(conversion.pk))


def _restored(conversion: Conversion) -> ConversionRestored:
    return ConversionRestored(conversion_id=str(conversion.pk), conversion=as_json(conversion))


MARKED: dict[str, Callable[[Conversion], Event]] = {
    State.COMPLETED: _completed,
    State.FAILED: _failed,
    State.CANCELLED: _cancelled,
    "deleted": _deleted,
    "restored": _restored,
}


def _send_marked(conversion: Conversion) -> None:
    for event_id, make, ends in _marked(conversion):
        _send_final(conversion, make, event_id, ends=ends)


def _marked(conversion: Conversion) -> Iterator[tuple[str, Callable[[], Event], str | None]]:
    """The events that the mark stands for: an id, how to make it, and the key that it ends."""
    event_id = conversion.unannounced
    kind = event_id.split(".")[2]
    if conversion.recoveries and kind in OUTCOMES:
        yield f"{event_id}.recovery", partial(OUTCOMES[kind], conversion), None
    yield event_id, partial(MARKED[kind], conversion), progress_key(conversion)


def _recovered(conversion: Conversion) -> RecoverySuccess:
    return RecoverySuccess(reason=WorkerLost.code, **_recovery(conversion))


def _not_recovered(conversion: Conversion) -> RecoveryFailure:
    return RecoveryFailure(reason=conversion.error_code, **_recovery(conversion))


def _recovery(conversion: Conversion) -> dict[str, Any]:
    most = conversion.attempt - conversion.recoveries + MOST_ATTEMPTS - 1
    return {"conversion_id": str(conversion.pk), "attempt": conversion.attempt, "max_attempts": most}


OUTCOMES: dict[str, Callable[[Conversion], Event]] = {State.COMPLETED: _recovered, State.FAILED: _not_recovered}


def _send_final(conversion: Conversion, make: Callable[[], Event], event_id: str, *, ends: str | None = None) -> None:
    transaction.on_commit(partial(_publish_final, conversion.pk, make, event_id, ends))


def _publish_final(conversion_id: UUID, make: Callable[[], Event], event_id: str, ends: str | None) -> None:
    publish(Owner.objects.get(conversions=conversion_id).topic, make(), ends=ends, event_id=event_id)
