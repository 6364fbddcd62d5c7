"""Each state of a row: by keyboard alone, in every kind of colours, and with axe's eyes."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import Visit
from tests.browser.rows import SECONDS, expect_live, row
from tests.browser.seeds import owner_key, seed
from tests.stack import Site

STATES = ("queued", "running", "completed", "failed", "cancelled")
WIDTHS = (320, 768, 1440)
COLOURS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "forced": {"forced_colors": "active"},
}
FILE: dict[str, Any] = {"name": "ready.png", "mimeType": "image/png", "buffer": b"content"}
UNKNOWN = """
from conversions.models import Conversion
Conversion.objects.filter(owner__key={key!r}).update(percent=None)
"""
MOVING = "document.getAnimations().map(({ animationName }) => animationName)"
GONE = {"name": "gone.png", "mimeType": "image/png", "buffer": b""}
REFUSED = {"name": "empty.png", "mimeType": "image/png", "buffer": b""}


def full(page: Page, site: Site) -> None:
    """A page with a row in each state."""
    seed(site, page, *STATES)
    page.set_input_files("#files", [FILE, REFUSED])
    expect(row(page, FILE["name"]).get_by_role("button", name="Options")).to_be_visible()
    expect(page.locator("#rows > li")).to_have_count(len(STATES) + 2)
    expect_live(page)


def test_axe_finds_nothing_on_any_page(page: Page) -> None:
    for path in ("/", "/accounts/login/", "/nothing"):
        page.goto(path)
        assert violations(page) == []


def test_axe_finds_nothing_in_any_state(page: Page, site: Site) -> None:
    full(page, site)
    assert violations(page) == []


@pytest.mark.slow
@pytest.mark.parametrize("colours", COLOURS)
def test_axe_finds_nothing_at_any_width_in_any_colours(visit: Visit, site: Site, colours: str) -> None:
    page = visit(**COLOURS[colours])
    full(page, site)
    for summary in page.locator("summary:visible").all():
        summary.click()
    row(page, FILE["name"]).get_by_role("button", name="Options").click()
    page.locator("#light button").first.focus()
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        open_toast(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert violations(page) == []
        assert page.locator("#toast").is_visible()
        row(page, FILE["name"]).get_by_role("combobox").first.click()
        expect(page.get_by_role("listbox")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert violations(page) == []
        page.keyboard.press("Escape")


def open_toast(page: Page) -> None:
    """A message with a button, which stays for as long as the pointer is on it."""
    page.set_input_files("#files", GONE)
    page.get_by_role("button", name=f"Delete {GONE['name']}").click()
    page.locator("#toast").hover()


def test_a_message_has_edges_where_the_system_chooses_the_colours(visit: Visit) -> None:
    page = visit(forced_colors="active")
    open_toast(page)
    for part in (page.locator("#toast"), page.get_by_role("button", name="Undo")):
        assert part.evaluate("part => getComputedStyle(part).borderTopStyle") == "solid"


def test_each_state_is_left_by_keyboard_alone(page: Page, site: Site) -> None:
    full(page, site)
    expected = {
        "ready.png": ["Convert ready.png to", "Options for ready.png", "Convert ready.png", "Delete ready.png"],
        "empty.png": ["Details", "Delete empty.png"],
        "cancelled 4.png": ["Run again cancelled 4.png", "Delete cancelled 4.png"],
        "failed 3.png": ["Details", "Retry failed 3.png", "Delete failed 3.png"],
        "completed 2.png": ["Download completed 2.png", "Delete completed 2.png"],
        "running 1.png": ["Cancel running 1.png"],
        "queued 0.png": ["Cancel queued 0.png"],
    }
    page.locator("#clear").focus()
    assert walk(page, sum(map(len, expected.values()))) == [name for names in expected.values() for name in names]


def walk(page: Page, steps: int) -> list[str]:
    """The names of what the Tab key comes to; where each can be seen to have the focus."""
    names = []
    for _ in range(steps):
        page.keyboard.press("Tab")
        name, outline = page.evaluate("""() => {
            const focused = document.activeElement;
            const name = focused.getAttribute("aria-label") ?? focused.textContent;
            return [name, getComputedStyle(focused).outlineStyle];
        }""")
        assert outline != "none", f"nobody sees that {name} has the focus"
        names.append(name)
    return names


@pytest.mark.parametrize(("name", "state"), [("Cancel", "running"), ("Delete", "failed")])
def test_a_row_is_acted_on_by_keyboard(page: Page, site: Site, name: str, state: str) -> None:
    seed(site, page, state)
    page.get_by_role("button", name=f"{name} {state}").focus()
    page.keyboard.press("Enter")
    if name == "Cancel":
        expect(page.locator("#rows > li")).to_have_attribute("data-look", "off")
        expect(page.get_by_role("button", name="Run again")).to_be_focused()
    else:
        expect(page.locator("#rows > li")).to_have_count(0)
        expect(page.get_by_role("button", name="Choose files")).to_be_focused()


def test_nothing_moves_where_motion_is_not_wanted(page: Page, site: Site) -> None:
    seed(site, page, "running")
    page.locator(".track").evaluate("track => track.dataset.bar = 'unknown'")
    for motion, moving in (("no-preference", 1), ("reduce", 0)):
        page.emulate_media(reduced_motion=motion)
        assert page.evaluate("document.getAnimations().length") == moving


def test_the_bar_of_what_is_unknown_stops_when_nothing_is_heard_and_no_place_is_told(page: Page, site: Site) -> None:
    seed(site, page, "running", "queued")
    site.manage("shell", "-v", "0", "-c", UNKNOWN.format(key=owner_key(page)))
    page.reload()
    expect_live(page)
    bar = row(page, "running 0.png").locator("[data-part=track]")
    expect(bar).to_have_attribute("data-bar", "unknown")
    assert "passing" in page.evaluate(MOVING)
    place = row(page, "queued 1.png").locator("[data-part=note]")
    expect(place).to_contain_text(re.compile("Next to start|before it"))
    page.context.set_offline(True)
    expect(bar).to_have_attribute("data-bar", "still", timeout=20 * SECONDS)
    assert "passing" not in page.evaluate(MOVING)
    expect(place).to_have_text("Starts when it is its turn")
