"""Whatever people bring: many files, folders, what is empty, and what goes away while it is sent."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import pictures
from tests.browser.conftest import Visit
from tests.browser.rows import SECONDS, add, choose, expect_look, row, start, titles
from tests.stack import Site

DROP = """names => {
    const transfer = new DataTransfer();
    for (const name of names) transfer.items.add(new File(["content"], name));
    const at = { bubbles: true, cancelable: true, dataTransfer: transfer };
    for (const type of ["dragenter", "drop"]) document.body.dispatchEvent(new DragEvent(type, at));
}"""


@pytest.mark.slow
def test_forty_files_are_converted_together(page: Page, tmp_path: Path) -> None:
    names = [f"{number:02}.png" for number in range(40)]
    add(page, *(pictures.small(tmp_path / name) for name in names))
    choose(page.get_by_label("All to"), "jpeg")
    page.get_by_role("button", name="Convert 40 files").click()
    expect(page.locator("#rows > li[data-look=done]")).to_have_count(40, timeout=90 * SECONDS)
    shown = titles(page)
    assert sorted(shown) == names
    expect(page.locator("#sum")).to_have_text("40\u00a0done")
    assert page.title() == "Convertsite"
    page.reload()
    expect(page.locator("#rows > li")).to_have_count(40)
    assert titles(page) == shown


@pytest.mark.slow
def test_of_ten_thousand_files_the_first_are_taken_and_the_person_is_told(page: Page) -> None:
    page.evaluate(DROP, [f"{number}.png" for number in range(10_000)])
    expect(page.locator("#toast")).to_contain_text("10,000 files are too many at once", timeout=30 * SECONDS)
    expect(page.locator("#rows > li")).to_have_count(500)
    expect(page.get_by_role("button", name="Convert 500 files")).to_be_visible()


def test_of_a_folder_only_what_can_be_converted_becomes_a_row(page: Page, tmp_path: Path) -> None:
    (tmp_path / "album" / "day 2").mkdir(parents=True)
    pictures.small(tmp_path / "album" / "one.png")
    pictures.small(tmp_path / "album" / "day 2" / "two.png")
    (tmp_path / "album" / "notes.xyz").write_text("words")
    page.set_input_files("#folder", tmp_path / "album")
    expect(page.locator("#rows > li")).to_have_count(2)
    expect(page.locator("#toast")).to_contain_text("1 file in the folder was left out: its name tells no format")


def test_a_folder_that_is_dropped_is_read_to_its_depths(page: Page, tmp_path: Path) -> None:
    album = tmp_path / "album"
    (album / "day 2").mkdir(parents=True)
    pictures.small(album / "one.png")
    pictures.small(album / "day 2" / "two.png")
    (album / "notes.xyz").write_text("words")
    tools = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(album)], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        tools.send("Input.dispatchDragEvent", {"type": kind, "x": 300, "y": 300, "data": data})
    expect(page.locator("#rows > li")).to_have_count(2)
    assert sorted(titles(page)) == ["one.png", "two.png"]
    expect(page.locator("#toast")).to_contain_text("1 file in the folder was left out: its name tells no format")


def test_a_file_that_went_away_says_so_and_offers_no_retry(page: Page, tmp_path: Path) -> None:
    picture = pictures.small(tmp_path / "gone.png")
    add(page, picture)
    picture.unlink()
    added = row(page, "gone.png")
    added.get_by_role("button", name="Convert").click()
    expect_look(added, "fail")
    expect(added).to_contain_text("The file can no longer be read.")
    expect(added.get_by_role("button", name="Retry")).to_have_count(0)


def test_a_file_is_converted_to_something_else_without_choosing_it_again(page: Page, tmp_path: Path) -> None:
    added = start(page, pictures.small(tmp_path / "both.png"))
    expect_look(added, "done")
    added.get_by_role("button", name="Convert to something else").click()
    second = row(page, "both.png").first
    expect(second.get_by_role("combobox")).to_be_focused()
    expect(page.get_by_role("listbox")).to_be_visible()
    choose(second.get_by_role("combobox"), "jpeg")
    second.get_by_role("button", name="Convert").click()
    expect(page.locator("#rows > li[data-look=done]")).to_have_count(2, timeout=20 * SECONDS)
    page.reload()
    expect(page.locator("#rows > li[data-look=done]")).to_have_count(2)
    expect(page.get_by_role("button", name="Convert to something else")).to_have_count(0)


REFUSE = "throw new DOMException('', 'SecurityError')"
REFUSALS = (
    f"Object.defineProperty(window, 'localStorage', {{ get() {{ {REFUSE} }} }})",
    f"window.BroadcastChannel = class {{ constructor() {{ {REFUSE} }} }}",
    "delete Navigator.prototype.locks",
    "delete window.Notification",
)


def test_it_works_where_the_browser_refuses_all_that_is_no_must(visit: Visit, tmp_path: Path) -> None:
    page = visit()
    for refusal in REFUSALS:
        page.add_init_script(refusal)
    page.reload()
    page.get_by_role("button", name="Colours").click()
    expect_look(start(page, pictures.small(tmp_path / "private.png")), "done")


def test_times_are_right_where_the_clock_is_wrong(visit: Visit, tmp_path: Path) -> None:
    page = visit()
    page.add_init_script("const now = Date.now; Date.now = () => now() - 3 * 3_600_000;")
    page.reload()
    added = start(page, pictures.photo(tmp_path / "slow.jpg"), "avif")
    expect(added.locator("[data-part=note]")).to_contain_text(
        re.compile(r"· ([2-9]|1\d) s so far"), timeout=40 * SECONDS
    )
    expect(added.locator("[data-part=note]")).not_to_contain_text("Last update")
    added.get_by_role("button", name="Cancel").click()
    expect_look(added, "off")


def test_a_download_that_fails_is_told_and_loses_nothing(page: Page, site: Site, tmp_path: Path) -> None:
    added = start(page, pictures.small(tmp_path / "result.png"))
    expect_look(added, "done")
    add(page, pictures.small(tmp_path / "unsent.png"))
    page.context.set_offline(True)
    added.get_by_role("link", name="Download").click()
    expect(page.locator("#toast")).to_contain_text("The site cannot be reached.")
    page.context.set_offline(False)
    for output in (site.data_dir / "media" / "outputs").rglob("*"):
        if output.is_file():
            output.unlink()
    added.get_by_role("link", name="Download").click()
    expect(page.locator("#toast")).to_contain_text("The stored file is no longer there.")
    expect_look(row(page, "unsent.png"), "ready")


def test_what_is_refused_before_it_is_sent_takes_no_line_for_what_it_cannot_do(visit: Visit, tmp_path: Path) -> None:
    page = visit(viewport={"width": 320, "height": 800})
    (tmp_path / "notes.unknown").touch()
    add(page, tmp_path / "notes.unknown")
    added = row(page, "notes.unknown")
    name, remove = (
        part.bounding_box() for part in (added.locator(".what"), added.get_by_role("button", name="Delete"))
    )
    assert name
    assert remove
    assert remove["y"] < name["y"] + name["height"]
