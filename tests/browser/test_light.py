"""The connection light where the server answers but does not serve; and its tip, which is in nobody's way."""

import json
from typing import Any

import pytest
from playwright.sync_api import Page, Route, WebSocketRoute, expect

from tests.browser.conftest import Visit
from tests.browser.network import LIST, SOCKET, cut, signed_out
from tests.browser.rows import SECONDS, expect_live
from tests.stack import Site

TOO_MANY = {
    "type": "error",
    "code": "too_many_connections",
    "message": "There are 20 open connections already.",
    "suggestion": "Close another tab, or wait.",
    "params": {},
    "retry_after_ms": 30_000,
}

STAFF = """
from django.contrib.auth.models import User
User.objects.create_user("bar.keeper", password="Kestrel-77-x", is_staff=True)
"""


def refusing(times: int) -> Any:
    """The real server, but the first `times` that a topic is followed it is refused."""
    left = [times]

    def refused(message: dict[str, Any]) -> dict[str, Any]:
        if message["type"] != "subscribed" or not left[0]:
            return message
        left[0] -= 1
        return {"type": "error", "code": "topic_not_found", "message": "No.", "params": {"topic": message["topic"]}}

    def route(page_side: WebSocketRoute) -> None:
        server = page_side.connect_to_server()

        def told(text: str | bytes) -> None:
            messages = json.loads(text)
            messages = messages if isinstance(messages, list) else [messages]
            page_side.send(json.dumps([refused(each) for each in messages]))

        server.on_message(told)

    return route


def full(page_side: WebSocketRoute) -> None:
    page_side.send(json.dumps(TOO_MANY))
    page_side.close(code=4412)


def test_a_refused_topic_is_not_live_until_it_is_followed(page: Page) -> None:
    answers = [503, 503]

    def answer(route: Route) -> None:
        if answers:
            route.fulfill(status=answers.pop(), content_type="text/html", body="busy")
        else:
            route.continue_()

    page.route(LIST, answer)
    page.route_web_socket(SOCKET, refusing(3))
    page.reload()
    expect(page.locator("#light")).to_contain_text("Reconnecting")
    expect(page.locator("#light-tip")).to_contain_text("The site answered with an error (503).")
    expect_live(page)
    assert answers == []


def test_a_server_that_has_no_room_is_quoted(page: Page) -> None:
    page.route_web_socket(SOCKET, full)
    page.reload()
    expect(page.locator("#light")).to_contain_text("Retrying in")
    expect(page.locator("#light-tip")).to_contain_text("Close another tab, or wait.")


@pytest.mark.parametrize("width", [320, 760, 761, 1280])
def test_who_is_signed_out_is_told_once_and_the_tip_covers_no_button(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.route(LIST, lambda route: route.fulfill(status=401, json={"code": "x", "detail": "No."}))
    page.route_web_socket(SOCKET, signed_out)
    page.reload()
    expect(page.locator("#light")).to_contain_text("Signed out")
    light = page.locator("#light button").first
    light.hover()
    expect(page.locator("#light-tip")).to_be_visible()
    light.focus()
    assert page.evaluate("""() => {
        const [tip, button] = ["#light-tip", "#notice button"].map(each =>
            document.querySelector(each).getBoundingClientRect());
        return tip.bottom <= button.top || tip.top >= button.bottom || tip.left >= button.right;
    }""")
    page.keyboard.press("Escape")
    expect(page.locator("#light-tip")).to_be_hidden()
    page.mouse.move(5, 700)
    light.hover()
    expect(page.locator("#light-tip")).to_be_visible()
    expect(page.locator("#light [data-part=retry]")).to_be_hidden()


def test_without_websockets_in_the_browser_the_page_works(page: Page) -> None:
    page.add_init_script("delete window.WebSocket")
    page.reload()
    expect(page.locator("#light")).to_contain_text("Live (fallback)", timeout=30 * SECONDS)


@pytest.mark.parametrize(("word", "chance"), [("Reconnecting in", 0.99), ("Disconnected", 0)])
def test_no_state_of_the_connection_takes_a_line_of_its_own(visit: Visit, word: str, chance: float) -> None:
    page = visit(viewport={"width": 320, "height": 800})
    expect_live(page)
    page.set_input_files("#files", {"name": "a.png", "mimeType": "image/png", "buffer": b"content"})
    bar = page.locator(".bar")
    before = bar.bounding_box()
    cut(page, until=word, chance=chance)
    expect(page.locator("#light [data-part=retry]")).to_be_visible()
    assert bar.bounding_box() == before
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.locator("#light button").first.focus()
    tip, choose = (page.locator(each).bounding_box() for each in ("#light-tip", "#choose"))
    assert tip
    assert choose
    assert tip["y"] + tip["height"] <= choose["y"]


def test_the_header_of_who_works_here_takes_no_more_lines(visit: Visit, site: Site) -> None:
    page = visit(viewport={"width": 320, "height": 800})
    before = page.locator(".bar").bounding_box()
    site.manage("shell", "-v", "0", "-c", STAFF)
    page.goto("/accounts/login/")
    page.get_by_label("Name").fill("bar.keeper")
    page.get_by_label("Password").fill("Kestrel-77-x")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Admin")).to_be_visible()
    expect_live(page)
    assert page.locator(".bar").bounding_box() == before
    show = "word => (document.querySelector('#light [data-part=word]').textContent = word)"
    for word in ("Reconnecting in 30 s", "Reconnecting…"):
        page.evaluate("document.querySelector('#light [data-part=retry]').hidden = false")
        page.evaluate(show, word)
        assert page.locator(".bar").bounding_box() == before
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
