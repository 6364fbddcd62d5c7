"""What goes over the channel layer, and what is let in."""

from typing import Any

import msgspec
import pytest

from realtime.layer import IDS_AT_ONCE, Action, Control, LayerEvent, control, decode
from realtime.protocol import envelop

TEXT = envelop("t", "e", 1, "id", '{"type":"said"}')
EVENT = {"type": "realtime.event", "topic": "t", "epoch": "e", "offset": 1, "text": TEXT, "key": None, "ends": None}
CONTROL = {"type": "realtime.control", "action": "test", "ids": ["a"], "reason": ""}


def test_ours_is_understood() -> None:
    assert decode(EVENT) == LayerEvent("t", "e", 1, TEXT)
    assert decode(CONTROL) == Control(Action.TEST, ["a"])


@pytest.mark.parametrize(
    "message",
    [
        None,
        "text",
        {},
        {"type": 5},
        {"type": "chat.message"},
        {**EVENT, "offset": "1"},
        {**EVENT, "text": 5},
        {**EVENT, "key": ["k"]},
        {**EVENT, "text": "{not json"},
        {**EVENT, "text": "{}"},
        {**EVENT, "text": TEXT[:-1]},
        {**EVENT, "topic": "u"},
        {**EVENT, "epoch": "f"},
        {**EVENT, "offset": 2},
        {**EVENT, "offset": 11},
        {"type": "realtime.event"},
        {**CONTROL, "action": "dance"},
        {**CONTROL, "ids": "a"},
        {**CONTROL, "ids": [1]},
        {**CONTROL, "ids": ["x" * 65]},
        {**CONTROL, "ids": ["a"] * (IDS_AT_ONCE + 1)},
        {**CONTROL, "reason": None},
        {**CONTROL, "reason": "x" * 129},
    ],
)
def test_anything_else_is_not(message: Any) -> None:
    with pytest.raises(ValueError, match=r"type|text|Expected|Invalid|missing"):
        decode(message)


def test_many_connections_are_some_messages_of_bounded_size() -> None:
    names = [f"{number:032x}" for number in range(10_000)]
    messages = list(control(Action.RECOVER, names, "x" * 1_000))
    assert len(messages) == 20
    assert max(len(msgspec.msgpack.encode(message)) for message in messages) < 20_000
    found = [decode(message) for message in messages]
    assert [name for message in found if isinstance(message, Control) for name in message.ids] == names


def test_no_connections_are_no_message() -> None:
    assert list(control(Action.TEST, [])) == []
