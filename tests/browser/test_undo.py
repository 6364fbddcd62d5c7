"""What was removed can be brought back, as long as the page offers it."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import pictures
from tests.browser.conftest import Visit
from tests.browser.rows import add, expect_look, row, start, titles
from tests.browser.seeds import seed
from tests.stack import Site


def remove(page: Page, name: str) -> None:
    row(page, name).get_by_role("button", name="Delete").click()
    expect(row(page, name)).to_have_count(0)


def undo(page: Page) -> None:
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#toast")).to_be_hidden()


def test_one_undo_brings_back_all_that_was_removed_of_late(page: Page, tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        expect_look(start(page, pictures.small(tmp_path / name)), "done")
    add(page, pictures.small(tmp_path / "unsent.png"))
    shown = titles(page)
    for name in ("a.png", "unsent.png", "b.png"):
        remove(page, name)
    expect(page.locator("#toast")).to_contain_text("Removed 3 files")
    undo(page)
    expect(page.locator("#rows > li")).to_have_count(3)
    assert titles(page) == shown
    row(page, "unsent.png").get_by_role("button", name="Convert").click()
    expect_look(row(page, "unsent.png"), "done")


def test_an_error_takes_no_undo_away(page: Page, tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        expect_look(start(page, pictures.small(tmp_path / name)), "done")
    remove(page, "a.png")
    page.route("**/api/v1/conversions/*", lambda route: route.abort("connectionreset"), times=1)
    row(page, "b.png").get_by_role("button", name="Delete").click()
    expect(page.locator("#toast")).to_contain_text("The site cannot be reached. ")
    expect(page.locator("#toast")).to_contain_text("Removed a.png")
    undo(page)
    expect_look(row(page, "a.png"), "done")
    expect_look(row(page, "b.png"), "done")


def test_clearing_can_be_undone_also_for_an_upload_that_failed(page: Page, tmp_path: Path) -> None:
    page.route("**/api/v1/conversions", lambda route: route.fulfill(status=500), times=1)
    expect_look(start(page, pictures.small(tmp_path / "failed.png")), "fail")
    page.get_by_role("button", name="Clear finished").click()
    expect(page.locator("#rows > li")).to_have_count(0)
    undo(page)
    row(page, "failed.png").get_by_role("button", name="Retry").click()
    expect_look(row(page, "failed.png"), "done")


@pytest.mark.parametrize("width", [320, 1280])
def test_at_the_end_of_the_list_the_offer_covers_no_row(visit: Visit, site: Site, width: int) -> None:
    page = visit(viewport={"width": width, "height": 400})
    seed(site, page, "running", "completed", count=6)
    row(page, "completed 5.png").get_by_role("button", name="Delete").click()
    page.route("**/api/v1/conversions/*", lambda route: route.abort("connectionreset"))
    row(page, "completed 3.png").get_by_role("button", name="Delete").click()
    expect(page.locator("#toast")).to_contain_text("The site cannot be reached. ")
    expect(page.locator("#rows > li")).to_have_count(5)
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    last, toast = page.locator("#rows > li").last.bounding_box(), page.locator("#toast").bounding_box()
    assert last
    assert toast
    assert last["y"] + last["height"] <= toast["y"]
    assert toast["y"] + toast["height"] <= 400
