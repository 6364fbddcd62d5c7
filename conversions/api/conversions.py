"""`/api/v1/conversions`: convert files, look how far they are, and change one's mind."""

from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest
from ninja import File, Form, Header, Query, Router, Status
from ninja.files import UploadedFile

from conversions.accounts.owners import conversions_of, owner_of, topic_of
from conversions.api.schemas import ConversionList, ConversionOut, Problem
from conversions.errors import ConversionEnded, ConversionNotRetryable, NotFound, RestoreTooLate
from conversions.jobs import lifecycle
from conversions.jobs.representation import as_json, list_as_json
from conversions.models import Conversion
from conversions.uploads import multipart

router = Router(tags=["conversions"])
MAX_LIMIT = 200
IDEMPOTENCY_KEY = r"^[A-Za-z0-9._:-]{0,64}$"
LATEST_MS = 10_000_000_000_000
"""Unix milliseconds of the year 2286: what is later was meant in another unit."""


def problems(*statuses: int) -> dict[int, type[Problem]]:
    """The errors that an operation's documentation lists, beside those of every operation."""
    return dict.fromkeys((*statuses, 401, 403), Problem)


def find(request: HttpRequest, conversion_id: UUID, *, deleted: bool = False) -> Conversion:
    """The conversion, if it belongs to who asks. Raises `NotFound`, whether it is another's or nobody's."""
    try:
        return conversions_of(request).get(id=conversion_id, deleted_at__isnull=not deleted)
    except Conversion.DoesNotExist:
        raise NotFound from None


@router.post("/conversions", response={201: ConversionOut, **problems(400, 409, 413, 422, 503, 507)})
def create_conversion(
    request: HttpRequest,
    file: File[list[UploadedFile]],
    to: Form[str],
    options: Form[str] = "{}",
    combine: Form[bool] = False,
    added_at: Annotated[float | None, Form(ge=0, lt=LATEST_MS, allow_inf_nan=False)] = None,
    idempotency_key: Annotated[str, Header(pattern=IDEMPOTENCY_KEY)] = "",
) -> Status[dict[str, Any]]:
    """Convert a file, or with `combine` several into one: a PDF of what becomes PDF, or a ZIP of the files as they are.

    `to` is the id of a format, `options` a JSON object as text, `added_at` its place in lists.

    With the header `Idempotency-Key` of an earlier request, answers with what that one made.
    """
    owner = owner_of(request)
    conversion = multipart.convert(owner, file, to, options, added_at, idempotency_key, combine=combine)
    return Status(HTTPStatus.CREATED, as_json(conversion))


@router.get("/conversions", response={200: ConversionList, **problems(409, 422)})
def list_conversions(
    request: HttpRequest,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = 50,
    offset: Annotated[int, Query(ge=0, lt=2**31)] = 0,
) -> dict[str, Any]:
    """One's conversions, the one that was added last first."""
    mine = conversions_of(request).filter(deleted_at=None)
    count, end = mine.count(), offset + limit
    following = f"{request.path}?{urlencode({'limit': limit, 'offset': end})}" if end < count else None
    return {"items": list_as_json(mine[offset:end]), "count": count, "next": following, "topic": topic_of(request)}


@router.get("/conversions/{uuid:conversion_id}", response={200: ConversionOut, **problems(404)})
def get_conversion(request: HttpRequest, conversion_id: UUID) -> dict[str, Any]:
    """One conversion."""
    return as_json(find(request, conversion_id))


@router.delete("/conversions/{uuid:conversion_id}", response={204: None, **problems(404)})
def delete_conversion(request: HttpRequest, conversion_id: UUID) -> Status[None]:
    """Delete a conversion, after cancelling it if it runs. `restore` undoes it for 60 seconds; then its files go."""
    lifecycle.delete(find(request, conversion_id))
    return Status(HTTPStatus.NO_CONTENT, None)


@router.post("/conversions/{uuid:conversion_id}/cancel", response={200: ConversionOut, **problems(404, 409)})
def cancel_conversion(request: HttpRequest, conversion_id: UUID) -> dict[str, Any]:
    """Cancel a conversion that is queued or running."""
    conversion = find(request, conversion_id)
    done = lifecycle.cancel(conversion)
    now = find(request, conversion_id)
    if not done:
        raise ConversionEnded(state=now.state)
    return as_json(now)


@router.post("/conversions/{uuid:conversion_id}/retry", response={200: ConversionOut, **problems(404, 409, 410, 503)})
def retry_conversion(request: HttpRequest, conversion_id: UUID) -> dict[str, Any]:
    """Run a failed or cancelled conversion again, with the same files and options."""
    conversion = find(request, conversion_id)
    done = lifecycle.retry(conversion)
    now = find(request, conversion_id)
    if not done:
        raise ConversionNotRetryable(state=now.state)
    return as_json(now)


@router.post("/conversions/{uuid:conversion_id}/restore", response={200: ConversionOut, **problems(404, 410)})
def restore_conversion(request: HttpRequest, conversion_id: UUID) -> dict[str, Any]:
    """Undo a deletion of less than 60 seconds ago."""
    if not lifecycle.restore(find(request, conversion_id, deleted=True)):
        raise RestoreTooLate(seconds=lifecycle.RESTORE.seconds)
    return as_json(find(request, conversion_id))
