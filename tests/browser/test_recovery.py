"""The page outlives the parts of the site: each is killed, and nobody reloads."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import pictures
from tests.browser.rows import SECONDS, add, expect_live, expect_look, start
from tests.browser.seeds import owner_key
from tests.stack import Site
from tests.waiting import wait_for


@pytest.fixture
def untouched(page: Page) -> Page:
    """A live page; that it was not reloaded is checked by `still_there`."""
    expect_live(page)
    page.evaluate("window.untouched = true")
    return page


def still_there(page: Page) -> bool:
    return bool(page.evaluate("window.untouched === true"))


def kill(site: Site, name: str) -> None:
    """`kill -9`, and wait until the supervisor has put another in its place."""
    old = site.child(name)
    old.kill()
    wait_for(lambda: not old.is_running(), because=f"the end of {name}")


LAPSE = """
from conversions.models import Conversion
Conversion.objects.filter(owner__key={key!r}, state="running").update(lease_until="2000-01-01T00:00Z")
"""


def wait_until_ready(site: Site) -> None:
    wait_for(lambda: site.get("/readyz")[0] == 200, timeout=40, because="readiness")


@pytest.mark.parametrize("name", ["web", "valkey"])
def test_a_part_is_killed_and_the_page_goes_on(site: Site, untouched: Page, tmp_path: Path, name: str) -> None:
    running = start(untouched, pictures.photo(tmp_path / f"during-{name}.jpg", (4000, 3000)))
    expect_look(running, "run")
    kill(site, name)
    expect_look(running, "done", 60)
    wait_until_ready(site)
    expect_look(start(untouched, pictures.small(tmp_path / f"after-{name}.png")), "done", 40)
    expect_live(untouched)
    assert still_there(untouched)


def test_a_conversion_whose_worker_was_killed_can_be_stopped_and_run_again(
    site: Site, untouched: Page, tmp_path: Path
) -> None:
    added = start(untouched, pictures.photo(tmp_path / "orphan.jpg", (4000, 3000)))
    expect_look(added, "run")
    kill(site, "worker")
    added.get_by_role("button", name="Cancel").click()
    expect_look(added, "off")
    wait_until_ready(site)
    added.get_by_role("button", name="Run again").click()
    expect_look(added, "done", 60)
    assert still_there(untouched)


def test_a_conversion_whose_worker_was_killed_begins_again_and_says_so(
    site: Site, untouched: Page, tmp_path: Path
) -> None:
    added = start(untouched, pictures.photo(tmp_path / "recovered.jpg", (4000, 3000)), "avif")
    expect_look(added, "run")
    kill(site, "worker")
    site.manage("shell", "-v", "0", "-c", LAPSE.format(key=owner_key(untouched)))  # as forty seconds later
    note = added.locator("[data-part=note]")
    expect(note).to_contain_text(
        re.compile("Begins again, since its worker was lost|begun again"), timeout=30 * SECONDS
    )
    expect_look(added, "done", 60)
    assert still_there(untouched)


def test_uploads_that_are_cut_go_on_by_themselves(untouched: Page, tmp_path: Path) -> None:
    away = True
    untouched.route(
        "**/api/v1/conversions*", lambda route: route.abort("connectionreset") if away else route.continue_()
    )
    add(untouched, *(pictures.small(tmp_path / f"{number}.png") for number in range(5)))
    untouched.get_by_role("button", name="Convert 5 files").click()
    rows = untouched.locator("#rows > li")
    expect(rows.filter(has_text="Goes on by itself once the site answers.")).to_have_count(5)
    expect(rows.filter(has_text="The upload was cut.")).to_have_count(3)
    away = False
    expect(untouched.locator("#rows > li[data-look=done]")).to_have_count(5, timeout=40 * SECONDS)
    assert still_there(untouched)
