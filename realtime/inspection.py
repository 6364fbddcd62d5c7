"""What the page of one connection shows."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from asgiref.sync import async_to_sync

from realtime.backoff import AWAY
from realtime.history import History, Position, connect
from realtime.layer import HUBS, Action, control
from realtime.models import ConnectionRecord, ConnectionState
from realtime.overview import CLOSE_WORDS
from realtime.publisher import tell

WORDS = {
    "tested": "Asked whether it is there",
    "answered": "Answered",
    "quality": "Quality is now",
    "sent_away": "Sent to a new connection",
    "came_back": "The client says it came back",
    "failed_to_come_back": "The client says it could not come back",
}
ENDS = {
    1000: "closed by the client",
    1001: "the page was left",
    1005: "closed by the client",
    4012: "the server went away",
    **CLOSE_WORDS,
}


@dataclass(frozen=True)
class Moment:
    """Something in a connection's life."""

    at: datetime
    what: str
    more: str = ""


@dataclass(frozen=True)
class Followed:
    """A topic: up to where the connection was handed all, and up to where the history goes; None: not known."""

    topic: str
    offset: int | None
    top: int | None
    same_epoch: bool

    @property
    def behind(self) -> int | None:
        """Offsets that it was not handed yet; some of them may be conflated by then."""
        if self.offset is None or self.top is None or not self.same_epoch:
            return None
        return max(0, self.top - self.offset)


@dataclass(frozen=True)
class RoundTrip:
    """A question that was answered."""

    at: datetime
    latency_ms: float


def look(connection_id: str) -> dict[str, Any] | None:
    """The connection's `record`, `life`, `topics` and `round_trips`, of what its process last wrote; it is asked to
    write again, so that the next look sees more. None: there is no record."""
    record = ConnectionRecord.objects.filter(pk=connection_id).first()
    if record is None:
        return None
    if record.state != ConnectionState.CLOSED:
        tell(HUBS, control(Action.REPORT, [record.pk]))
    details = record.details or {}
    trips = [RoundTrip(_moment(at), ms) for at, ms in details.get("round_trips", [])]
    return {
        "record": record,
        "under_way": record.frames_sent - record.frames_acknowledged,
        "life": life(record),
        "topics": _topics(details.get("topics", [])),
        "round_trips": trips[::-1],
    }


def life(record: ConnectionRecord) -> list[Moment]:
    """What happened to the connection, in order."""
    moments = (record.details or {}).get("life", [])
    between = [Moment(_moment(at), WORDS.get(what, what), more) for at, what, more in moments]
    found = [Moment(record.opened_at, "Opened", f"from {record.address or 'an unknown address'}"), *between]
    if record.closed_at is not None:
        code = record.close_code
        words = ENDS.get(code, "")
        found.append(
            Moment(record.closed_at, f"Closed with {code}", " · ".join(filter(None, (words, record.close_reason))))
        )
    elif record.state == ConnectionState.STALE:
        found.append(Moment(record.reported_at, "Last report of its process"))
    return found


def _topics(kept: list[dict[str, Any]]) -> list[Followed]:
    tops = _tops([each["topic"] for each in kept])
    return [
        Followed(
            topic=each["topic"],
            offset=each.get("offset"),
            top=top.offset if top else None,
            same_epoch=top is not None and top.epoch == each.get("epoch"),
        )
        for each, top in zip(kept, tops, strict=True)
    ]


def _tops(names: list[str]) -> list[Position | None]:
    if not names:
        return []
    try:
        return async_to_sync(_positions, force_new_loop=True)(names)
    except AWAY:
        return [None] * len(names)


async def _positions(names: list[str]) -> list[Position | None]:
    history = History(connect())
    try:
        return await history.positions(names)
    finally:
        await history.close()


def _moment(unix_ms: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=unix_ms)
