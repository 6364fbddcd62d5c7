"""Who we are may change in another tab, and the site may change under the page: the page says so, and follows."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import pictures
from tests.browser.conftest import Visit
from tests.browser.network import FREE, SLOW_UPLOAD, devtools
from tests.browser.rows import SECONDS, expect_live, expect_look, row, start
from tests.stack import Site
from tests.waiting import wait_for

PASSWORD = "correct horse battery"
OLDER = """
    const parse = JSON.parse;
    JSON.parse = text => {
        const value = parse(text);
        return value?.clientVersion ? { ...value, clientVersion: "older" } : value;
    };
"""


def account(site: Site, name: str) -> None:
    code = f"from django.contrib.auth.models import User; User.objects.create_user({name!r}, password={PASSWORD!r})"
    site.manage("shell", "-v", "0", "-c", code)


def sign_in(page: Page, name: str) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.locator("main").get_by_role("button", name="Sign in").click()
    expect_live(page)


def test_signing_in_and_out_in_another_tab_shows_here_too(visit: Visit, site: Site, tmp_path: Path) -> None:
    account(site, "ada")
    page = visit()
    other = page.context.new_page()
    expect_look(start(page, pictures.small(tmp_path / "mine.png")), "done")
    page.evaluate("window.untouched = true")
    sign_in(other, "ada")
    expect(page.locator(".account")).to_contain_text("ada")
    expect_look(row(page, "mine.png"), "done")
    expect_look(start(other, pictures.small(tmp_path / "hers.png")), "done")
    expect_look(row(page, "hers.png"), "done")
    other.get_by_role("button", name="Sign out").click()
    expect(page.locator(".account")).to_have_text("Sign in")
    expect(page.locator("#rows > li")).to_have_count(0)
    expect_live(page)
    expect_look(start(page, pictures.small(tmp_path / "a strangers.png")), "done")
    assert page.evaluate("window.untouched")


def test_signing_in_in_another_tab_while_a_file_is_sent_signs_nobody_out(
    visit: Visit, site: Site, tmp_path: Path
) -> None:
    account(site, "hedy")
    page = visit()
    other = page.context.new_page()
    network = devtools(page)
    network.send("Network.emulateNetworkConditions", SLOW_UPLOAD)
    added = start(page, pictures.photo(tmp_path / "under way.jpg"))
    expect_look(added, "up")
    sign_in(other, "hedy")
    expect(page.locator(".account")).to_contain_text("hedy")
    expect_look(added, "up")
    network.send("Network.emulateNetworkConditions", FREE)
    expect_look(added, "done", 60)
    other.reload()
    expect_look(row(other, "under way.jpg"), "done")
    for tab in (page, other):
        expect(tab.locator(".account")).to_contain_text("hedy")


@pytest.mark.slow
def test_a_session_that_was_ended_elsewhere_shows_nothing_more_of_it(visit: Visit, site: Site, tmp_path: Path) -> None:
    account(site, "grace")
    page = visit()
    sign_in(page, "grace")
    expect_look(start(page, pictures.small(tmp_path / "secret.png")), "done")
    site.manage(
        "shell", "-v", "0", "-c", "from django.contrib.sessions.models import Session as s; s.objects.all().delete()"
    )
    expect(page.locator("#rows > li")).to_have_count(0, timeout=30 * SECONDS)
    expect(page.locator(".account")).to_have_text("Sign in")
    expect_live(page)


def test_a_page_older_than_the_site_offers_a_reload(visit: Visit) -> None:
    page = visit()
    page.add_init_script(OLDER)
    page.reload()
    expect(page.locator("#notice")).to_contain_text("This page is older than the site.")
    with page.expect_navigation():
        page.get_by_role("button", name="Reload").click()


def test_a_row_deleted_by_another_device_goes(page: Page, tmp_path: Path) -> None:
    added = start(page, pictures.small(tmp_path / "brief.png"))
    expect_look(added, "done")
    token = next(each["value"] for each in page.context.cookies() if each["name"].startswith("csrftoken"))
    link = added.get_by_role("link", name="Download").get_attribute("href") or ""
    page.context.request.delete(link.removesuffix("/download"), headers={"X-CSRFToken": token})
    expect(added).to_have_count(0)


def test_an_expired_row_goes(page: Page, tmp_path: Path) -> None:
    added = start(page, pictures.small(tmp_path / "expired.png"))
    expect_look(added, "done")
    later = "() => { const now = performance.now; performance.now = () => now.call(performance) + 25 * 3_600_000; }"
    page.evaluate(later)
    expect(added).to_have_count(0)


def test_a_clock_that_is_set_a_day_ahead_hides_nothing(page: Page, tmp_path: Path) -> None:
    added = start(page, pictures.small(tmp_path / "stays.png"))
    expect_look(added, "done")
    page.evaluate("""() => {
        const now = Date.now;
        Date.now = () => now() + 25 * 3_600_000;
        window.seconds = 0;
        setInterval(() => (window.seconds += 1), 1000);
    }""")
    page.wait_for_function("seconds >= 2")
    expect_look(added, "done")


def test_the_chosen_colours_stay(visit: Visit) -> None:
    page = visit(color_scheme="light")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    button = page.locator("#theme")
    button.click()
    button.click()
    expect(button).to_have_attribute("aria-label", "Colours: dark")
    dark = page.evaluate(ground)
    assert dark != light
    page.reload()
    assert page.evaluate(ground) == dark
    button.click()
    assert page.evaluate(ground) == light


NOTIFICATIONS = """
    window.rung = [];
    window.Notification = class {
        static permission = "default";
        static async requestPermission() { return (this.permission = "granted"); }
        constructor(title, { body }) { window.rung.push(body); }
    };
"""


def test_the_end_is_told_once_across_hidden_tabs_and_only_to_who_asked(visit: Visit, tmp_path: Path) -> None:
    page = visit()
    page.context.add_init_script(NOTIFICATIONS)
    page.reload()
    other = page.context.new_page()
    other.goto("/")
    expect_live(other)
    added = start(page, pictures.photo(tmp_path / "wait.jpg"))
    expect_look(added, "run")
    page.get_by_role("button", name="Notify me").click()
    expect(page.get_by_role("button", name="Notify me")).to_have_attribute("aria-pressed", "true")
    other.evaluate("Notification.permission = 'granted'")
    for tab in (page, other):
        tab.evaluate("Object.defineProperty(document, 'hidden', { get: () => true })")
    for tab in (page, other):
        expect_look(row(tab, "wait.jpg"), "done", 60)
    wait_for(lambda: page.evaluate("rung") + other.evaluate("rung"), because="a notification")
    assert page.evaluate("rung") + other.evaluate("rung") == ["1\u00a0done"]
