import pytest

from conversions.catalog import formats, routes
from conversions.errors import UnknownTarget, UnsupportedPair

PNG = formats.by_id("png")


def test_every_picture_becomes_every_other() -> None:
    assert len(routes.all_pairs()) == len(formats.FORMATS) * (len(formats.FORMATS) - 1)
    assert [target.id for target in routes.targets(PNG)] == ["jpeg", "webp", "avif", "gif", "tiff"]


def test_find_returns_the_pair() -> None:
    assert routes.find(PNG, "webp") == (PNG, formats.by_id("webp"))


def test_find_names_what_is_on_offer_when_the_target_is_unknown() -> None:
    with pytest.raises(UnknownTarget) as caught:
        routes.find(PNG, "docx" * 100)
    assert len(caught.value.params["to"]) == 64
    assert caught.value.as_json()["suggestion"] == "Choose one of: jpeg, webp, avif, gif, tiff."


def test_find_refuses_a_pair_that_no_engine_offers() -> None:
    with pytest.raises(UnsupportedPair):
        routes.find(PNG, "png")
