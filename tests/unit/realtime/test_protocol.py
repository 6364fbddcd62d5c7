"""The envelope of events."""

import json
from typing import Any

import pytest

from realtime.protocol import Event, FromServer, encode_event, envelop


class Grown(Event, tag="grown"):
    metres: float
    names: dict[str, Any]


def test_envelope_is_spliced_around_the_body() -> None:
    body = encode_event(Grown(metres=1.5, names={"é": [None, 'quo"te']}))
    assert json.loads(envelop("tree.1", "ep", 12, "id-1", body)) == {
        "type": "grown",
        "metres": 1.5,
        "names": {"é": [None, 'quo"te']},
        "topic": "tree.1",
        "epoch": "ep",
        "offset": 12,
        "event_id": "id-1",
    }


def test_event_without_fields_has_its_type() -> None:
    class Felled(Event, tag="felled"):
        pass

    assert json.loads(envelop("t", "e", 1, "i", encode_event(Felled())))["type"] == "felled"


@pytest.mark.parametrize("field", ["topic", "epoch", "offset", "event_id", "type"])
def test_fields_of_the_envelope_cannot_be_an_events(field: str) -> None:
    with pytest.raises((TypeError, ValueError), match=field):
        type(Event)("Wrong", (Event,), {"__annotations__": {field: str}, "__module__": __name__})


def test_no_field_is_renamed_to_one_of_the_envelope() -> None:
    with pytest.raises(TypeError, match="offset"):

        class Wrong(Event, rename={"pos": "offset"}):
            pos: int


@pytest.mark.parametrize("kind", FromServer.__subclasses__())
def test_no_event_has_the_type_of_what_the_server_itself_says(kind: type[FromServer]) -> None:
    tag = str(kind.__struct_config__.tag)
    with pytest.raises(TypeError, match=tag):
        type(Event)("Wrong", (Event,), {"__module__": __name__}, tag=tag)
