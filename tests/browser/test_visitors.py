"""Who sees what, and with what kind of browser."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser import pictures
from tests.browser.conftest import Visit
from tests.browser.rows import expect_live, expect_look, row, start
from tests.stack import Site

ASK_FOR_TOPIC = """topic => new Promise(resolve => {
    const socket = new WebSocket(location.origin.replace("http", "ws") + "/ws/events/");
    socket.onmessage = ({ data }) => {
        for (const message of [JSON.parse(data)].flat()) {
            if (message.type === "connection_established")
                socket.send(JSON.stringify({ type: "subscribe", topics: [{ topic }] }));
            if (message.type === "subscribed" || message.type === "error") resolve(message.code ?? message.type);
        }
    };
})"""


def test_a_second_visitor_sees_nothing_of_the_first(visit: Visit, tmp_path: Path) -> None:
    first, second = visit(), visit()
    added = start(first, pictures.small(tmp_path / "secret.png"))
    expect_look(added, "done")
    download = added.get_by_role("link", name="Download").get_attribute("href") or ""
    second.reload()
    expect_live(second)
    expect(second.locator("#rows > li")).to_have_count(0)
    statuses = {path: second.request.get(path).status for path in (download, download.removesuffix("/download"))}
    assert set(statuses.values()) == {404}
    topic = first.evaluate("JSON.parse(document.getElementById('config').textContent).topic")
    assert first.evaluate(ASK_FOR_TOPIC, topic) == "subscribed"
    assert second.evaluate(ASK_FOR_TOPIC, topic) == "topic_not_found"


def test_it_works_by_keyboard(visit: Visit, tmp_path: Path) -> None:
    page = visit()
    page.set_input_files("#files", pictures.small(tmp_path / "keys.png"))
    added = row(page, "keys.png")
    expect(added.get_by_role("button", name="Options")).to_be_visible()
    added.get_by_role("combobox").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect_look(added, "done")
    expect(added.get_by_role("link", name="Download keys.png")).to_be_focused()
    page.keyboard.press("Tab")
    expect(added.get_by_role("button", name="Convert to something else")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(added).to_have_count(0)
    expect(page.get_by_role("button", name="Choose files")).to_be_focused()
    page.get_by_role("button", name="Undo").focus()
    page.keyboard.press("Enter")
    expect_look(added, "done")
    expect(page.get_by_role("button", name="Choose files")).to_be_focused()


def test_the_focus_stays_in_a_row_that_has_nothing_to_do_for_a_while(visit: Visit, site: Site, tmp_path: Path) -> None:
    page = visit()
    page.set_input_files("#files", pictures.small(tmp_path / "slow.png"))
    added, web = row(page, "slow.png"), site.child("web")
    added.get_by_role("button", name="Convert").focus()
    web.suspend()
    try:
        page.keyboard.press("Enter")
        expect(added).to_contain_text("Sent")
        expect(added).to_be_focused()
    finally:
        web.resume()
    expect_look(added, "done")
    expect(added.get_by_role("link", name="Download slow.png")).to_be_focused()


def test_it_works_without_javascript(visit: Visit, tmp_path: Path) -> None:
    page = visit(java_script_enabled=False, viewport={"width": 320, "height": 800})
    for part in (
        page.locator("input[name=file]"),
        page.locator("select[name=to]"),
        page.locator("form button.primary"),
    ):
        box = part.bounding_box()
        assert box
        assert box["x"] + box["width"] <= 320
    page.set_input_files("input[name=file]", pictures.small(tmp_path / "plain.png"))
    page.get_by_role("button", name="Convert").click()
    link = page.get_by_role("link", name="Download")
    expect(link).to_be_visible(timeout=20_000)  # the page refreshes itself
    with page.expect_download() as found:
        link.click()
    assert found.value.suggested_filename == "plain.webp"


@pytest.mark.parametrize("scripted", [True, False])
def test_what_is_accepted_is_told_in_few_words_and_listed_on_demand(visit: Visit, *, scripted: bool) -> None:
    page = visit(java_script_enabled=scripted, viewport={"width": 320, "height": 800})
    told, listed = page.locator(".drop > .fine"), page.locator(".drop dl")
    expect(told).to_contain_text("Pictures, drawings, ")
    box = told.bounding_box()
    assert box
    assert box["height"] <= 128
    expect(listed).to_be_hidden()
    page.locator(".drop summary").click()
    expect(listed).to_be_visible()
    expect(listed).to_contain_text("HEIC")


def test_many_targets_are_grouped_by_kind(visit: Visit) -> None:
    page = visit()
    names = ("a.mov", "b.mov")
    page.set_input_files("#files", [{"name": name, "mimeType": "", "buffer": b"content"} for name in names])
    picker = row(page, "a.mov").get_by_role("combobox")
    expect(picker).to_have_value("MP4")
    for field in (picker, page.get_by_label("All to")):
        field.click()
        groups = page.get_by_role("listbox").get_by_role("group")
        expect(groups.locator(".kind")).to_have_text(["Usual", "Videos", "Pictures", "Sound", "Subtitles", "Archives"])
        expect(groups.first.locator("b")).to_have_text(["MP4", "WebM", "MP3"])


def test_nothing_is_cut_off_at_any_width(visit: Visit, tmp_path: Path) -> None:
    page = visit()
    long_name = f"{'a long name of a file ' * 6}.png"
    start(page, pictures.small(tmp_path / long_name))
    expect_look(row(page, long_name), "done")
    for width in (320, 768, 1440):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        boxes = [button.bounding_box() for button in page.get_by_role("button").all()]
        assert all(box["x"] >= 0 and box["x"] + box["width"] <= width for box in boxes if box)
