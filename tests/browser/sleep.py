"""Put a browser's pages to sleep as a closed laptop does: nothing in them runs, while time goes on."""

from collections.abc import Iterator
from contextlib import contextmanager

import psutil
from playwright.sync_api import Browser

from tests.waiting import wait_for


@contextmanager
def asleep(browser: Browser) -> Iterator[None]:
    """Stop the processes of all its pages meanwhile. Nothing may be asked of a page until they wake."""
    renderers = _renderers(browser)
    assert renderers, "the browser has no page"
    try:
        for each in renderers:
            each.suspend()
        wait_for(lambda: all(each.status() == psutil.STATUS_STOPPED for each in renderers), because="sleep")
        yield
    finally:
        for each in renderers:
            each.resume()


def _renderers(browser: Browser) -> list[psutil.Process]:
    session = browser.new_browser_cdp_session()
    processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
    session.detach()
    return [psutil.Process(each["id"]) for each in processes if each["type"] == "renderer"]
