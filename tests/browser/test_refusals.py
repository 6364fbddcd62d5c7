"""What cannot be converted is said so, with what to do."""

import wave
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser import pictures
from tests.browser.rows import add, choose, expect_look, row, start


def test_a_text_file_named_png_is_refused_by_its_content(page: Page, tmp_path: Path) -> None:
    text = tmp_path / "notes.png"
    text.write_text("These are only words.\n" * 20)
    added = start(page, text)
    expect_look(added, "fail")
    expect(added.locator("[data-part=title]")).not_to_be_empty()
    expect(added.locator("[data-part=note]")).not_to_be_empty()


def test_a_truncated_picture_fails_with_a_suggestion_and_a_code(page: Page, tmp_path: Path) -> None:
    whole = pictures.photo(tmp_path / "whole.jpg", (600, 400)).read_bytes()
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(whole[: len(whole) // 2])
    added = start(page, broken)
    expect_look(added, "fail")
    expect(added.locator("[data-part=note]")).not_to_be_empty()
    added.get_by_text("Details").click()
    expect(added.locator("code")).to_contain_text("damaged_file")


def test_what_is_empty_is_refused_before_it_is_sent(page: Page, tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()
    add(page, tmp_path / "empty.png")
    added = row(page, "empty.png")
    expect_look(added, "fail")
    expect(added.get_by_role("button", name="Convert")).to_have_count(0)


def test_a_file_whose_name_tells_no_format_is_taken_for_what_it_is(page: Page, tmp_path: Path) -> None:
    named = pictures.small(tmp_path / "picture.png").rename(tmp_path / "download")
    added = start(page, named)
    expect_look(added, "done")
    expect(added.locator("[data-part=about]")).to_contain_text("PNG")


def test_a_file_of_which_nobody_knows_what_it_is_fails_with_what_to_do(page: Page, tmp_path: Path) -> None:
    (tmp_path / "model.xyz").write_bytes(b"\1\2\3\4" * 20)
    added = start(page, tmp_path / "model.xyz")
    expect_look(added, "fail")
    expect(added.locator("[data-part=note]")).to_contain_text("What can be read: Pictures")


def test_a_png_named_jpg_works_and_is_told(page: Page, tmp_path: Path) -> None:
    named = pictures.small(tmp_path / "picture.png").rename(tmp_path / "picture.jpg")
    added = start(page, named)
    expect_look(added, "done")
    expect(added.locator("[data-part=about]")).to_contain_text("PNG, though named .jpg")


def test_a_file_that_is_not_what_its_name_says_can_become_what_such_files_can(page: Page, tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "photo.png"), "wb") as sound:
        sound.setparams((1, 2, 8_000, 0, "NONE", ""))
        sound.writeframes(b"\0\1" * 8_000)
    added = start(page, tmp_path / "photo.png")
    expect_look(added, "fail")
    expect(added.locator("[data-part=about]")).not_to_contain_text("PNG")
    added.get_by_role("combobox").fill("xlsx")
    expect(page.locator("#picker p")).to_contain_text("cannot become Excel here.")
    choose(added.get_by_role("combobox"), "flac")
    added.get_by_role("button", name="Retry").click()
    expect_look(added, "done")
