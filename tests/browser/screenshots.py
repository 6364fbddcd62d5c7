"""`make screenshots`: pictures of the real site, in docs/images/; as a module it takes names of situations, too."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.chromium import ARGUMENTS, find
from tests.browser.landscapes import landscape
from tests.browser.rows import add, choose, expect_live, expect_look, row
from tests.browser.seeds import seed
from tests.browser.situations import SITUATIONS, Scene
from tests.processes import ROOT
from tests.stack import Site

TARGET = ROOT / "docs" / "images"
# Pages are shown wide and narrow, light and dark.
MODES: dict[str, tuple[int, dict[str, Any]]] = {
    "light": (1280, {"color_scheme": "light"}),
    "dark": (1280, {"color_scheme": "dark"}),
    "narrow": (320, {"color_scheme": "light"}),
    "narrow-dark": (320, {"color_scheme": "dark"}),
}
FORCED: tuple[int, dict[str, Any]] = (768, {"forced_colors": "active", "color_scheme": "dark"})
# Situations are shown in light colours, and in part.
SIZES = {"": {"width": 1280, "height": 640}, "-narrow": {"width": 320, "height": 960}}
STATES = ("queued", "running", "running", "completed", "failed", "cancelled")
LARGE, MEDIUM, SMALL = (6000, 4000), (4800, 3200), (1600, 1000)


def main() -> None:
    TARGET.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, Site() as site, _chromium() as chromium:
        for name in sys.argv[1:] or SITUATIONS:
            with _page(chromium, site, 1280, {"java_script_enabled": name != "plain"}) as page:
                _show(name, Scene(page, site, Path(folder)))
        if sys.argv[1:]:
            return
        files = _files(Path(folder))
        for mode, look in {**MODES, "forced": FORCED}.items():
            with _page(chromium, site, *look) as page:
                _show_states(page, site, mode)
            with _page(chromium, site, *look) as page:
                _show_choices(page, mode)
        for mode, look in MODES.items():
            with _page(chromium, site, *look) as page:
                _visit(page, files, mode)


@contextmanager
def _page(chromium: Browser, site: Site, width: int, options: dict[str, Any]) -> Iterator[Page]:
    context = chromium.new_context(base_url=site.url, viewport={"width": width, "height": 800}, **options)
    page = context.new_page()
    page.goto("/")
    yield page
    context.close()


@contextmanager
def _chromium() -> Iterator[Browser]:
    path = find()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


def _files(folder: Path) -> dict[str, Path]:
    sizes = {
        "Morning at the lake.jpg": SMALL,
        "IMG_4312.jpg": LARGE,
        "holiday in the hills, second day, the long way down.png": MEDIUM,
        "scan.tiff": MEDIUM,
        "evening.png": SMALL,
    }
    files = {name: landscape(folder / name, size, seed) for seed, (name, size) in enumerate(sizes.items())}
    files["from the old phone.jpg"] = folder / "from the old phone.jpg"
    whole = files["Morning at the lake.jpg"].read_bytes()
    files["from the old phone.jpg"].write_bytes(whole[: len(whole) // 2])
    return files


def _show(name: str, scene: Scene) -> None:
    """That part of the page on which the situation is seen, wide and narrow."""
    arrive, parts = SITUATIONS[name]
    arrived = arrive(scene)
    with arrived if isinstance(arrived, AbstractContextManager) else nullcontext():
        for suffix, size in SIZES.items():
            scene.page.set_viewport_size(size)
            boxes = filter(None, (scene.page.locator(part).bounding_box() for part in parts))
            edges = [edge for box in boxes for edge in (box["y"], box["y"] + box["height"])]
            top = max(min(edges) - 8, 0)
            clip = {"x": 0, "y": top, "width": size["width"], "height": max(edges) + 8 - top}
            scene.page.screenshot(path=TARGET / f"{name}{suffix}.png", clip=clip, full_page=name == "plain")


def _show_states(page: Page, site: Site, mode: str) -> None:
    """A row in each state, as they stand."""
    seed(site, page, *STATES)
    for name, content in {"ready.png": b"content", "ready too.png": b"content", "empty.png": b""}.items():
        page.set_input_files("#files", {"name": name, "mimeType": "", "buffer": content})
    expect_live(page)
    page.locator("#rows summary:visible").last.click()
    _save(page, f"states-{mode}")


def _show_choices(page: Page, mode: str) -> None:
    """The options of a row, and the list of formats that another can become."""
    names = ("orders 2026.csv", "holiday at the lake.mov", "thesis, final.docx")
    page.set_input_files("#files", [{"name": name, "mimeType": "", "buffer": b"content"} for name in names])
    expect_live(page)
    film, thesis = row(page, names[1]), row(page, names[2])
    film.get_by_role("button", name="Options").click()
    film.get_by_label("Quality", exact=True).fill("40")
    film.get_by_label("Frames a second").fill("500")
    film.get_by_label("Codec").focus()
    expect(film.locator(".wrong:visible")).to_be_visible()
    expect(thesis.get_by_role("button", name="Options")).to_be_visible()
    thesis.get_by_role("combobox").first.click()
    page.keyboard.press("ArrowDown")
    page.screenshot(path=TARGET / f"choices-{mode}.png")
    page.keyboard.press("Escape")
    _save(page, f"options-{mode}")


def _visit(page: Page, files: dict[str, Path], mode: str) -> None:
    expect_live(page)
    _save(page, f"empty-{mode}")
    _convert(page, files["from the old phone.jpg"], "webp", "fail")
    _convert(page, files["evening.png"], "avif", "done")
    _convert(page, files["Morning at the lake.jpg"], "webp", "done")
    for name in ("scan.tiff", "holiday in the hills, second day, the long way down.png"):
        _convert(page, files[name], "avif", "run")
    _convert(page, files["IMG_4312.jpg"], "webp", "wait")
    add(page, files["evening.png"])
    _save(page, f"convert-{mode}")
    page.context.set_offline(True)
    page.evaluate("dispatchEvent(new Event('offline'))")
    expect(page.get_by_text("Last update").first).to_be_visible(timeout=30_000)
    page.get_by_role("button", name="Delete from the old phone.jpg").click()
    expect(page.locator("#toast")).to_contain_text("cannot be reached")
    page.locator("#light button").first.hover()
    _save(page, f"offline-{mode}")


def _convert(page: Page, path: Path, to: str, look: str) -> None:
    add(page, path)
    added = row(page, path.name).first
    choose(added.get_by_role("combobox"), to)
    added.get_by_role("button", name="Convert").click()
    expect_look(added, look)


def _save(page: Page, name: str) -> None:
    page.screenshot(path=TARGET / f"{name}.png", full_page=True)


if __name__ == "__main__":
    main()
