"""An event that is incomplete or wrong harms nothing: the page goes on, and asks for what it must know."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, WebSocketRoute

from tests.browser import pictures
from tests.browser.rows import expect_live, expect_look, start, titles

Event = dict[str, Any]
UNKNOWN = "00000000-0000-0000-0000-000000000001"


def falsify(page: Page, change: Callable[[Event], list[Event]]) -> None:
    """Put other events in the place of each that the page would get."""

    def route(page_side: WebSocketRoute) -> None:
        server = page_side.connect_to_server()

        def told(text: str | bytes) -> None:
            frame = json.loads(text)
            events = frame if isinstance(frame, list) else [frame]
            page_side.send(json.dumps([each for event in events for each in change(event)]))

        server.on_message(told)

    page.route_web_socket("**/ws/events/", route)
    page.reload()
    expect_live(page)


def test_events_that_are_wrong_stop_no_other(page: Page, tmp_path: Path) -> None:
    wrong: list[Event] = [
        {"type": "conversion_queued", "conversion_id": UNKNOWN, "conversion": {"id": UNKNOWN, "state": "queued"}},
        {"type": "conversion_restored", "conversion_id": UNKNOWN, "conversion": None},
    ]

    def change(event: Event) -> list[Event]:
        if event["type"] != "conversion_started":
            return [event]
        progress = {"type": "progress_update", "conversion_id": event["conversion_id"], "percent": 50, "stage": 7}
        place = {name: event[name] for name in ("topic", "epoch", "offset")}
        return [{**each, **place, "event_id": f"wrong {number}"} for number, each in enumerate([*wrong, progress])] + [
            {**event, "offset": event["offset"]}
        ]

    falsify(page, change)
    expect_look(start(page, pictures.small(tmp_path / "first.png")), "done")
    expect_look(start(page, pictures.small(tmp_path / "second.png")), "done")
    assert titles(page) == ["second.png", "first.png"]


def test_an_end_without_its_result_is_asked_for(page: Page, tmp_path: Path) -> None:
    falsify(page, lambda event: [{name: value for name, value in event.items() if name != "output"}])
    added = start(page, pictures.small(tmp_path / "bare.png"))
    page.evaluate("""() => {
        window.looks = [];
        const row = document.querySelector("#rows > li");
        new MutationObserver(() => looks.push(row.dataset.look)).observe(row, { attributes: true });
    }""")
    expect_look(added, "done", 8)
    assert "off" not in page.evaluate("looks")
