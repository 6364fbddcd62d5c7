"""The AsyncAPI document of the WebSockets, made from protocol.py and from the topics' events."""

from collections.abc import Iterable
from typing import Any, get_args

import msgspec

from realtime.protocol import VERSION, ClientMessage, Event, FromServer
from realtime.topics import Topic

SCHEMAS = "#/components/schemas/{name}"
MESSAGES = "#/components/messages/"
ADDRESS = "/ws/events/"


class Envelope(msgspec.Struct, kw_only=True):
    """What every event has besides its own fields."""

    topic: str
    epoch: str
    offset: int
    event_id: str


def document(topics: Iterable[type[Topic]], title: str = "Events", version: str = VERSION) -> dict[str, Any]:
    """The document of a server that has these kinds of topics, as JSON."""
    topics = list(topics)
    client = {f"client.{_tag(kind)}": kind for kind in get_args(ClientMessage)}
    server = {f"server.{_tag(kind)}": kind for kind in _kinds(FromServer)}
    events = {f"event.{_tag(kind)}": kind for topic in topics for kind in topic.events}
    kinds = client | server | events
    references, schemas = msgspec.json.schema_components([*kinds.values(), Envelope], ref_template=SCHEMAS)
    *payloads, envelope = references
    return {
        "asyncapi": "3.0.0",
        "info": {"title": title, "version": version, "description": _description(topics)},
        "defaultContentType": "application/json",
        "channels": {"events": {"address": ADDRESS, "messages": {name: {"$ref": MESSAGES + name} for name in kinds}}},
        "operations": {"fromClient": _operation("receive", client), "fromServer": _operation("send", server | events)},
        "components": {
            "messages": {
                name: _message(kind, payload, envelope)
                for (name, kind), payload in zip(kinds.items(), payloads, strict=True)
            },
            "schemas": schemas,
        },
    }


def _kinds(base: type[msgspec.Struct]) -> list[type[msgspec.Struct]]:
    """The messages of protocol.py itself; others may have derived their own."""
    return [kind for kind in base.__subclasses__() if kind.__module__ == base.__module__]


def _description(topics: Iterable[type[Topic]]) -> str:
    names = ", ".join(topic.pattern for topic in topics)
    return f"A frame is one message, or an array of them. Topics: {names}."


def _operation(action: str, kinds: Iterable[str]) -> dict[str, Any]:
    messages = [{"$ref": f"#/channels/events/messages/{name}"} for name in kinds]
    return {"action": action, "channel": {"$ref": "#/channels/events"}, "messages": messages}


def _message(kind: type[msgspec.Struct], payload: dict[str, Any], envelope: dict[str, Any]) -> dict[str, Any]:
    if issubclass(kind, Event):
        payload = {"allOf": [payload, envelope]}
    return {"name": _tag(kind), "title": kind.__name__, "summary": _summary(kind), "payload": payload}


def _summary(kind: type[msgspec.Struct]) -> str:
    return " ".join((kind.__doc__ or "").split())


def _tag(kind: type[msgspec.Struct]) -> str:
    return str(kind.__struct_config__.tag)
