"""The page stays light and quick: limits with room for a busy machine; `make bench-client` prints the figures."""

import pytest
from playwright.sync_api import Browser

from tests.browser import measures
from tests.browser.conftest import Visit
from tests.stack import Site

LONG_TASK_MS = 50
TRIES = 3


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
    assert seen["changes"] > 20
    assert 0 < max(seen["tasks"]) <= LONG_TASK_MS
