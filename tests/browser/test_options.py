"""Options of a row: what the pair takes, what is wrong with them before they are sent and after, and what is kept."""

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser import pictures
from tests.browser.axe import violations
from tests.browser.conftest import Visit
from tests.browser.rows import add, choose, expect_look, row

ROUTES = "**/api/v1/formats/png"


def ready(page: Page, path: Path, to: str = "jpeg") -> Locator:
    """A file whose options are open."""
    add(page, pictures.small(path))
    added = row(page, path.name)
    choose(added.get_by_role("combobox"), to)
    added.get_by_role("button", name="Options").click()
    return added


def quality(added: Locator) -> Locator:
    return added.get_by_label("Quality", exact=True)


def newest(page: Page) -> dict[str, Any]:
    """The conversion that was added last, as the API tells it."""
    return dict(page.context.request.get("/api/v1/conversions").json()["items"][0])


def schema_of(page: Page) -> dict[str, Any]:
    """The routes of PNG, by target."""
    routes = page.context.request.get("/api/v1/formats/png").json()["routes"]
    return {each["to"]: each for each in routes}


def without_options(page: Page) -> str:
    """What PNG becomes in one way only."""
    return next(to for to, route in schema_of(page).items() if not route["options"]["properties"])


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the focus is on what is called so."""
    for _ in range(12):
        page.keyboard.press("Tab")
        focused = "document.activeElement.ariaLabel ?? document.activeElement.labels?.[0]?.textContent"
        if page.evaluate(focused) == name:
            return
    raise AssertionError(f"Tab does not come to {name}")


def test_target_and_quality_are_chosen_by_keyboard_alone(page: Page, tmp_path: Path) -> None:
    add(page, pictures.small(tmp_path / "keys.png"))
    added = row(page, "keys.png")
    expect(added.get_by_role("button", name="Options")).to_be_visible()
    page.locator("#choose").focus()
    tab_to(page, "Convert keys.png to")
    page.keyboard.type("jpg")
    page.keyboard.press("Enter")
    tab_to(page, "Options for keys.png")
    page.keyboard.press("Enter")
    tab_to(page, "Quality, slider")
    page.keyboard.press("ArrowRight")
    expect(quality(added)).not_to_have_value("85")
    tab_to(page, "Quality")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("40")
    expect(added.get_by_role("slider")).to_have_value("40")
    tab_to(page, "Convert keys.png")
    page.keyboard.press("Enter")
    expect_look(added, "done")
    assert (newest(page)["to"], newest(page)["options"]["quality"]) == ("jpeg", 40)


def test_only_what_the_pair_takes_is_asked_for_and_defaults_are_shown(page: Page, tmp_path: Path) -> None:
    added = ready(page, tmp_path / "one.png")
    rules = schema_of(page)["jpeg"]["options"]["properties"]
    expect(added.locator(".field")).to_have_count(len(rules))
    expect(quality(added)).to_have_value(str(rules["quality"]["default"]))
    choose(added.get_by_role("combobox").first, without_options(page))
    expect(added.locator(".panel")).to_have_count(0)
    expect(added.get_by_role("button", name="Options")).to_have_count(0)


def test_wrong_input_is_told_beside_its_field_and_not_sent(page: Page, tmp_path: Path) -> None:
    added = ready(page, tmp_path / "one.png")
    field, wrong = quality(added), added.locator(".wrong:visible")
    field.fill("101")
    expect(wrong).to_have_count(0)  # one may still be typing
    field.press("Tab")
    expect(wrong).to_have_text("Must be a whole number from 1 to 100.")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(added.locator("[data-part=chosen]")).to_have_text("Correct the options")
    added.get_by_role("button", name="Convert").click()
    expect(field).to_be_focused()
    expect_look(added, "ready")
    assert page.context.request.get("/api/v1/conversions").json()["count"] == 0
    field.fill("10")
    expect(wrong).to_have_count(0)
    expect(added.locator("[data-part=chosen]")).to_have_text("Quality 10")
    added.get_by_role("button", name="Convert").click()
    expect_look(added, "done")


def test_what_was_wrong_is_forgotten_with_the_form_that_shows_it(page: Page, tmp_path: Path) -> None:
    added = ready(page, tmp_path / "one.png")
    quality(added).fill("many")
    added.get_by_role("button", name="Options").click()
    expect(added.locator(".panel")).to_have_count(0)
    expect(added.locator("[data-part=chosen]")).to_be_hidden()
    added.get_by_role("button", name="Options").click()
    expect(quality(added)).not_to_have_value("many")


def test_what_was_set_for_one_target_is_not_sent_with_another(page: Page, tmp_path: Path) -> None:
    added = ready(page, tmp_path / "one.png")
    added.get_by_label("Colour behind transparent parts").fill("#ff0000")
    quality(added).fill("many")
    choose(added.get_by_role("combobox").first, without_options(page))
    added.get_by_role("button", name="Convert").click()
    expect_look(added, "done")
    assert newest(page)["options"] == {}


def test_what_the_site_would_not_take_is_told_there_too(page: Page, tmp_path: Path) -> None:
    """The page was told of other limits than the site holds to."""

    def widen(route: Route) -> None:
        answer = route.fetch().json()
        for each in answer["routes"]:
            each["options"]["properties"].get("quality", {})["maximum"] = 1000
        route.fulfill(json=answer)

    page.route(ROUTES, widen)
    added = ready(page, tmp_path / "one.png")
    quality(added).fill("500")
    added.get_by_role("button", name="Convert").click()
    expect_look(added, "fail")
    expect(added.locator(".wrong:visible")).to_contain_text("“quality” must be a whole number from 1 to 100, not 500")
    expect(quality(added)).to_have_value("500")
    quality(added).fill("50")
    expect_look(added, "ready")
    added.get_by_role("button", name="Convert").click()
    expect_look(added, "done")
    assert newest(page)["options"]["quality"] == 50


def test_the_choice_is_kept_for_the_next_file_of_the_pair_in_this_tab(page: Page, tmp_path: Path) -> None:
    quality(ready(page, tmp_path / "one.png")).fill("33")
    add(page, pictures.small(tmp_path / "two.png"))
    second = row(page, "two.png")
    expect(second.locator("[data-part=chosen]")).to_have_text("Quality 33")
    choose(second.get_by_role("combobox"), "webp")
    expect(second.locator("[data-part=chosen]")).to_be_hidden()
    choose(second.get_by_role("combobox"), "jpeg")
    second.get_by_role("button", name="Options").click()
    expect(quality(second)).to_have_value("33")
    second.get_by_role("button", name="Back to the defaults").click()
    expect(second.locator("[data-part=chosen]")).to_be_hidden()


def test_options_can_be_set_for_all_files_that_become_the_same(page: Page, tmp_path: Path) -> None:
    names = ("one.png", "two.png", "three.png")
    add(page, *(pictures.small(tmp_path / name) for name in names))
    choose(page.get_by_label("All to"), "jpeg")
    first, second = row(page, "one.png"), row(page, "two.png")
    for added in (first, second):
        added.get_by_role("button", name="Options").click()
    expect(first.get_by_role("button", name="other file")).to_have_count(0)
    quality(first).fill("20")
    first.get_by_role("button", name="Use for 2 other files too").click()
    for name in names:
        expect(row(page, name).locator("[data-part=chosen]")).to_have_text("Quality 20")
    expect(quality(second)).to_have_value("20")
    expect(first.get_by_role("button", name="Options")).to_be_focused()
    expect(first.get_by_role("button", name="other file")).to_have_count(0)


def test_options_that_cannot_be_loaded_are_told_and_nothing_else_is_missing(page: Page, tmp_path: Path) -> None:
    page.route(ROUTES, lambda route: route.abort("connectionreset"))
    add(page, pictures.small(tmp_path / "one.png"), pictures.small(tmp_path / "two.png"))
    first, second = row(page, "one.png"), row(page, "two.png")
    expect(first.locator("[data-part=chosen]")).to_have_text("Options not loaded")
    first.get_by_role("button", name="Options").click()
    expect(first.locator(".panel")).to_contain_text("The file can be converted without them.")
    second.get_by_role("button", name="Convert").click()
    expect_look(second, "done")
    page.unroute(ROUTES)
    first.get_by_role("button", name="Try again").click()
    expect(quality(first)).to_be_visible()
    expect(first.locator("[data-part=chosen]")).to_be_hidden()


def test_a_password_is_hidden_and_of_one_file_alone(page: Page, tmp_path: Path) -> None:
    """Whatever asks for one: the page shows what the schema says."""
    rule = {"type": "string", "title": "Password", "format": "password", "pattern": ".{0,99}", "default": ""}
    routes = [{"to": "webp", "steps": ["png", "webp"], "options": {"properties": {"password": rule}}}]
    page.route(ROUTES, lambda route: route.fulfill(body=json.dumps({"routes": routes})))
    added = ready(page, tmp_path / "one.png", "webp")
    field = added.get_by_label("Password")
    expect(field).to_have_attribute("type", "password")
    field.fill("secret")
    expect(added.locator("[data-part=chosen]")).to_have_text("Password set")
    add(page, pictures.small(tmp_path / "two.png"))
    expect(row(page, "two.png").get_by_role("button", name="Options")).to_be_visible()
    expect(row(page, "two.png").locator("[data-part=chosen]")).to_be_hidden()


@pytest.mark.parametrize("width", [320, 1440])
def test_axe_finds_nothing_in_open_options_and_nothing_is_cut_off(visit: Visit, width: int) -> None:
    page = visit(viewport={"width": width, "height": 800})
    page.set_input_files("#files", {"name": "film.mov", "mimeType": "", "buffer": b"content"})
    added = row(page, "film.mov")
    added.get_by_role("button", name="Options").click()
    added.get_by_label("Frames a second").fill("many")
    quality(added).focus()
    expect(added.locator(".wrong:visible")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for field in added.locator(".field").all():
        box = field.bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
    assert violations(page) == []
