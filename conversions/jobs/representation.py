"""A conversion as JSON: the same in the API's list and detail, in events and in snapshots."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from conversions.catalog import options
from conversions.jobs import turns
from conversions.jobs.states import State
from conversions.models import Conversion

DOWNLOAD_URL = "/api/v1/conversions/{id}/download"


def as_json(conversion: Conversion) -> dict[str, Any]:
    """The conversion as clients see it; times are Unix milliseconds. A queued one costs two queries for its place."""
    return list_as_json([conversion])[0]


def list_as_json(conversions: Iterable[Conversion]) -> list[dict[str, Any]]:
    """The same for many, with two queries a lane for all their places. Have `sources` prefetched."""
    conversions = list(conversions)
    lanes = {conversion.lane for conversion in conversions if conversion.state == State.QUEUED}
    positions = {pk: place for lane in lanes for pk, place in turns.places(lane).items()}
    return [_one(conversion, positions.get(conversion.pk)) for conversion in conversions]


def output_as_json(conversion: Conversion) -> dict[str, Any] | None:
    """The result's name, size, type and address. Past `expires_at` the address answers that the file has gone."""
    if conversion.state != State.COMPLETED:
        return None
    return {
        "name": conversion.output_name,
        "size": conversion.output_size,
        "media_type": conversion.output_media_type,
        "url": DOWNLOAD_URL.format(id=conversion.pk),
    }


def error_as_json(conversion: Conversion) -> dict[str, Any] | None:
    """Why the conversion failed."""
    if conversion.state != State.FAILED:
        return None
    return {
        "code": conversion.error_code,
        "message": conversion.error_message,
        "params": conversion.error_params,
        "suggestion": conversion.error_suggestion,
        "retryable": conversion.error_retryable,
    }


def milliseconds(time: datetime) -> int:
    """Unix milliseconds, as clients reckon."""
    return round(time.timestamp() * 1000)


def _microseconds(time: datetime) -> int:
    return round(time.timestamp() * 1_000_000)


def _one(conversion: Conversion, position: int | None) -> dict[str, Any]:
    return {
        "id": str(conversion.pk),
        "state": str(conversion.state),
        "stage": conversion.stage,
        "percent": conversion.percent,
        "progress": conversion.progress,
        "attempt": conversion.attempt,
        "idempotency_key": conversion.idempotency_key,
        "recoveries": conversion.recoveries,
        "sources": [
            {"name": source.name, "size": source.size, "format": source.format} for source in conversion.sources.all()
        ],
        "to": conversion.to,
        "route": _formats_on(conversion.route),
        "options": options.told(conversion.options),
        "error": error_as_json(conversion),
        "output": output_as_json(conversion),
        "queue_position": position,
        "added_at": _microseconds(conversion.added_at) / 1000,
        "created_at": _optional_milliseconds(conversion.created_at),
        "started_at": _optional_milliseconds(conversion.started_at),
        "heard_at": _optional_milliseconds(conversion.heard_at),
        "finished_at": _optional_milliseconds(conversion.finished_at),
        "expires_at": _optional_milliseconds(conversion.expires_at),
    }


def _formats_on(steps: list[dict[str, Any]]) -> list[str]:
    """The formats on a kept route, from the first to the last; none where several files come together."""
    if not steps or any(step.get("joins") for step in steps):
        return []
    return [steps[0]["source"], *(step["target"] for step in steps)]


def _optional_milliseconds(time: datetime | None) -> int | None:
    return milliseconds(time) if time else None
