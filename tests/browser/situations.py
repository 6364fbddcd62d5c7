"""Situations for pictures: what one seldom sees, and how a page gets there."""

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser import pictures
from tests.browser.network import LIST, SLOW_UPLOAD, SOCKET, cut, devtools, signed_out
from tests.browser.rows import SECONDS, expect_live, row, start
from tests.browser.seeds import owner_key, seed
from tests.stack import Site

SLOW_S = 1.2


@dataclass(frozen=True)
class Scene:
    """What a situation is made of."""

    page: Page
    site: Site
    folder: Path


def uploading(scene: Scene) -> None:
    devtools(scene.page).send("Network.emulateNetworkConditions", SLOW_UPLOAD)
    added = start(scene.page, pictures.photo(scene.folder / "large.jpg"))
    expect(added.locator("[data-part=title]")).to_have_text(re.compile(r"[2-9]\d %"), timeout=20 * SECONDS)


@contextmanager
def sent(scene: Scene) -> Iterator[None]:
    """The server has all of the file, and says nothing yet."""
    web = scene.site.child("web")
    expect_live(scene.page)
    web.suspend()
    try:
        expect(start(scene.page, pictures.small(scene.folder / "sent.png"))).to_contain_text("Sent")
        yield
    finally:
        web.resume()


def paused(scene: Scene) -> None:
    scene.page.route("**/api/v1/conversions*", lambda route: route.abort("connectionreset"))
    added = start(scene.page, pictures.small(scene.folder / "paused.png"))
    expect(added).to_contain_text("Goes on by itself once the site answers.")


def reconnecting(scene: Scene) -> None:
    cut(scene.page, until="Reconnecting in", chance=0.99)
    show_light(scene.page, "Reconnecting in")


def disconnected(scene: Scene) -> None:
    cut(scene.page, until="Disconnected", chance=0)
    show_light(scene.page, "Disconnected")


def fallback(scene: Scene) -> None:
    scene.page.add_init_script("delete window.WebSocket")
    scene.page.reload()
    show_light(scene.page, "Live (fallback)")


def slow(scene: Scene) -> None:
    """Answers to the page's pings come late."""

    def answer(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def told(text: str | bytes) -> None:
            messages = json.loads(text)
            if any(each["type"] == "pong" for each in (messages if isinstance(messages, list) else [messages])):
                time.sleep(SLOW_S)
            socket.send(text)

        server.on_message(told)

    scene.page.route_web_socket(SOCKET, answer)
    scene.page.reload()
    show_light(scene.page, "Slow connection")


def show_light(page: Page, word: str) -> None:
    expect(page.locator("#light")).to_contain_text(word, timeout=30 * SECONDS)
    page.locator("#light button").first.focus()


def undo(scene: Scene) -> None:
    seed(scene.site, scene.page, "running", "completed", "failed")
    expect_live(scene.page)
    row(scene.page, "completed 1.png").get_by_role("button", name="Delete").click()
    expect(scene.page.locator("#toast")).to_contain_text("Removed")


def refused(scene: Scene) -> None:
    album = scene.folder / "album"
    album.mkdir()
    pictures.small(album / "one.png")
    (album / "notes.xyz").write_text("words")
    scene.page.set_input_files("#folder", album)
    expect(scene.page.locator("#toast")).to_contain_text("was left out")


def formats(scene: Scene) -> None:
    scene.page.set_input_files("#files", pictures.small(scene.folder / "one.png"))
    scene.page.locator(".drop summary").click()


def strangers(scene: Scene) -> None:
    scene.page.route(LIST, lambda route: route.fulfill(status=401, json={"code": "x", "detail": "No."}))
    scene.page.route_web_socket(SOCKET, signed_out)
    scene.page.reload()
    show_light(scene.page, "Signed out")


def unknown(scene: Scene) -> None:
    _seed(scene, "running", 'percent=None, progress="phased"')
    expect(row(scene.page, "running 0.png").locator("[data-bar=unknown]")).to_be_visible()


def again(scene: Scene) -> None:
    _seed(scene, "queued", "recoveries=1, attempt=2")
    expect(row(scene.page, "queued 0.png")).to_contain_text("Begins again, since its worker was lost")


def _seed(scene: Scene, state: str, values: str) -> None:
    """A row in that state, with these values."""
    seed(scene.site, scene.page, state)
    code = f"from conversions.models import Conversion\nConversion.objects.filter(owner__key={owner_key(scene.page)!r})"
    scene.site.manage("shell", "-v", "0", "-c", f"{code}.update({values})")
    scene.page.reload()
    expect_live(scene.page)


def older(scene: Scene) -> None:
    """The server serves another version than that of the page."""

    def answer(socket: WebSocketRoute) -> None:
        newer = re.compile(r'("client_version": *)"[^"]*"')
        socket.connect_to_server().on_message(lambda text: socket.send(newer.sub(r'\1"newer"', str(text))))

    scene.page.route_web_socket(SOCKET, answer)
    scene.page.reload()
    expect(scene.page.locator("#notice")).to_contain_text("older than the site")
    expect_live(scene.page)


def dropping(scene: Scene) -> None:
    data = {"items": [], "files": [str(pictures.small(scene.folder / "dragged.png"))], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver"):
        event = {"type": kind, "x": 200, "y": 200, "data": data}
        devtools(scene.page).send("Input.dispatchDragEvent", event)
    expect(scene.page.locator(".veil")).to_be_visible()


def plain(scene: Scene) -> None:
    seed(scene.site, scene.page, "queued", "completed", "failed")


LIGHT = (".bar", "#light-tip")
# How to get there, and what of the page to show: from the top of the first to the foot of the last.
SITUATIONS: dict[str, tuple[Callable[[Scene], Any], tuple[str, ...]]] = {
    "row-uploading": (uploading, ("#rows",)),
    "row-sent": (sent, ("#rows",)),
    "row-paused": (paused, ("#rows",)),
    "row-unknown": (unknown, ("#rows",)),
    "row-again": (again, ("#rows",)),
    "light-reconnecting": (reconnecting, LIGHT),
    "light-disconnected": (disconnected, LIGHT),
    "light-fallback": (fallback, LIGHT),
    "light-slow": (slow, LIGHT),
    "notice-signed-out": (strangers, (".bar", "#notice")),
    "notice-older": (older, (".bar", "#notice")),
    "veil": (dropping, ("body",)),
    "toast-undo": (undo, ("#rows", "#toast")),
    "toast-refused": (refused, ("#rows", "#toast")),
    "formats": (formats, (".drop",)),
    "plain": (plain, ("body",)),
}
