"""`make bench-client`: what the page weighs, how soon it can be used, and how it keeps up. Run as a module."""

import sys
from statistics import median

from playwright.sync_api import Browser, sync_playwright

from tests.browser import measures
from tests.browser.chromium import ARGUMENTS, find
from tests.stack import Site

TIMES = 3


def main() -> None:
    path = find()
    with Site() as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        _weigh(browser, site)
        _start(browser, site)
        _keep_up(browser, site)
        browser.close()


def _weigh(browser: Browser, site: Site) -> None:
    _print("static/realtime, each file gzipped", f"{measures.gzipped('realtime'):,} bytes", "16,384")
    conversions = measures.gzipped("conversions")
    _print("static/conversions, each script gzipped", f"{conversions:,} bytes", "")
    weight = measures.first_visit(browser, site)
    _print("first visit, as it comes", f"{weight.bytes:,} bytes in {weight.requests} requests", "61,440")


def _start(browser: Browser, site: Site) -> None:
    times = sorted(measures.interactive_ms(browser, site) for _ in range(TIMES))
    told = ", ".join(f"{time:.0f}" for time in times)
    _print("interactive at 150 ms, 1.6 Mbit/s, CPU / 4", f"{median(times):.0f} ms ({told})", "2,000")


def _keep_up(browser: Browser, site: Site) -> None:
    page = browser.new_page(base_url=site.url, viewport={"width": 1280, "height": 800})
    page.goto("/")
    seen = measures.under_load(page, site)
    frames = sorted(seen["frames"])
    _print("200 rows at 20 updates/s: longest task", f"{max(seen['tasks'], default=0):.0f} ms", "50")
    rate = 1000 * len(frames) / sum(frames)
    slow = frames[int(len(frames) * 0.99)]
    _print("200 rows at 20 updates/s: frames", f"{rate:.1f}/s, 99 of 100 within {slow:.0f} ms", "60/s")
    _print("200 rows at 20 updates/s: changes of the page", f"{seen['changes']}", f"at least {measures.DEMANDED}")
    if seen["changes"] < measures.DEMANDED:
        sys.exit("The load did not arrive, so what is above says nothing of it. Run it again on an idle machine.")


def _print(what: str, value: str, limit: str) -> None:
    print(f"{what:48} {value:40} {f'goal {limit}' if limit else ''}".rstrip())  # noqa: T201 (what it is for)


if __name__ == "__main__":
    main()
