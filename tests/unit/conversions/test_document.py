from conversions.catalog import formats, routes
from conversions.catalog.document import as_markdown
from tests.processes import ROOT


def test_page_is_up_to_date() -> None:
    assert (ROOT / "docs" / "formats.md").read_text() == as_markdown(), "make it anew: make docs"


def test_page_has_every_pair() -> None:
    lines = {line.split(" | ")[0]: line for line in as_markdown().splitlines() if line.startswith("| ")}
    for route in routes.all_routes():
        assert route.target.name in lines[f"| {route.source.name}"]


def test_page_says_what_is_on_the_way() -> None:
    assert "WebP (PNG)" in as_markdown()
    assert routes.find(formats.by_id("heic"), "webp").steps[0].way.target == "png"
