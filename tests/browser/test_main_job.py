"""The main job: a picture goes in, its true progress is seen, and the right result comes out."""

import re
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser import pictures
from tests.browser.rows import add, download, expect_live, expect_look, row, start, titles

WATCH_TITLES = """() => {
    window.seen = [];
    new MutationObserver(() => {
        for (const item of document.querySelectorAll("#rows > li[data-look=run]"))
            window.seen.push(item.querySelector("[data-part=title]").textContent);
    }).observe(document.getElementById("rows"), { subtree: true, childList: true, characterData: true });
}"""

WATCH_SENDING = """() => {
    window.sent = [];
    const append = FormData.prototype.append;
    FormData.prototype.append = function (field, value) {
        if (value instanceof File) window.sent.push(value.name);
        append.call(this, field, value);
    };
}"""


def test_a_rotated_photo_becomes_an_upright_webp_with_true_progress(page: Page, tmp_path: Path) -> None:
    page.evaluate(WATCH_TITLES)
    added = start(page, pictures.photo(tmp_path / "IMG_4312.jpg"))
    expect_look(added, "done", 60)
    percentages = [int(text.split()[0]) for text in page.evaluate("window.seen") if re.fullmatch(r"\d+ %", text)]
    assert len(set(percentages)) >= 3
    assert percentages == sorted(percentages)
    assert max(percentages) < 100
    with Image.open(download(added, tmp_path / "result.webp")) as result:
        assert (result.format, result.size, result.getexif().get(0x0112, 1)) == ("WEBP", (4000, 6000), 1)
        red, green, _ = result.convert("RGB").getpixel((3900, 3000))
        assert red > 150 > green


def test_the_name_of_the_download_is_the_files(page: Page, tmp_path: Path) -> None:
    added = start(page, pictures.small(tmp_path / "Ünïcode “quoted” 🐌.png"), "jpeg")
    expect_look(added, "done")
    with page.expect_download() as found:
        added.get_by_role("link", name="Download").click()
    assert found.value.suggested_filename == "Ünïcode “quoted” 🐌.jpg"


def test_several_files_are_converted_together_and_survive_a_reload_in_their_order(page: Page, tmp_path: Path) -> None:
    names = ["a.png", "b.png", "c.png", "d.png"]
    page.evaluate(WATCH_SENDING)
    add(page, *(pictures.small(tmp_path / name) for name in names))
    page.get_by_role("button", name="Convert 4 files").click()
    for name in names:
        expect_look(row(page, name), "done", 30)
    assert titles(page) == page.evaluate("window.sent") == names
    page.reload()
    expect(page.locator("#rows > li")).to_have_count(4)
    assert titles(page) == names
    for name in names:
        expect_look(row(page, name), "done")


def test_rows_stay_where_they_are_in_whatever_order_they_are_sent(page: Page, tmp_path: Path) -> None:
    for name in ("one.png", "two.png"):
        add(page, pictures.small(tmp_path / name))
    for name in ("two.png", "one.png"):
        row(page, name).get_by_role("button", name="Convert").click()
        expect_look(row(page, name), "done")
        assert titles(page) == ["two.png", "one.png"]
    other = page.context.new_page()
    other.goto("/")
    expect(other.locator("#rows > li")).to_have_count(2)
    page.reload()
    expect(page.locator("#rows > li")).to_have_count(2)
    assert titles(page) == titles(other) == ["two.png", "one.png"]


def test_two_files_of_one_name_are_two_rows(page: Page, tmp_path: Path) -> None:
    picture = pictures.small(tmp_path / "same.png")
    add(page, picture, picture)
    page.get_by_role("button", name="Convert 2 files").click()
    expect(page.locator("#rows > li[data-look=done]")).to_have_count(2, timeout=20_000)
    expect(page.locator("#rows > li")).to_have_count(2)


def test_a_running_conversion_is_cancelled_even_by_a_double_click_and_run_again(page: Page, tmp_path: Path) -> None:
    added = start(page, pictures.photo(tmp_path / "twice.jpg"), "avif")
    expect_look(added, "run")
    added.get_by_role("button", name="Cancel").dblclick(delay=20)
    expect_look(added, "off", 5)
    with page.expect_response(lambda response: response.url.endswith("/retry")):
        added.get_by_role("button", name="Run again").click()
    expect_look(added, "run")
    added.get_by_role("button", name="Cancel").click()
    expect_look(added, "off", 5)


def test_a_deleted_row_comes_back_with_undo_and_goes_without(page: Page, tmp_path: Path) -> None:
    added = start(page, pictures.small(tmp_path / "one.png"))
    expect_look(added, "done")
    added.get_by_role("button", name="Delete").click()
    expect(added).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect_look(added, "done")
    added.get_by_role("button", name="Delete").click()
    expect(added).to_have_count(0)
    page.reload()
    expect_live(page)
    expect(added).to_have_count(0)


def test_another_tab_follows(page: Page, tmp_path: Path) -> None:
    other = page.context.new_page()
    other.goto("/")
    expect_live(other)
    added = start(page, pictures.small(tmp_path / "shared.png"))
    expect_look(row(other, "shared.png"), "done")
    added.get_by_role("button", name="Delete").click()
    expect(row(other, "shared.png")).to_have_count(0)
