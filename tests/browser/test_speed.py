"""The page stays light and quick: limits with room for a busy machine; `make bench-client` prints the figures."""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser import measures
from tests.browser.conftest import Visit
from tests.browser.rows import SECONDS, expect_live
from tests.browser.seeds import seed, updates
from tests.stack import Site

LONG_TASK_MS = 50
TRIES = 3
SLOW_CPU = 6
ALL_CHANGED = """() => {
    const rows = [...document.querySelectorAll("#rows > li")];
    const told = row => row.querySelector("[data-part=title]").textContent;
    window.before ??= new Map(rows.map(row => [row, told(row)]));
    return rows.every(row => told(row) !== window.before.get(row));
}"""


def test_a_first_visit_weighs_little_and_asks_no_other_host(chromium: Browser, site: Site) -> None:
    weight = measures.first_visit(chromium, site)
    assert weight.bytes <= 60 * 1024
    assert weight.hosts == {site.url.removeprefix("http://")}


@pytest.mark.slow
def test_the_page_is_soon_interactive_on_a_slow_network(chromium: Browser, site: Site) -> None:
    assert min(measures.interactive_ms(chromium, site) for _ in range(TRIES)) <= 2000


@pytest.mark.slow
def test_two_hundred_rows_keep_up_with_twenty_updates_a_second(visit: Visit, site: Site) -> None:
    seen = measures.under_load(visit(), site)
    assert seen["changes"] >= measures.DEMANDED
    assert 0 < max(seen["tasks"]) <= LONG_TASK_MS


@pytest.mark.slow
def test_on_a_slow_machine_the_last_rows_get_their_turn_too(visit: Visit, site: Site) -> None:
    page = visit()
    seed(site, page, "running", count=300)
    expect(page.locator("#rows > li")).to_have_count(300)
    expect_live(page)
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOW_CPU})
    with updates(site, page, 20):
        page.wait_for_function(ALL_CHANGED, polling=1000, timeout=60 * SECONDS)
