"""What tests of jobs share: conversions in a given state, what is waiting at the broker, and what owners were told."""

import asyncio
import base64
import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import redis
from django.core.files.base import ContentFile
from django.utils import timezone

import realtime
from conversions.errors import DamagedFile
from conversions.jobs import lifecycle
from conversions.jobs.lifecycle import NewSource
from conversions.jobs.states import State
from conversions.models import Conversion, Owner
from realtime.history import Entry, History, connect
from tests.integration.conversions.web import picture


def source(content: bytes | None = None, name: str = "photo.png", format: str = "png") -> NewSource:
    """A file to convert, by default a small real PNG."""
    content = picture() if content is None else content
    return NewSource(ContentFile(content), name, len(content), format)


def queued(to: str = "webp", content: bytes | None = None, owner: Owner | None = None, **wishes: Any) -> Conversion:
    """A conversion that waits for a worker."""
    return lifecycle.create(owner or Owner.objects.create(), [source(content)], to, wishes)


def running(conversion: Conversion | None = None) -> Conversion:
    """A conversion that a worker has claimed."""
    conversion = conversion or queued()
    claimed = lifecycle.claim(conversion.pk, conversion.attempt)
    assert claimed is not None
    return claimed


def failed() -> Conversion:
    """A conversion that did not work."""
    conversion = running()
    assert lifecycle.fail(conversion, DamagedFile(reason="it smells"))
    return conversion


def completed(folder: Path) -> Conversion:
    """A conversion with a result; `folder` is a place for it meanwhile."""
    conversion = running()
    assert lifecycle.complete(conversion, result(folder))
    return conversion


def cancelled() -> Conversion:
    """A conversion that its owner stopped."""
    conversion = queued()
    assert lifecycle.cancel(conversion)
    return conversion


def in_state(state: State, folder: Path) -> Conversion:
    """A conversion that came to this state in the usual way."""
    if state is State.COMPLETED:
        return completed(folder)
    return {State.QUEUED: queued, State.RUNNING: running, State.FAILED: failed, State.CANCELLED: cancelled}[state]()


def result(folder: Path) -> Path:
    """A file as a converter process leaves it."""
    path = folder / "output"
    path.write_bytes(picture("WEBP"))
    return path


def row(conversion: Conversion) -> Conversion:
    """The conversion as the database has it."""
    return Conversion.objects.get(pk=conversion.pk)


def long_ago(conversion: Conversion, **ages: float) -> None:
    """Set times of the row to so many seconds before now."""
    now = timezone.now()
    Conversion.objects.filter(pk=conversion.pk).update(
        **{name: now - timedelta(seconds=age) for name, age in ages.items()}
    )


def messages(valkey: redis.Redis) -> list[list[Any]]:
    """Which attempts of which conversions wait at the broker, oldest first."""
    waiting: Sequence[bytes] = valkey.lrange("conversions", 0, -1)
    bodies = [base64.b64decode(json.loads(message)["body"]) for message in reversed(waiting)]
    return [json.loads(body)[0][:2] for body in bodies]


def told(owner: Owner) -> list[dict[str, Any]]:
    """The events in the history of the owner's topic, in order."""
    assert realtime.flush(5)
    return [msgspec.json.decode(entry.body) for entry in asyncio.run(_history(owner.topic))]


def types_told(owner: Owner) -> list[str]:
    """Their types."""
    return [event["type"] for event in told(owner)]


async def _history(topic: str) -> list[Entry]:
    history = History(connect())
    try:
        return (await history.read_all(topic)).entries
    finally:
        await history.close()
