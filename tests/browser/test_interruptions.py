"""The page ends in the same right list, whatever came between: reloads, no network, a sleep, a wiped Valkey."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import redis
from playwright.sync_api import Browser, Page, expect

from tests.browser import pictures
from tests.browser.barriers import Forgetful, WithoutWebSockets
from tests.browser.conftest import Visit
from tests.browser.network import FREE, OFFLINE, SLOW_UPLOAD, devtools
from tests.browser.rows import SECONDS, add, expect_live, expect_look, row, start
from tests.browser.sleep import asleep
from tests.stack import Site
from tests.waiting import wait_for

# A page that is seen takes 15 s without a tick of its clock for a sleep.
SLEEP_S = 16
WATCH_TICKS = """
    window.longest = 0;
    let before = performance.now();
    setInterval(() => {
        window.longest = Math.max(longest, performance.now() - before);
        before = performance.now();
    }, 100);
"""


def state_of(page: Page, name: str, url: str = "") -> Callable[[], bool]:
    """Whether the server says that the file's conversion has completed; asked beside the page."""
    site = page.context.request

    def completed() -> bool:
        items = site.get(f"{url}/api/v1/conversions").json()["items"]
        return any(item["sources"][0]["name"] == name and item["state"] == "completed" for item in items)

    return completed


def test_a_reload_amid_a_conversion_goes_on_where_it_was(page: Page, tmp_path: Path) -> None:
    added = start(page, pictures.photo(tmp_path / "reloaded.jpg"), "webp")
    expect_look(added, "run")
    page.reload()
    expect(row(page, "reloaded.jpg")).to_have_count(1)
    expect_look(row(page, "reloaded.jpg"), "done", 60)


def test_a_reload_amid_an_upload_asks_first_and_leaves_no_ghost(page: Page, tmp_path: Path) -> None:
    devtools(page).send("Network.emulateNetworkConditions", SLOW_UPLOAD)
    added = start(page, pictures.photo(tmp_path / "large.jpg"))
    expect_look(added, "up")
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.reload()
    assert asked == ["beforeunload"]
    expect_live(page)
    expect(page.locator("#rows > li")).to_have_count(0)


def test_of_files_of_one_size_each_is_sent_though_the_site_refuses_one_at_first(page: Page, tmp_path: Path) -> None:
    names = [f"scan{number}.bmp" for number in range(3)]
    for name in names:
        pictures.small(tmp_path / name)
    refused = {"code": "storage_unavailable", "detail": "It does not answer.", "suggestion": "", "retryable": True}
    kind = "application/problem+json"
    page.route(
        "**/api/v1/conversions",
        lambda route: route.fulfill(status=503, content_type=kind, body=json.dumps(refused)),
        times=1,
    )
    expect_live(page)
    add(page, *(tmp_path / name for name in names))
    page.get_by_role("button", name="Convert 3 files").click()
    for name in names:
        expect(row(page, name)).to_have_count(1)
        expect_look(row(page, name), "done", 60)
        assert state_of(page, name)()


def test_what_ended_without_network_is_right_at_once_when_it_is_back(page: Page, tmp_path: Path) -> None:
    go_offline(page, tmp_path, lambda: wait_for(state_of(page, "away.jpg"), 60, "the end of it"))


@pytest.mark.slow
def test_a_minute_without_network_is_caught_up_with(page: Page, tmp_path: Path) -> None:
    def a_minute() -> None:
        began = page.evaluate("performance.now()")
        wait_for(lambda: page.evaluate("performance.now()") - began > 60_000, 90, "a minute")

    go_offline(page, tmp_path, a_minute)


def go_offline(page: Page, folder: Path, meanwhile: Callable[[], None]) -> None:
    expect_live(page)
    added = start(page, pictures.photo(folder / "away.jpg", (4000, 3000)))
    expect_look(added, "run")
    network = devtools(page)
    network.send("Network.emulateNetworkConditions", OFFLINE)
    expect(page.locator("#light")).not_to_contain_text("Live", timeout=60 * SECONDS)
    meanwhile()
    expect_look(added, "run")
    wait_for(state_of(page, "away.jpg"), 60, "the end of it")
    network.send("Network.emulateNetworkConditions", FREE)
    expect_live(page)
    expect_look(added, "done", 5)


def test_a_page_that_slept_is_right_when_it_wakes(visit: Visit, site: Site, chromium: Browser, tmp_path: Path) -> None:
    with Forgetful(site.port) as network:
        page = visit(base_url=network.url)
        expect_live(page)
        page.evaluate(WATCH_TICKS)
        with asleep(chromium):
            began = time.monotonic()
            network.forget()
            convert_elsewhere(page, site, pictures.small(tmp_path / "night.png"))
            wait_for(state_of(page, "night.png", site.url), 60, "the end of it")
            wait_for(lambda: time.monotonic() - began > SLEEP_S, 2 * SLEEP_S, "a sleep that is noticed")
        # What is left to a heartbeat takes longer: 10 s at the very least.
        expect_look(row(page, "night.png"), "done", 8)
        expect_live(page)
        assert page.evaluate("longest") > SLEEP_S * SECONDS


def convert_elsewhere(page: Page, site: Site, picture: Path) -> None:
    """As another device of the same visitor does."""
    token = next(each["value"] for each in page.context.cookies() if each["name"].startswith("csrftoken"))
    file = {"name": picture.name, "mimeType": "image/png", "buffer": picture.read_bytes()}
    answer = page.context.request.post(
        f"{site.url}/api/v1/conversions", multipart={"to": "webp", "file": file}, headers={"X-CSRFToken": token}
    )
    assert answer.status == 201, answer.text()


def test_a_wiped_valkey_loses_nothing(site: Site, page: Page, tmp_path: Path) -> None:
    expect_live(page)
    kept = start(page, pictures.small(tmp_path / "before.png"))
    expect_look(kept, "done")
    running = start(page, pictures.photo(tmp_path / "meanwhile.jpg", (4000, 3000)))
    expect_look(running, "run")
    with redis.Redis(unix_socket_path=str(site.data_dir / "run" / "valkey.sock")) as valkey:
        valkey.flushall()
    expect_look(running, "done", 60)
    expect_look(kept, "done")
    expect_look(start(page, pictures.small(tmp_path / "after.png")), "done", 40)


def test_a_network_that_blocks_websockets_gets_its_updates_another_way(
    visit: Visit, site: Site, tmp_path: Path
) -> None:
    with WithoutWebSockets(site.port) as proxy:
        page = visit(base_url=proxy.url)
        expect(page.locator("#light")).to_contain_text("Live (fallback)", timeout=60 * SECONDS)
        expect_look(start(page, pictures.photo(tmp_path / "blocked.jpg", (4000, 3000))), "done", 60)


def test_a_second_tab_shows_the_same_amid_a_conversion(page: Page, tmp_path: Path) -> None:
    added = start(page, pictures.photo(tmp_path / "two tabs.jpg", (4000, 3000)))
    expect_look(added, "run")
    other = page.context.new_page()
    other.goto("/")
    for tab in (page, other):
        expect_look(row(tab, "two tabs.jpg"), "done", 60)


def test_a_hidden_tab_goes_on_and_its_title_tells(page: Page, tmp_path: Path) -> None:
    expect_live(page)
    add(page, pictures.photo(tmp_path / "hidden.jpg"))
    hide(page)
    row(page, "hidden.jpg").get_by_role("button", name="Convert").evaluate("button => button.click()")
    expect(page).to_have_title("Convertsite")
    page.wait_for_function("/^[1-9]\\d* % · Convertsite$/.test(document.title)", timeout=60 * SECONDS, polling=100)
    assert page.evaluate("document.querySelector('link[rel=icon]').href").startswith("data:image/svg+xml")
    page.wait_for_function("document.title === 'Convertsite'", timeout=60 * SECONDS, polling=100)
    expect_look(row(page, "hidden.jpg"), "done")


def hide(page: Page) -> None:
    """As when another tab comes before it: no frames, and the page knows."""
    page.evaluate("""() => {
        Object.defineProperty(document, "hidden", { configurable: true, get: () => true });
        window.requestAnimationFrame = () => 1;
        document.dispatchEvent(new Event("visibilitychange"));
    }""")


def test_back_shows_the_page_live_and_right(page: Page, tmp_path: Path) -> None:
    added = start(page, pictures.photo(tmp_path / "meanwhile.jpg", (4000, 3000)))
    expect_look(added, "run")
    page.goto("/accounts/login/")
    wait_for(state_of(page, "meanwhile.jpg"), 60, "the end of it")
    page.go_back()
    expect_live(page)
    expect_look(added, "done", 5)


def test_a_page_that_a_browser_kept_for_back_is_live_and_right_again(page: Page, site: Site, tmp_path: Path) -> None:
    """Chromium keeps no page that must not be stored; other browsers may, so the events are made here."""
    expect_live(page)
    leave_or_come_back(page, "pagehide")
    expect(page.locator("#light [data-part=word]")).not_to_have_text("Live")
    convert_elsewhere(page, site, pictures.small(tmp_path / "meanwhile.png"))
    wait_for(state_of(page, "meanwhile.png"), 60, "the end of it")
    leave_or_come_back(page, "pageshow")
    expect_live(page)
    expect_look(row(page, "meanwhile.png"), "done", 5)


def leave_or_come_back(page: Page, event: str) -> None:
    page.evaluate("event => dispatchEvent(new PageTransitionEvent(event, { persisted: true }))", event)
