"""What `make bench-client` prints and tests hold to a limit: the page's weight, its start, and how it keeps up."""

import gzip
import json
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page, expect

from tests.browser.rows import SECONDS, expect_live
from tests.browser.seeds import seed, updates
from tests.processes import ROOT
from tests.stack import Site

# 150 ms, 1.6 Mbit/s, a quarter of this machine's speed.
THROTTLED = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 93_750}
CPU = 4
MAIN_THREAD = "CrRendererMain"
ROWS, RATE, WATCHED_MS = 200, 20, 5000
# Each update is another percentage, and a row shows it in its title. Some may come just before or after.
DEMANDED = RATE * WATCHED_MS // 1000 * 9 // 10

TITLES = "[...document.querySelectorAll('#rows [data-part=title]')].map(title => title.textContent).join()"
WHEN_READY = """
    new MutationObserver((_, observer) => {
        if (!("ready" in document.documentElement.dataset)) return;
        window.readyAt = performance.now();
        observer.disconnect();
    }).observe(document, { attributes: true, subtree: true, attributeFilter: ["data-ready"] });
"""
WATCH = """ms => new Promise(resolve => {
    const frames = [];
    let changes = 0;
    new MutationObserver(records => {
        changes += records.filter(({ target }) => target.dataset.part === "title").length;
    }).observe(document.getElementById("rows"), { subtree: true, childList: true });
    const began = performance.now();
    let before = began;
    requestAnimationFrame(function frame(now) {
        frames.push(now - before);
        before = now;
        if (now - began < ms) requestAnimationFrame(frame);
        else resolve({ frames: frames.slice(1), changes });
    });
})"""


@dataclass
class Weight:
    """What a first visit fetches; bytes as they come, headers and all."""

    requests: int = 0
    bytes: int = 0
    hosts: set[str] = field(default_factory=set)


def gzipped(app: str) -> int:
    """The bytes of an app's scripts, each compressed by itself as they are served. Nothing loads those of types."""
    scripts = [path for path in (ROOT / "static" / app).glob("*.js") if path.stem != "types"]
    return sum(len(gzip.compress(path.read_bytes())) for path in scripts)


def first_visit(chromium: Browser, site: Site) -> Weight:
    """The weight of an empty convert page, for who was never here."""
    weight = Weight()
    context = chromium.new_context(base_url=site.url)
    page = context.new_page()
    network = _network(page)
    network.on("Network.requestWillBeSent", lambda event: weight.hosts.add(event["request"]["url"].split("/")[2]))
    network.on("Network.loadingFinished", lambda event: _add(weight, event))
    page.goto("/", wait_until="networkidle")
    context.close()
    return weight


def interactive_ms(chromium: Browser, site: Site) -> float:
    """When the page takes files and clicks, on a slow network and a slow machine that was never here."""
    context = chromium.new_context(base_url=site.url)
    page = context.new_page()
    page.add_init_script(WHEN_READY)
    network = _network(page)
    network.send("Network.emulateNetworkConditions", THROTTLED)
    network.send("Emulation.setCPUThrottlingRate", {"rate": CPU})
    page.goto("/")
    page.wait_for_function("window.readyAt", timeout=30 * SECONDS)
    ready = float(page.evaluate("readyAt"))
    context.close()
    return ready


def under_load(page: Page, site: Site) -> dict[str, Any]:
    """What 200 rows at 20 updates a second cost: the lengths (ms) of `tasks` and `frames`, and how many `changes` of
    a percentage were seen: fewer than `DEMANDED` mean that the load did not arrive.

    Tasks are told in the time that the page's thread ran: others keep it from running, on a busy machine.
    """
    seed(site, page, "running", count=ROWS)
    expect(page.locator("#rows > li")).to_have_count(ROWS)
    expect_live(page)
    with updates(site, page, RATE):
        # Notes change by themselves, every second; percentages do not.
        changed = f"before => ({TITLES}) !== before"
        page.wait_for_function(changed, arg=page.evaluate(TITLES), timeout=30 * SECONDS)
        browser = page.context.browser
        assert browser is not None
        browser.start_tracing(page=page, categories=["toplevel", "__metadata"])
        seen = dict(page.evaluate(WATCH, WATCHED_MS))
        return {**seen, "tasks": _tasks(json.loads(browser.stop_tracing())["traceEvents"])}


def _tasks(events: list[dict[str, Any]]) -> list[float]:
    """The lengths (ms) of the tasks of renderers' main threads."""
    threads = {(event["pid"], event["tid"]) for event in events if event.get("args", {}).get("name") == MAIN_THREAD}
    ours = [event for event in events if (event["pid"], event["tid"]) in threads and event["name"].endswith("RunTask")]
    return [event["tdur"] / 1000 for event in ours if "tdur" in event]


def _network(page: Page) -> CDPSession:
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    return session


def _add(weight: Weight, event: dict[str, Any]) -> None:
    weight.requests += 1
    weight.bytes += int(event["encodedDataLength"])
