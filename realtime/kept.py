"""What a topic's history holds, for people who want to know what became of an event."""

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec

from realtime.acknowledgements import Acknowledgement, acknowledgements_of
from realtime.backoff import AWAY
from realtime.history import History, connect

PATIENCE = 5.0  # seconds for Valkey


class Kept(msgspec.Struct, frozen=True):
    """An event at its position. A final has no `key`, and tells who acknowledged it, the newest last."""

    epoch: str
    offset: int
    event: dict[str, Any]
    key: str | None = None
    acknowledged: list[Acknowledgement] = []


def kept_events(topic: str, wanted: Callable[[dict[str, Any]], bool]) -> list[Kept] | None:
    """Those of the topic's events that are wanted and that the history still has, in order of offset; None: Valkey does
    not answer. Blocks for as long as that takes, up to seconds; not to be called where an event loop runs."""
    try:
        return asyncio.run(_kept_events(topic, wanted))
    except AWAY:
        return None


async def _kept_events(topic: str, wanted: Callable[[dict[str, Any]], bool]) -> list[Kept]:
    history = History(connect())
    try:
        async with asyncio.timeout(PATIENCE):
            page = await history.read_all(topic)
            found = [(entry, event) for entry in page.entries if wanted(event := msgspec.json.decode(entry.body))]
            finals = [entry.offset for entry, _ in found if entry.key is None]
            epoch = page.position.epoch
            known = await acknowledgements_of(topic, epoch, finals) if finals else {}
    finally:
        await history.close()
    return [Kept(epoch, entry.offset, event, entry.key, known.get(entry.offset, [])) for entry, event in found]
