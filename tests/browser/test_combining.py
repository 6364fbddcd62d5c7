"""Several files become one: chosen above the list, shown as one row, and taken apart again."""

import zipfile
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import Visit
from tests.browser.rows import add, choose, download, expect_look, row, titles

WIDTHS = (30, 40, 50)


def pictures_of(folder: Path) -> list[Path]:
    """One of each width."""
    paths = [folder / f"{width}.png" for width in WIDTHS]
    for width, path in zip(WIDTHS, paths, strict=True):
        Image.new("RGB", (width, 20)).save(path)
    return paths


def test_pictures_become_one_pdf_in_the_order_of_their_rows(page: Page, tmp_path: Path) -> None:
    add(page, *pictures_of(tmp_path))
    page.get_by_role("button", name="All into one PDF").click()
    together = row(page, "30.png + 2 more")
    assert titles(page) == ["30.png + 2 more"]
    expect(together.locator("[data-part=about]")).to_contain_text("3 files")
    expect(together.get_by_role("button", name="Convert", exact=False).first).to_be_focused()
    page.keyboard.press("Enter")
    expect_look(together, "done")
    document = pypdfium2.PdfDocument(download(together, tmp_path / "all.pdf"))
    widths = [page.get_size()[0] / page.get_size()[1] * 20 for page in document]
    assert [round(width) for width in widths] == list(WIDTHS)
    page.reload()
    expect_look(row(page, "30.png + 2 more"), "done")


def test_what_no_pdf_can_hold_is_packed_or_taken_apart_again(page: Page, tmp_path: Path) -> None:
    odd = tmp_path / "odd.xyz"
    odd.write_bytes(b"\0\1\2")
    paths = [*pictures_of(tmp_path), odd]
    add(page, *paths[:3])
    expect(page.get_by_role("button", name="All into one PDF")).to_be_visible()
    song = tmp_path / "song.ttf"
    song.write_bytes(b"\0\1\0\0")
    add(page, song)
    expect(page.get_by_role("button", name="All into one PDF")).to_be_hidden()
    page.get_by_role("button", name="All into one ZIP").click()
    together = row(page, "song.ttf + 3 more")
    together.get_by_role("button", name="Take apart").click()
    expect(together).to_have_count(0)
    assert titles(page) == ["song.ttf", "30.png", "40.png", "50.png"]
    expect(row(page, "song.ttf").get_by_role("combobox")).to_be_focused()
    page.get_by_role("button", name="All into one ZIP").click()
    together.get_by_role("button", name="Convert").click()
    expect_look(together, "done")
    with zipfile.ZipFile(download(together, tmp_path / "all.zip")) as archive:
        assert archive.namelist() == ["song.ttf", "30.png", "40.png", "50.png"]


def test_what_is_not_what_its_name_says_can_still_be_packed(page: Page, tmp_path: Path) -> None:
    first, second, _ = pictures_of(tmp_path)
    second.write_bytes(b"wOF2" + bytes(60))
    add(page, first, second)
    page.get_by_role("button", name="All into one PDF").click()
    together = row(page, "30.png + 1 more")
    together.get_by_role("button", name="Convert").click()
    expect_look(together, "fail")
    expect(together.locator("[data-part=title]")).to_contain_text("cannot become a part of one PDF")
    expect(together.get_by_role("combobox")).to_have_value("ZIP")
    together.get_by_role("button", name="Retry").click()
    expect_look(together, "done")


def test_a_row_of_several_can_still_become_the_other(page: Page, tmp_path: Path) -> None:
    add(page, *pictures_of(tmp_path))
    page.get_by_role("button", name="All into one ZIP").click()
    together = row(page, "30.png + 2 more")
    choose(together.get_by_role("combobox"), "pdf")
    expect(together.get_by_role("combobox")).to_have_value("PDF")
    together.get_by_role("combobox").fill("xlsx")
    expect(page.locator("#picker p")).to_contain_text("Several files together cannot become Excel here")


@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_nothing_and_nothing_is_cut_off(visit: Visit, tmp_path: Path, width: int) -> None:
    page = visit(viewport={"width": width, "height": 900})
    paths = pictures_of(tmp_path)
    add(page, *paths)
    page.get_by_role("button", name="All into one PDF").click()
    add(page, *paths[1:])
    expect(page.get_by_role("button", name="All into one PDF")).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
