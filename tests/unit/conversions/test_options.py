from typing import Any

import pytest

from conversions.catalog import formats, options, routes
from conversions.catalog.routes import Pair
from conversions.errors import OptionInvalid, OptionsNotObject, OptionUnknown


def pair(source: str, target: str) -> Pair:
    return routes.find(formats.by_id(source), target)


@pytest.mark.parametrize("each", routes.all_pairs(), ids=lambda each: f"{each.source.id}-{each.target.id}")
def test_defaults_are_themselves_valid(each: Pair) -> None:
    chosen = options.validate(each, {})
    assert options.validate(each, chosen) == chosen
    assert set(chosen) == set(options.schema(each))


def test_only_lossy_targets_have_a_quality() -> None:
    assert "quality" in options.schema(pair("png", "webp"))
    assert "quality" not in options.schema(pair("jpeg", "png"))


def test_only_transparency_that_is_lost_has_a_background() -> None:
    assert "background" in options.schema(pair("png", "jpeg"))
    assert "background" not in options.schema(pair("png", "webp"))
    assert "background" not in options.schema(pair("jpeg", "png"))


def test_keeps_what_was_chosen() -> None:
    wishes = {"quality": 1, "background": "#00FF7f"}
    assert options.validate(pair("png", "jpeg"), wishes) == wishes


@pytest.mark.parametrize("quality", [0, 101, -1, 50.5, 80.0, "80", True, None, [80], {"of": 80}, 10**30, float("nan")])
def test_refuses_a_quality_of_a_wrong_type_or_out_of_range(quality: Any) -> None:
    with pytest.raises(OptionInvalid) as caught:
        options.validate(pair("png", "jpeg"), {"quality": quality})
    assert caught.value.params["expected"] == "a whole number from 1 to 100"
    assert caught.value.params["option"] == "quality"
    assert caught.value.as_json()["suggestion"] == "Correct it, or leave it out to use 85."


@pytest.mark.parametrize("colour", ["red", "#fff", "#ffffff\n", "#gggggg", 0, "#" + "f" * 10_000])
def test_refuses_a_background_that_is_no_colour(colour: Any) -> None:
    with pytest.raises(OptionInvalid) as caught:
        options.validate(pair("png", "jpeg"), {"background": colour})
    assert len(caught.value.params["got"]) <= 60


def test_refuses_an_unknown_option_and_names_the_known() -> None:
    with pytest.raises(OptionUnknown) as caught:
        options.validate(pair("png", "jpeg"), {"qualty": 80})
    assert caught.value.params == {"option": "qualty", "to": "JPEG", "options": "quality, background"}


@pytest.mark.parametrize("wishes", [None, [], "quality", 80])
def test_refuses_options_that_are_no_object(wishes: Any) -> None:
    with pytest.raises(OptionsNotObject):
        options.validate(pair("png", "jpeg"), wishes)
