"""What goes over the channel layer: events, and what any process asks of the hubs. Anything at all may be sent to a
group, so it is checked here."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from realtime.protocol import opening

HUBS = "realtime.hubs"
"""The group that every hub is in."""
IDS_AT_ONCE = 500  # connections in one message, which stays under 20 KB
REASON_LENGTH = 128


class LayerEvent(msgspec.Struct, tag_field="type", tag="realtime.event"):
    """An event of a topic, with the finished text."""

    topic: str
    epoch: str
    offset: int
    text: str
    key: str | None = None
    ends: str | None = None
    published_at: int = 0
    """In Unix ms; 0: not known."""


class Marker(msgspec.Struct, tag_field="type", tag="realtime.marker"):
    """Comes back to who sent it, once a group is joined."""

    id: str


class Action(StrEnum):
    """What a hub can be asked to do with connections."""

    TEST = "test"
    """Send `connection_test` now, and record the answer soon."""
    RECOVER = "recover"
    """Send the client away, to resume on a new connection."""
    CLOSE = "close"
    """Close the socket."""
    REPORT = "report"
    """Write the record now: somebody looks at it."""


class Control(msgspec.Struct, tag_field="type", tag="realtime.control"):
    """Asks the hubs that have these connections for an action; the others do nothing."""

    action: Action
    ids: Annotated[list[Annotated[str, Meta(max_length=64)]], Meta(max_length=IDS_AT_ONCE)]
    reason: Annotated[str, Meta(max_length=REASON_LENGTH)] = ""


LayerMessage = LayerEvent | Marker | Control
KINDS: dict[object, type[LayerMessage]] = {kind.__struct_config__.tag: kind for kind in (LayerEvent, Marker, Control)}


def decode(message: object) -> LayerMessage:
    """Check a message of the layer. Raises `ValueError` for what is none of ours."""
    kind = message.get("type") if isinstance(message, dict) else None
    if not isinstance(kind, str) or kind not in KINDS:
        raise ValueError(f"type: got {str(kind)[:64]!r}, expected one of {sorted(map(str, KINDS))}")
    found = msgspec.convert(message, KINDS[kind])  # a single kind, for which msgspec is several times as fast
    if isinstance(found, LayerEvent) and not _is_whole(found):
        raise ValueError(f"text: got {found.text[:64]!r}, expected an event of offset {found.offset} with its envelope")
    return found


def _is_whole(event: LayerEvent) -> bool:
    """Whether the text is of the position that it comes with. What is not would go out in place of the real event. It
    is not parsed, since there are many."""
    return event.text.startswith(opening(event.topic, event.epoch, event.offset)) and event.text.endswith("}")


def control(action: Action, ids: Sequence[str], reason: str = "") -> Iterator[dict[str, Any]]:
    """The messages that ask for an action: as many as the ids need."""
    for start in range(0, len(ids), IDS_AT_ONCE):
        yield msgspec.to_builtins(Control(action, list(ids[start : start + IDS_AT_ONCE]), reason[:REASON_LENGTH]))
