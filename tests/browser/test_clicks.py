"""A hasty click does once what it was meant for, and who works by keyboard is never left nowhere."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import pictures
from tests.browser.rows import SECONDS, add, expect_live, expect_look, row, start

REQUESTS = """() => {
    window.deletions = 0;
    const ask = window.fetch;
    window.fetch = (url, options) => {
        if (options?.method === "DELETE") window.deletions += 1;
        return ask(url, options);
    };
}"""


def done(page: Page, folder: Path, *names: str) -> None:
    for name in names:
        expect_look(start(page, pictures.small(folder / name)), "done")


def test_a_double_click_on_delete_removes_one_row(page: Page, tmp_path: Path) -> None:
    done(page, tmp_path, "a.png", "b.png", "c.png")
    row(page, "c.png").get_by_role("button", name="Delete").dblclick(delay=100)
    expect(page.locator("#rows > li")).to_have_count(2)
    expect(page.locator("#toast")).to_contain_text("Removed c.png")
    row(page, "b.png").get_by_role("button", name="Delete").click()
    expect(page.locator("#toast")).to_contain_text("Removed 2 files")


@pytest.mark.parametrize("delay", [0, 100])
def test_a_double_click_above_the_list_acts_once(page: Page, tmp_path: Path, delay: int) -> None:
    names = ["a.png", "b.png", "c.png"]
    add(page, *(pictures.small(tmp_path / name) for name in names))
    page.get_by_role("button", name="Convert 3 files").dblclick(delay=delay)
    expect(page.locator("#rows > li[data-look=done]")).to_have_count(3, timeout=20 * SECONDS)
    assert page.context.request.get("/api/v1/conversions").json()["count"] == len(names)
    page.evaluate(REQUESTS)
    page.get_by_role("button", name="Clear finished").dblclick(delay=delay)
    expect(page.locator("#rows > li")).to_have_count(0)
    expect(page.locator("#toast")).to_have_text("Removed 3 filesUndo")
    assert page.evaluate("window.deletions") == len(names)


def test_the_focus_stays_where_the_work_is(page: Page, tmp_path: Path) -> None:
    add(page, pictures.small(tmp_path / "a.png"), pictures.small(tmp_path / "b.png"))
    page.get_by_role("button", name="Convert 2 files").press("Enter")
    expect(page.locator("#count")).to_be_focused()
    expect(page.locator("#rows > li[data-look=done]")).to_have_count(2, timeout=20 * SECONDS)
    add(page, pictures.small(tmp_path / "unsent.png"))
    page.get_by_role("button", name="Clear finished").press("Enter")
    expect(page.locator("#count")).to_be_focused()
    row(page, "unsent.png").get_by_role("button", name="Delete").press("Enter")
    expect(page.locator("#choose")).to_be_focused()


def test_the_focus_stays_on_the_light_when_retry_goes(page: Page) -> None:
    expect_live(page)
    page.context.set_offline(True)
    retry = page.locator("#light [data-part=retry]")
    expect(retry).to_be_visible(timeout=30 * SECONDS)
    retry.focus()
    expect(retry).to_be_focused()
    page.context.set_offline(False)
    expect_live(page)
    expect(page.locator("#light button").first).to_be_focused()
