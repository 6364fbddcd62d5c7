"""docs/asyncapi.json says what protocol.py and the topics' events say."""

import json
import re
from pathlib import Path

from conversions.topics import OwnerTopic
from realtime.asyncapi import document
from realtime.frames import KNOWN
from realtime.protocol import Event
from realtime.topics import Topic

PAGE = Path(__file__).parents[3] / "docs" / "asyncapi.json"


def test_document_is_up_to_date() -> None:
    assert json.loads(PAGE.read_text()) == document([OwnerTopic]), "make it anew: make docs"


def test_every_reference_leads_somewhere() -> None:
    found = document([OwnerTopic])
    references = re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(found))
    assert references
    for reference in set(references):
        place = found
        for part in reference.split("/"):
            place = place[part]
        assert place


def test_every_message_is_in_one_operation() -> None:
    found = document([OwnerTopic])
    receive, send = (found["operations"][name]["messages"] for name in ("fromClient", "fromServer"))
    assert len(receive) == len(KNOWN)
    assert len(receive) + len(send) == len(found["components"]["messages"])


def test_events_of_the_same_name_in_two_apps_are_kept_apart() -> None:
    def kind(module: str, tag: str) -> type[Event]:
        return type(Event)("Done", (Event,), {"__module__": module, "__annotations__": {}}, tag=tag)

    one, other = kind("one", "one_done"), kind("other", "other_done")
    topic = type("Both", (Topic,), {"pattern": "both", "events": (one, other)})
    messages = document([topic])["components"]["messages"]
    payloads = [messages[f"event.{tag}"]["payload"]["allOf"][0] for tag in ("one_done", "other_done")]
    assert payloads[0] != payloads[1]
