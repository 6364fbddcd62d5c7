"""What a file shall become is chosen from one list, by keys, touch and typing; it says why a format is missing."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import pictures
from tests.browser.axe import violations
from tests.browser.conftest import Visit
from tests.browser.rows import add, row


def bring(page: Page, *names: str) -> None:
    """Files that are not sent, so that their content does not matter."""
    files: list[Any] = [{"name": name, "mimeType": "", "buffer": b"content"} for name in names]
    page.set_input_files("#files", files)


def field_of(page: Page, name: str) -> Locator:
    return row(page, name).get_by_role("combobox")


def test_typing_and_keys_choose_a_target(page: Page) -> None:
    bring(page, "one.png")
    field, listbox = field_of(page, "one.png"), page.get_by_role("listbox")
    field.focus()
    expect(listbox).to_be_hidden()
    page.keyboard.type("jp")
    expect(listbox).to_be_visible()
    expect(field).to_have_attribute("aria-expanded", "true")
    expect(field).to_have_attribute("aria-activedescendant", "to-jpeg")
    page.keyboard.press("ArrowDown")
    expect(field).to_have_attribute("aria-activedescendant", "to-jp2")
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    expect(field).to_have_value("JPEG")
    expect(field).to_be_focused()
    expect(listbox).to_be_hidden()
    expect(field).to_have_attribute("aria-expanded", "false")
    assert field.get_attribute("aria-activedescendant") is None


def test_the_list_opens_at_the_present_target_and_escape_leaves_it(page: Page) -> None:
    bring(page, "one.png")
    field = field_of(page, "one.png")
    expect(field).to_have_value("WebP")
    field.press("ArrowDown")
    expect(page.get_by_role("option", selected=True)).to_have_attribute("id", "to-webp")
    expect(field).to_have_attribute("aria-activedescendant", "to-webp")
    page.keyboard.press("End")
    last = page.get_by_role("option").last
    expect(field).to_have_attribute("aria-activedescendant", last.get_attribute("id") or "")
    expect(last).to_be_in_viewport()
    page.keyboard.type("x")
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(field).to_have_value("WebP")


def test_what_was_chosen_last_comes_first(page: Page) -> None:
    bring(page, "one.png")
    field_of(page, "one.png").fill("tiff")
    page.keyboard.press("Enter")
    bring(page, "two.jpg")
    field = field_of(page, "two.jpg")
    expect(field).to_have_value("TIFF")
    field.click()
    expect(page.locator(".kind").first).to_have_text("Usual")
    expect(page.get_by_role("option").first).to_contain_text("TIFF")


def test_why_a_format_is_missing_is_told(page: Page) -> None:
    bring(page, "one.png")
    field, why = field_of(page, "one.png"), page.locator("#picker p")
    field.fill("xlsx")
    expect(why).to_contain_text("PNG cannot become Excel here. What can: ")
    expect(page.get_by_role("option")).to_have_count(0)
    expect(page.locator("#spoken")).to_contain_text("cannot become Excel")
    page.keyboard.press("Enter")
    expect(field).to_have_value("WebP")
    field.fill("")
    expect(why).to_be_hidden()


def test_a_way_of_several_steps_is_shown_in_the_list_and_in_the_row(page: Page) -> None:
    bring(page, "one.jpg")
    field = field_of(page, "one.jpg")
    field.fill("ico")
    expect(page.get_by_role("option", name="Icon").first).to_contain_text("jpeg → png → ico")
    page.keyboard.press("Enter")
    expect(row(page, "one.jpg").locator("[data-part=way]")).to_have_text("jpeg → png → ico")
    field.fill("png")
    page.keyboard.press("Enter")
    expect(row(page, "one.jpg").locator("[data-part=way]")).to_be_hidden()


def test_one_list_serves_all_rows_and_the_choice_for_all(page: Page) -> None:
    bring(page, "one.png", "two.jpg", "three.gif")
    every = page.get_by_label("All to")
    for field in (field_of(page, "one.png"), field_of(page, "three.gif"), every):
        field.click()
        expect(page.get_by_role("listbox")).to_have_count(1)
        expect(page.locator("[aria-expanded=true][role=combobox]")).to_have_count(1)
        page.keyboard.press("Escape")
    every.fill("xlsx")
    expect(page.locator("#picker p")).to_contain_text("PNG, JPEG and GIF cannot become Excel here")
    every.fill("bmp")
    page.keyboard.press("Enter")
    for name in ("one.png", "two.jpg", "three.gif"):
        expect(field_of(page, name)).to_have_value("BMP")
    expect(every).to_have_value("BMP")


def test_the_list_stays_as_it_is_while_rows_come(page: Page) -> None:
    bring(page, "one.png")
    field = field_of(page, "one.png")
    field.fill("jp")
    bring(page, "two.png")
    expect(row(page, "two.png")).to_be_visible()
    expect(field).to_have_value("jp")
    expect(page.get_by_role("listbox")).to_be_visible()
    page.get_by_role("heading", name="Drop files").click()
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(field).to_have_value("WebP")


def test_a_touch_chooses_and_brings_a_keyboard_only_when_it_is_asked_for(visit: Visit) -> None:
    page = visit(has_touch=True, is_mobile=True, viewport={"width": 320, "height": 640})
    bring(page, "one.png")
    field = field_of(page, "one.png")
    field.tap()
    expect(page.get_by_role("listbox")).to_be_visible()
    expect(field).to_have_attribute("inputmode", "none")
    field.tap()
    expect(page.get_by_role("listbox")).to_be_visible()
    expect(field).to_have_attribute("inputmode", "search")
    page.get_by_role("option", name="GIF").tap()
    expect(field).to_have_value("GIF")
    expect(page.get_by_role("listbox")).to_be_hidden()


@pytest.mark.parametrize("width", [320, 1440])
def test_axe_finds_nothing_in_the_open_list_which_is_all_in_sight(visit: Visit, tmp_path: Path, width: int) -> None:
    page = visit(viewport={"width": width, "height": 600})
    add(page, *(pictures.small(tmp_path / f"{number}.png") for number in range(6)))
    field = field_of(page, "5.png")
    field.click()
    box, listed = page.locator("#picker").bounding_box(), page.get_by_role("listbox")
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= 600
    assert listed.evaluate("list => list.scrollHeight > list.clientHeight")
    assert violations(page) == []
    field.fill("nothing of the kind")
    assert violations(page) == []
