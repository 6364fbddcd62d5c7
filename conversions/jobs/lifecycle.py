"""The only code that moves a `Conversion`. Each move is one conditional update, and is announced when it commits.

The update that ends a conversion, deletes or restores it also marks it as unannounced: what a process that dies does
not announce, beat does (pending.py).

A move says which attempt it means: a worker that was thought lost and wakes up finds that its attempt is over.
Functions that return a bool say whether the move was made; if not, the row was in another state or attempt by then.
"""

import os
import socket
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files import File
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from conversions import metrics, storage
from conversions.catalog import formats, options, routes
from conversions.catalog.formats import Format
from conversions.catalog.routes import Route
from conversions.engines.engine import Kind
from conversions.errors import (
    ConversionsError,
    Expired,
    NoSpace,
    NotCombined,
    StorageUnavailable,
    TooManySources,
    UnknownFormat,
    WorkerLost,
)
from conversions.jobs import announcements, maintenance, turns
from conversions.jobs.dispatch import dispatch
from conversions.jobs.events import ConversionQueued
from conversions.jobs.patience import AWAY, patiently
from conversions.jobs.progress import Report
from conversions.jobs.states import ENDED, MOST_ATTEMPTS, State, before
from conversions.models import LEASE, Conversion, Lane, Owner, Source
from conversions.names import output_name
from conversions.tracing import new_id

RESTORE = timedelta(seconds=60)
MOST_SOURCES = 100
NOTHING_YET: dict[str, Any] = {
    "percent": None,
    "stage": "",
    "lease_until": None,
    "dispatched_at": None,
    "started_at": None,
    "finished_at": None,
    "error_code": "",
    "error_message": "",
    "error_suggestion": "",
    "error_params": {},
    "error_retryable": False,
    "unannounced": "",
}


@dataclass(frozen=True)
class NewSource:
    """A file to convert: its content, the user's (cleaned) name for it, its size in bytes, its detected format's id.

    The id is empty if the file is packed as it is and nothing that is known.
    """

    file: "File[bytes]"
    name: str
    size: int
    format: str


def create(
    owner: Owner,
    files: Sequence[NewSource],
    to: str,
    wishes: Mapping[str, Any],
    added_at: datetime | None = None,
    idempotency_key: str = "",
    combine: bool = False,
) -> Conversion:
    """A queued conversion of the file to the format of id `to`, with these options; or of all files, combined into one.

    `added_at` is its place in lists, by default now. Raises a `RequestError` for a pair or an option that is not on
    offer, `UnderMaintenance`, `NoSpace`, `StorageUnavailable`, and `IntegrityError` if the owner has one with that key;
    then nothing is kept.
    """
    if len(files) > 1 and not combine:
        raise NotCombined(files=len(files))
    if len(files) > MOST_SOURCES:
        raise TooManySources(files=len(files), limit=MOST_SOURCES)
    maintenance.require_off()
    route = _route(files, to, combine)
    chosen = options.validate(route, wishes)
    stored: list[str] = []
    try:
        for file in files:
            stored.append(storage.store(file.file, storage.SOURCES))  # noqa: PERF401 (those before a failure count)
        with transaction.atomic():
            lane = turns.lane_of(route, sum(file.size for file in files))
            conversion = _created(owner, route, lane, chosen, added_at or timezone.now(), idempotency_key)
            _add_sources(conversion, files, stored)
            _queue(conversion)
    except BaseException:  # also when the request is cut off: nobody else knows of these files
        storage.remove(stored)
        raise
    metrics.uploaded(file.size for file in files)
    return conversion


def claim_next(lane: str) -> Conversion | None:
    """The conversion of the lane whose turn it is, now running and ours for `LEASE`; None if none waits."""
    while (found := turns.first(lane)) is not None:
        if claimed := claim(found.pk, found.attempt):  # nobody else was faster
            return claimed
    return None


def claim(conversion_id: UUID, attempt: int) -> Conversion | None:
    """The conversion, now running and ours for `LEASE`; None if there is nothing to claim (any more)."""
    conversion = Conversion.objects.select_related("owner").filter(id=conversion_id, attempt=attempt).first()
    now = timezone.now()
    if conversion is None:
        return None
    percent = None if conversion.progress == Kind.ESTIMATED else 0.0
    running = {"percent": percent, "started_at": now, "lease_until": now + LEASE, "worker": _this_process()}
    queued, first = announcements.queued(conversion), conversion.started_at is None
    if not _move(conversion, State.RUNNING, Q(deleted_at=None), **running):
        return None
    if first:
        metrics.claimed(conversion)
    patiently(lambda: _announce_claimed(conversion, queued), *AWAY)
    return conversion


def _announce_claimed(conversion: Conversion, queued: ConversionQueued) -> None:
    """Each of these is in the history once, however often it is said."""
    announcements.send_queued(conversion, queued)
    announcements.send_recovery_attempt(conversion)
    announcements.send_started(conversion)


def renew(conversion: Conversion) -> bool:
    """Keep the running conversion for another `LEASE`. False: it was cancelled, or is not ours any more."""
    return bool(_still_ours(conversion).update(lease_until=timezone.now() + LEASE))


def is_ours(conversion: Conversion) -> bool:
    """Whether the running conversion goes on. Also learns of a new owner."""
    found = _still_ours(conversion).select_related("owner").first()
    if found is not None:
        conversion.owner = found.owner
    return found is not None


def report(conversion: Conversion, news: Report) -> None:
    """Tell how far the conversion is, unless it ended meanwhile; the row keeps what `news.store` asks for."""
    if not announcements.is_true(conversion, news):
        return
    ours = _still_ours(conversion)
    if ours.update(percent=news.percent, stage=news.stage) if news.store else ours.exists():
        announcements.send_progress_update(conversion, news)


def reroute(conversion: Conversion, route: Route) -> None:
    """The running conversion goes another way."""
    conversion.route, conversion.progress = routes.frozen(route), route.progress
    changes = {"route": conversion.route, "progress": conversion.progress}
    patiently(lambda: _still_ours(conversion).update(**changes), *AWAY)


def complete(conversion: Conversion, output: Path) -> bool:
    """Keep the result, which is gone from its place then. Raises `NoSpace` or `StorageUnavailable`, and what the
    database raises; then the row may name the result nevertheless, and leftovers.py sees to it."""
    target = formats.by_id(conversion.to)
    size = output.stat().st_size
    name = patiently(lambda: storage.store_path(output, storage.OUTPUTS), NoSpace, StorageUnavailable)
    moved = patiently(
        lambda: _move(
            conversion,
            State.COMPLETED,
            **_ending(conversion, State.COMPLETED),
            percent=100.0,
            output=name,
            output_name=_output_name(conversion, target),
            output_size=size,
            output_media_type=target.media_type,
            options=options.told(conversion.options),
        ),
        *AWAY,
    )
    # It may have been made by a call whose answer was lost; beat announces it then.
    kept = Conversion.objects.filter(pk=conversion.pk, output=name)
    if not moved and not patiently(kept.exists, *AWAY):
        storage.remove([name])
    if moved:
        metrics.ended(conversion)
        announcements.send_completion(conversion)
    return moved


def fail(conversion: Conversion, error: ConversionsError, only_if: Q | None = None) -> bool:
    """End with an error. `only_if` is a further condition on the row."""
    told = {f"error_{name}": value for name, value in error.as_json().items()}
    ending = _ending(conversion, State.FAILED)
    moved = patiently(lambda: _move(conversion, State.FAILED, only_if, **ending, **told), *AWAY)
    if moved:
        metrics.ended(conversion)
        announcements.send_enhanced_error(conversion)
    return moved


def cancel(conversion: Conversion) -> bool:
    """Stop it: whoever runs it notices within half a second. The sources stay, so that it can be run again."""
    moved = _move(conversion, State.CANCELLED, **_ending(conversion, State.CANCELLED))
    if moved:
        metrics.ended(conversion)
        announcements.send_cancelled(conversion)
    return moved


def retry(conversion: Conversion) -> bool:
    """Queue a failed or cancelled conversion again. Raises `Expired` if its files have gone, and `UnderMaintenance`."""
    if conversion.state in ENDED and not all(source.file for source in conversion.sources.all()):
        raise Expired(hours=settings.RETENTION_HOURS)
    maintenance.require_off()
    wanted = Q(deleted_at=None, state__in=ENDED)
    return _queue_again(conversion, wanted, recoveries=0, queued_at=timezone.now(), expires_at=_expiry())


def recover(conversion: Conversion, only_if: Q) -> bool:
    """Take up again a running conversion whose worker was lost, or end it as `WorkerLost` if that happened
    `MOST_ATTEMPTS` times. `only_if` says on what condition it is lost."""
    recoveries = conversion.recoveries + 1
    if recoveries == MOST_ATTEMPTS:
        return fail(conversion, WorkerLost(attempts=MOST_ATTEMPTS), only_if)
    return _queue_again(conversion, only_if, recoveries=recoveries, started_at=conversion.started_at)


def hand_back(conversion: Conversion) -> bool:
    """Queue a running conversion again that its worker, asked to stop, has no time to finish."""
    return _queue_again(conversion, Q(state=State.RUNNING), started_at=conversion.started_at)


def requeue(conversion: Conversion) -> bool:
    """Take a running conversion from its worker, and queue it as its next attempt; or send the message of a queued one
    once more. False: it has ended."""
    if conversion.state == State.QUEUED:
        dispatch(conversion)
        return True
    return hand_back(conversion)


def delete(conversion: Conversion) -> None:
    """Hide the conversion at once, after cancelling it if it has not ended; its files go after `RESTORE`."""
    now = timezone.now()
    with transaction.atomic():
        if not _change(conversion, Q(deleted_at=None), deleted_at=now):
            return
        # A retry may have come between, and begins no more now: what is cancelled is the row's own attempt.
        conversion.refresh_from_db(fields=["state", "attempt"])
        cancel(conversion)
        _change(conversion, Q(deleted_at=now), unannounced=announcements.mark(conversion, "deleted", now))
        announcements.send_deleted(conversion)


def restore(conversion: Conversion) -> bool:
    """Undo a deletion of less than `RESTORE` ago."""
    now = timezone.now()
    changes = {"deleted_at": None, "unannounced": announcements.mark(conversion, "restored", now)}
    restored = _change(conversion, Q(deleted_at__gt=now - RESTORE), **changes)
    if restored:
        announcements.send_restored(conversion)
    return restored


def _move(conversion: Conversion, to: State, only_if: Q | None = None, **values: Any) -> bool:
    """The conditional update. On success the instance has the new values too."""
    mine = Q(attempt=conversion.attempt, state__in=before(to))
    return _change(conversion, mine & (only_if or Q()), state=to, **values)


def _change(conversion: Conversion, only_if: Q, **values: Any) -> bool:
    changed = bool(Conversion.objects.filter(only_if, pk=conversion.pk).update(**values))
    if changed:
        for name, value in values.items():
            setattr(conversion, name, value)
    return changed


def _queue_again(conversion: Conversion, only_if: Q, **values: Any) -> bool:
    """As its next attempt, and at the place in the queue that it had unless `values` says otherwise.

    Its `started_at`, where kept, says that it was at work and begins again by itself.
    """
    anew = {**NOTHING_YET, "attempt": conversion.attempt + 1, **values}
    with transaction.atomic():
        moved = _move(conversion, State.QUEUED, only_if, **anew)
        if moved:
            _queue(conversion)
    return moved


def _this_process() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"[-128:]


def _still_ours(conversion: Conversion) -> QuerySet[Conversion]:
    return Conversion.objects.filter(pk=conversion.pk, attempt=conversion.attempt, state=State.RUNNING)


def _ending(conversion: Conversion, state: State) -> dict[str, Any]:
    mark = announcements.mark(conversion, state)
    return {"finished_at": timezone.now(), "lease_until": None, "expires_at": _expiry(), "unannounced": mark}


def _output_name(conversion: Conversion, target: Format) -> str:
    first, *others = conversion.sources.all()
    return output_name("files" if others and target.kind is formats.Kind.ARCHIVE else first.name, target)


def _expiry() -> datetime:
    return timezone.now() + timedelta(hours=settings.RETENTION_HOURS)


def _route(files: Sequence[NewSource], to: str, combine: bool) -> Route:
    if combine and routes.packs(to):
        return routes.combined([], to)
    sources = [_format(file) for file in files]
    return routes.combined(sources, to) if combine else routes.find(sources[0], to)


def _format(file: NewSource) -> Format:
    source = formats.get(file.format)
    if source is None:
        raise UnknownFormat(name=file.name, kinds=routes.readable_kinds())
    return source


def _created(
    owner: Owner, route: Route, lane: Lane, chosen: dict[str, Any], added_at: datetime, key: str
) -> Conversion:
    return Conversion.objects.create(
        id=new_id(),
        owner=owner,
        to=route.target.id,
        options=chosen,
        route=routes.frozen(route),
        lane=lane,
        progress=route.progress,
        added_at=added_at,
        idempotency_key=key,
        expires_at=_expiry(),
    )


def _add_sources(conversion: Conversion, files: Iterable[NewSource], stored: Iterable[str]) -> None:
    Source.objects.bulk_create(
        Source(conversion=conversion, position=i, file=name, name=file.name, size=file.size, format=file.format)
        for i, (file, name) in enumerate(zip(files, stored, strict=True))
    )


def _queue(conversion: Conversion) -> None:
    announcements.send_queued(conversion)
    announcements.send_recovery_attempt(conversion)
    dispatch(conversion)
