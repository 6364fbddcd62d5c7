"""The page of health in a real browser, with a real site behind it."""

import re
import urllib.request
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.rows import expect_live
from tests.stack import Site
from tests.waiting import wait_for

HEALTH, LIST = "/admin/realtime/healthsample/", "/admin/realtime/connectionrecord/"
NAME, PASSWORD = "health", "long-enough-for-a-test"
MAKE = f"""
from django.contrib.auth.models import User
User.objects.filter(username={NAME!r}).exists() or User.objects.create_superuser({NAME!r}, password={PASSWORD!r})
"""
PATIENCE = 15_000  # milliseconds


@pytest.fixture
def admin(chromium: Browser, site: Site) -> Iterator[Page]:
    """The page of health of an admin who has signed in. An error in it fails the test."""
    site.manage("shell", "-c", MAKE)
    context = chromium.new_context(base_url=site.url, viewport={"width": 1280, "height": 900})
    page, errors = context.new_page(), []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"/admin/login/?next={HEALTH}")
    page.fill("#id_username", NAME)
    page.fill("#id_password", PASSWORD)
    page.click("[type=submit]")
    expect(page.locator("#light")).to_have_text("Live", timeout=PATIENCE)
    yield page
    context.close()
    assert errors == []


def live_visitor(visit: Callable[..., Page]) -> Page:
    visitor = visit()
    expect_live(visitor)
    return visitor


def open_by_metrics(site: Site) -> int:
    with urllib.request.urlopen(f"{site.url}/metrics", timeout=10) as answer:
        found = re.findall(r"^realtime_connections\{.*\} (\d+)", answer.read().decode(), re.MULTILINE)
    return sum(map(int, found))


def test_figures_change_without_a_reload_and_agree_with_the_metrics(
    admin: Page, site: Site, visit: Callable[..., Page]
) -> None:
    figure = admin.locator("#now-figures dd").first
    expect(admin.locator("#charts figure")).to_have_count(4)
    expect(admin.locator("#charts canvas").first).to_be_visible()
    wait_for(lambda: int(figure.inner_text()) == open_by_metrics(site) > 0, because="the metrics, a second later")
    admin.evaluate("window.kept = true")
    visitor = live_visitor(visit)
    both = wait_for(lambda: (now := open_by_metrics(site)) >= 2 and now)
    expect(figure).to_have_text(str(both), timeout=PATIENCE)
    visitor.context.close()
    expect(figure).to_have_text(str(both - 1), timeout=PATIENCE)
    expect(admin.locator("#now-parts")).to_contain_text(re.compile(r"Beat\s*heard just now"))
    assert admin.evaluate("window.kept"), "it was not reloaded"
    for width in (1280, 320):
        admin.set_viewport_size({"width": width, "height": 800})
        assert admin.evaluate("document.documentElement.scrollWidth") <= width


def test_connection_is_tested_and_closed_from_its_page(admin: Page, visit: Callable[..., Page]) -> None:
    visitor = live_visitor(visit)
    topic = visitor.evaluate("JSON.parse(document.getElementById('config').textContent).topic")

    def record() -> str:
        admin.goto(f"{LIST}?q={topic.removeprefix('owner.')}")
        found = admin.locator("#result_list tbody th a")
        return found.first.get_attribute("href") or "" if found.count() else ""

    admin.goto(wait_for(record, because="the visitor's record"))
    expect(admin.locator("#light")).to_have_text("Live", timeout=PATIENCE)
    expect(admin.locator("#now-topics")).to_contain_text(topic, timeout=PATIENCE)
    admin.get_by_role("button", name="Test now").click()
    expect(admin.locator("#now-life")).to_contain_text("Answered", timeout=PATIENCE)
    admin.get_by_role("button", name="Close").click()
    expect(admin.locator("#now-life")).to_contain_text("Closed with 4410", timeout=PATIENCE)
    expect_live(visitor)


def test_self_test_is_run_by_a_button_and_told_as_it_goes_on(admin: Page) -> None:
    admin.get_by_role("button", name="Run the self-test").click()
    expect(admin.locator("#now-selftest")).to_contain_text("It runs", timeout=PATIENCE)
    expect(admin.locator("#now-selftest")).to_contain_text(re.compile("Healthy, asked for"), timeout=60_000)
    expect(admin.locator("#now-selftest tbody tr").first).to_contain_text("Passed")
