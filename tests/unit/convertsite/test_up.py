"""What `manage.py up` prints of its processes' lines."""

import json

from pytest_django import Settings

from convertsite.management.commands.up import as_output


def test_a_line_has_its_process_in_front() -> None:
    assert as_output("web", "2026 INFO x: y") == "web          | 2026 INFO x: y"


def test_json_stays_json_and_all_else_becomes_it(settings: Settings) -> None:
    settings.LOG_FORMAT = "JSON"
    assert json.loads(as_output("web", '{"event": "request", "status": 200}')) == {
        "process": "web",
        "event": "request",
        "status": 200,
    }
    for line in ("# Valkey is starting", "17", "{broken"):
        assert json.loads(as_output("valkey", line)) == {"process": "valkey", "event": line}
