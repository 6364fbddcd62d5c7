"""What became of one conversion: the events that its owner was sent, who acknowledged them, and how long it took."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.utils import timezone

from conversions.errors import human_duration
from conversions.jobs.states import State
from conversions.models import Conversion
from realtime import Acknowledgement, kept_events


class Told(NamedTuple):
    """An event as the page shows it. `acknowledged` is None of what is replaced by the next, and acknowledged by
    nobody."""

    offset: int
    kind: str
    attempt: int | None
    gist: str
    acknowledged: list[Acknowledgement] | None


class Life(NamedTuple):
    """All of them that the history still has, in order, and the history's epoch."""

    epoch: str
    events: list[Told]


def told_of(conversion: Conversion) -> Life | None:
    """What the owner's topic holds of the conversion; None: Valkey does not answer."""
    name = str(conversion.pk)
    kept = kept_events(conversion.owner.topic, lambda event: event.get("conversion_id") == name)
    if kept is None:
        return None
    events = [
        Told(
            each.offset,
            each.event["type"],
            each.event.get("attempt"),
            _gist(each.event),
            None if each.key else each.acknowledged,
        )
        for each in kept
    ]
    return Life(kept[0].epoch if kept else "", events)


def waited(conversion: Conversion) -> str:
    """From the queue to the start, or until now."""
    if conversion.state == State.QUEUED:
        return _between(conversion.queued_at, timezone.now())
    return _between(conversion.queued_at, conversion.started_at)


def took(conversion: Conversion) -> str:
    """From the start of the last attempt to the end, or until now."""
    end = timezone.now() if conversion.state == State.RUNNING else conversion.finished_at
    return _between(conversion.started_at, end)


def _between(start: datetime | None, end: datetime | None) -> str:
    if start is None or end is None:
        return ""
    return human_duration(max(end - start, timedelta(0)).total_seconds())


def _gist(event: dict[str, Any]) -> str:
    """What it says, without anything of the files."""
    return ", ".join(_parts(event))


def _parts(event: dict[str, Any]) -> Iterator[str]:
    if (percent := event.get("percent")) is not None:
        yield f"{percent:g} %"
    if stage := event.get("stage"):
        yield str(stage)
    if (position := event.get("position")) is not None:
        yield f"place {position}"
    if (seconds := event.get("seconds")) is not None:
        yield f"after {human_duration(seconds)}"
    if error := event.get("error"):
        yield str(error.get("code", ""))
    if reason := event.get("reason"):
        yield str(reason)
