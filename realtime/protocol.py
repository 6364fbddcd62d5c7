"""What goes over the wire: the layer's own messages, and the envelope of events. docs/protocol.md describes it.

Times are Unix milliseconds.
"""

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

VERSION = "convertsite.v1"
RESERVED = frozenset({"topic", "epoch", "offset", "event_id"})  # beside `type`, which msgspec itself guards
encoder = msgspec.json.Encoder()


def envelop(topic: str, epoch: str, offset: int, event_id: str, body: str) -> str:
    """The finished text of an event, spliced: its body is not decoded again."""
    return f'{opening(topic, epoch, offset)}{event_id}",{body[1:]}'


def opening(topic: str, epoch: str, offset: int) -> str:
    """What a finished text of this position begins with, up to its event id."""
    return f'{{"topic":"{topic}","epoch":"{epoch}","offset":{offset},"event_id":"'


def as_reply(id: str | None) -> str | UnsetType:
    """A client message's `id` as the `in_reply_to` of its answer, which is left out if there was none."""
    return UNSET if id is None else id


# --- From the client

Id = Annotated[str, Meta(max_length=64)]
Name = Annotated[str, Meta(max_length=128)]
Count = Annotated[int, Meta(ge=0, le=2**53 - 1)]


class FromClient(msgspec.Struct, kw_only=True, tag_field="type"):
    """Base of a client's messages; `id` comes back as `in_reply_to`."""

    id: Id | None = None


class SubscribeTopic(msgspec.Struct, kw_only=True):
    """A topic, and the position that the client has of it."""

    topic: Name
    epoch: Id | None = None
    offset: Count | None = None


class Subscribe(FromClient, tag="subscribe"):
    """Asks for topics; answered by `subscribed` or `error`, one a topic."""

    topics: list[SubscribeTopic]


class Unsubscribe(FromClient, tag="unsubscribe"):
    """Leaves topics; answered by one `unsubscribed`."""

    topics: list[Name]


class Ack(FromClient, tag="ack"):
    """Frames received on this connection so far."""

    received: Count


class ClientPing(FromClient, tag="ping"):
    """Asks for a `pong` that echoes `sent_at`."""

    sent_at: float


class ClientPong(FromClient, tag="pong"):
    """Answers the server's `ping`."""

    sent_at: float
    received: Count | None = None


class ConnectionTestResponse(FromClient, tag="connection_test_response"):
    """Answers `connection_test`."""

    test_id: Id


class Recovery(FromClient):
    """The client's own account of a reconnect."""

    attempt: Count = 0
    reason: Name = ""
    downtime_ms: Annotated[float, Meta(ge=0)] | None = None


class RecoveryAttempt(Recovery, tag="recovery_attempt"):
    """The client is trying to come back."""


class RecoverySuccess(Recovery, tag="recovery_success"):
    """The client came back."""


class RecoveryFailure(Recovery, tag="recovery_failure"):
    """The client gave up, or one try failed."""


ClientMessage = (
    Subscribe
    | Unsubscribe
    | Ack
    | ClientPing
    | ClientPong
    | ConnectionTestResponse
    | RecoveryAttempt
    | RecoverySuccess
    | RecoveryFailure
)

# --- From the server


class FromServer(msgspec.Struct, kw_only=True, tag_field="type"):
    """Base of the server's messages."""


class ConnectionEstablished(FromServer, tag="connection_established"):
    """The first message of a connection."""

    connection_id: str
    heartbeat_interval_ms: int
    ping_timeout_ms: int
    max_queue_size: int
    server_time: int
    client_version: str


class Subscribed(FromServer, tag="subscribed"):
    """The client follows the topic from this position on. Where it is not `recovered`, what it had is void: it starts
    over from `snapshot`, or, if there is none, from the events that follow."""

    topic: str
    epoch: str
    offset: int
    recovered: bool
    snapshot: msgspec.Raw | UnsetType = UNSET
    in_reply_to: str | UnsetType = UNSET


class Unsubscribed(FromServer, tag="unsubscribed"):
    """No events of these topics follow."""

    topics: list[str]
    in_reply_to: str | UnsetType = UNSET


class ServerPing(FromServer, tag="ping"):
    """Asks for a `pong` that echoes `sent_at`."""

    sent_at: int


class ServerPong(FromServer, tag="pong"):
    """Answers the client's `ping`."""

    sent_at: float
    in_reply_to: str | UnsetType = UNSET


class ConnectionTest(FromServer, tag="connection_test"):
    """A ping stayed unanswered; a `connection_test_response` shows that the client is there."""

    test_id: str
    sent_at: int


class ConnectionRecovery(FromServer, tag="connection_recovery"):
    """Tells the client to `reconnect` or to `slow_down`."""

    reason: str
    latency_ms: float | None
    action: str


class ServerShutdown(FromServer, tag="server_shutdown"):
    """The process ends; come back after the given time, which is spread over the clients."""

    reason: str
    reconnect_in_ms: int


class ErrorMessage(FromServer, tag="error"):
    """What went wrong: a code for programs, a message and a suggestion for people."""

    code: str
    message: str
    params: dict[str, Any]
    suggestion: str
    retryable: bool
    retry_after_ms: int | UnsetType = UNSET
    in_reply_to: str | UnsetType = UNSET


# --- Events

# What only clients say an event may be called as well.
TAKEN = frozenset(kind.__struct_config__.tag for kind in FromServer.__subclasses__())


class _EventMeta(msgspec.StructMeta):
    """Looks at an event's tag and fields as they go over the wire, renamed: `__init_subclass__` is called before."""

    def __init__(self, name: str, *arguments: Any, **options: Any) -> None:
        super().__init__(name, *arguments)
        if taken := RESERVED.intersection(self.__struct_encode_fields__):
            raise TypeError(f"{name}: the envelope has the fields {sorted(taken)}; choose other names")
        if (tag := self.__struct_config__.tag) in TAKEN:
            raise TypeError(f"{name}: {tag!r} is a message of the layer's own; choose another tag")


class Event(msgspec.Struct, kw_only=True, tag_field="type", metaclass=_EventMeta):
    """Base of an app's events: `class JobDone(Event, tag="job_done"): job_id: str`.

    The tag is the event's `type`; those of the server's own messages, such as `error`, are taken. The fields `topic`,
    `epoch`, `offset` and `event_id` are the envelope's.
    """


def encode_event(event: Event) -> str:
    """The event's own JSON object, as a history stores it: `type` and fields, no envelope."""
    return encoder.encode(event).decode()
