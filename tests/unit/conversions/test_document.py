import pytest

import conversions.api.errors  # noqa: F401 (so that the catalogue knows them)
from conversions.catalog import formats, routes
from conversions.catalog.document import as_markdown, base, pairs_of
from conversions.engines import registry
from tests.processes import ROOT


def test_page_is_up_to_date() -> None:
    assert (ROOT / "docs" / "formats.md").read_text() == as_markdown(), "make it anew: make docs"


def test_page_has_every_pair_of_every_installation() -> None:
    lines = {line.split(" | ")[0]: line for line in as_markdown().splitlines() if line.startswith("| ")}
    for source, found in pairs_of(base()).items():
        for target in found:
            assert formats.by_id(target).name in lines[f"| {formats.by_id(source).name}"]


def test_page_says_what_is_on_the_way() -> None:
    assert "WebP (PNG)" in as_markdown()
    assert routes.find(formats.by_id("heic"), "webp").steps[0].way.target == "png"


def test_page_is_the_same_whatever_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    page = as_markdown()
    monkeypatch.setattr(registry, "present", dict)
    assert as_markdown() == page


def test_page_says_what_extras_add_and_how() -> None:
    (line,) = (line for line in as_markdown().splitlines() if line.startswith("| raw | `"))
    assert "pip install -c requirements-extras.txt rawpy" in line
    assert "Nikon NEF" in line
    assert "Nikon NEF" not in as_markdown().partition(" pairs\n")[2]
