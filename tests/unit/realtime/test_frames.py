"""A client's frames: what is right is decoded, what is wrong is named."""

import json

import pytest

from realtime.errors import BinaryFrame, FrameTooLarge, InvalidMessage, NotJson, RealtimeError, UnknownType
from realtime.frames import messages
from realtime.protocol import Ack, ClientPing, Subscribe, SubscribeTopic


def only(frame: object) -> object:
    (message,) = messages(json.dumps(frame))
    return message


def test_message_is_decoded() -> None:
    frame = {"type": "subscribe", "id": "7", "topics": [{"topic": "a", "epoch": "e", "offset": 3}, {"topic": "b"}]}
    topics = [SubscribeTopic(topic="a", epoch="e", offset=3), SubscribeTopic(topic="b")]
    assert only(frame) == Subscribe(id="7", topics=topics)


def test_array_is_several_messages() -> None:
    frame = ' [{"type":"ack","received":1},{"type":"ping","sent_at":2.5}]'
    assert list(messages(frame)) == [Ack(received=1), ClientPing(sent_at=2.5)]


def test_unknown_fields_are_ignored() -> None:
    assert only({"type": "ack", "received": 1, "new": [1]}) == Ack(received=1)


@pytest.mark.parametrize("frame", ["", "hello", "{", '{"type":"ack"', "[" * 5_000, "\ud800", '"\\ud800', "nan", "[1,]"])
def test_frame_that_is_not_json(frame: str) -> None:
    with pytest.raises(NotJson):
        list(messages(frame))


def test_binary_frame() -> None:
    with pytest.raises(BinaryFrame):
        list(messages(b"{}"))


def test_size_is_counted_in_bytes() -> None:
    with pytest.raises(FrameTooLarge) as caught:
        list(messages(json.dumps({"type": "ack", "x": "é" * 9_000}, ensure_ascii=False)))
    assert caught.value.params["limit"] == 16_384


@pytest.mark.parametrize(
    ("frame", "error", "named"),
    [
        ({"type": "dance", "id": "4"}, UnknownType, "dance"),
        ({"type": "subscribe", "id": "4"}, InvalidMessage, "topics"),
        ({"type": "subscribe", "id": "4", "topics": "a"}, InvalidMessage, "$.topics"),
        ({"type": "subscribe", "id": "4", "topics": [{"topic": "a", "offset": -1}]}, InvalidMessage, "offset"),
        ({"type": "subscribe", "id": "4", "topics": [{"topic": "a", "offset": 2**70}]}, InvalidMessage, "offset"),
        ({"type": "ack", "id": "4", "received": True}, InvalidMessage, "$.received"),
        ({"id": "4"}, InvalidMessage, "type"),
        ({"id": "4", "type": 5}, InvalidMessage, "type"),
    ],
)
def test_wrong_message_is_an_error_that_names_what_is_wrong(frame: object, error: type[Exception], named: str) -> None:
    found = only(frame)
    assert type(found) is error
    assert isinstance(found, RealtimeError)
    assert named in str(found)
    assert found.in_reply_to == "4"


@pytest.mark.parametrize("frame", [5, None, "text", [5], [[]]])
def test_json_that_is_no_message(frame: object) -> None:
    assert type(only(frame)) is InvalidMessage


def test_right_messages_beside_a_wrong_one_count() -> None:
    found = list(messages('[{"type":"ack","received":1},{"type":"ack"},{"type":"ack","received":2}]'))
    assert [type(message) for message in found] == [Ack, InvalidMessage, Ack]
