"""The envelope of events."""

import json
from typing import Any

import pytest

from realtime.protocol import Event, encode_event, envelop


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
    with pytest.raises(TypeError, match=field):
        type(Event)("Wrong", (Event,), {"__annotations__": {field: str}, "__module__": __name__})
