"""What tests do on the convert page, and see there."""

from pathlib import Path

from playwright.sync_api import Locator, Page, expect

SECONDS = 1000


def row(page: Page, name: str) -> Locator:
    """The row of the file of that name."""
    return page.locator("#rows > li").filter(has=page.locator(f'[data-part=name][title="{name}"]'))


def titles(page: Page) -> list[str]:
    """The names of the files, from the top."""
    return [str(title) for title in page.locator("[data-part=name]").evaluate_all("names => names.map(n => n.title)")]


def add(page: Page, *paths: Path) -> None:
    """Choose files, as the file dialogue would."""
    page.set_input_files("#files", paths)


def choose(field: Locator, to: str) -> None:
    """Choose a format by its id, in a row or for all, by the keyboard."""
    field.fill(to)
    field.press("Enter")


def start(page: Page, path: Path, to: str = "webp") -> Locator:
    """Add a file and convert it; returns its row."""
    add(page, path)
    added = row(page, path.name)
    choose(added.get_by_role("combobox"), to)
    added.get_by_role("button", name="Convert").click()
    return added


def expect_look(added: Locator, look: str, seconds: float = 20) -> None:
    """Wait until the row has that look: `run`, `done`, `fail`, `off`."""
    expect(added).to_have_attribute("data-look", look, timeout=seconds * SECONDS)


def expect_live(page: Page, seconds: float = 20) -> None:
    """Wait until the connection light says Live."""
    expect(page.locator("#light [data-part=word]")).to_have_text("Live", timeout=seconds * SECONDS)


def download(added: Locator, path: Path) -> Path:
    """Save the result of a completed row."""
    with added.page.expect_download() as found:
        added.get_by_role("link", name="Download").click()
    found.value.save_as(path)
    return path
