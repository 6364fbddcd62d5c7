"""The frames of tests/contract, which JavaScript reads too, are what Python reads and writes."""

import json
from functools import reduce
from operator import or_
from pathlib import Path
from typing import Any

import msgspec
import pytest

from conversions.jobs import events
from realtime.frames import KNOWN, messages
from realtime.protocol import Event, FromClient, FromServer, encode_event, encoder, envelop

FOLDER = Path(__file__).parents[2] / "contract"
SERVER = [kind for kind in FromServer.__subclasses__() if kind.__module__ == FromServer.__module__]


def frames(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((FOLDER / f"{name}.json").read_text())
    return found


def tags(kinds: Any) -> list[str]:
    return sorted(str(kind.__struct_config__.tag) for kind in kinds)


def types(name: str) -> list[str]:
    return sorted(message["type"] for message in frames(name))


def test_each_message_type_is_there_once() -> None:
    assert types("from_client") == sorted(map(str, KNOWN))
    assert types("from_server") == tags(SERVER)
    assert types("events") == tags(events.ALL)


def test_messages_of_the_client_are_understood() -> None:
    for written, read in zip(frames("from_client"), messages((FOLDER / "from_client.json").read_text()), strict=True):
        assert isinstance(read, FromClient)
        known = json.loads(encoder.encode(read))
        assert {name: known[name] for name in written if name != "topics"} == {
            name: value for name, value in written.items() if name != "topics"
        }


@pytest.mark.parametrize("message", frames("from_server"), ids=lambda message: message["type"])
def test_messages_of_the_server_are_written_like_that(message: dict[str, Any]) -> None:
    read = msgspec.json.decode(json.dumps(message), type=reduce(or_, SERVER), strict=True)
    assert json.loads(encoder.encode(read)) == message


@pytest.mark.parametrize("message", frames("events"), ids=lambda message: message["type"])
def test_events_are_written_like_that(message: dict[str, Any]) -> None:
    event = msgspec.json.decode(json.dumps(message), type=reduce(or_, events.ALL), strict=True)
    assert isinstance(event, Event)
    envelope = [message[name] for name in ("topic", "epoch", "offset", "event_id")]
    assert json.loads(envelop(*envelope, encode_event(event))) == message
