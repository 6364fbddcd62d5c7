from typing import Any

import pytest

from conversions.catalog import formats, options, routes
from conversions.catalog.routes import Route
from conversions.engines import options as known
from conversions.engines.engine import Engine, Stage, Way
from conversions.engines.registry import Step
from conversions.errors import OptionInvalid, OptionsNotObject, OptionUnknown


def route(source: str, target: str) -> Route:
    return routes.find(formats.by_id(source), target)


def test_defaults_are_themselves_valid() -> None:
    for each in routes.all_routes():
        chosen = options.validate(each, {})
        assert options.validate(each, chosen) == chosen, each.format_ids
        assert set(chosen) == set(options.schema(each)), each.format_ids


def taking(**rules: Any) -> Route:
    """A route with these options."""
    way = Way("png", "webp", (Stage("encoding", 1.0),), options=rules)
    return Route((Step(Engine("one", "nowhere", (way,)), way),))


SPEED = taking(speed={"type": "number", "minimum": 0.5, "maximum": 2, "default": 1})
UPRIGHT = taking(upright={"type": "boolean", "default": True})
FIT = taking(fit={"enum": ["cover", "contain"], "default": "cover"})


@pytest.mark.parametrize(
    ("route", "wishes"),
    [(SPEED, {"speed": 1.5}), (SPEED, {"speed": 2}), (UPRIGHT, {"upright": False}), (FIT, {"fit": "contain"})],
)
def test_takes_a_value_that_fits_the_schema(route: Route, wishes: dict[str, Any]) -> None:
    assert options.validate(route, wishes) == wishes


@pytest.mark.parametrize(
    ("route", "wishes", "expected"),
    [
        (SPEED, {"speed": 2.1}, "a number from 0.5 to 2"),
        (SPEED, {"speed": True}, "a number from 0.5 to 2"),
        (SPEED, {"speed": float("nan")}, "a number from 0.5 to 2"),
        (UPRIGHT, {"upright": 1}, "true or false"),
        (FIT, {"fit": "Cover"}, "one of cover, contain"),
        (FIT, {"fit": ["cover"]}, "one of cover, contain"),
    ],
)
def test_refuses_a_value_that_does_not_fit(route: Route, wishes: dict[str, Any], expected: str) -> None:
    with pytest.raises(OptionInvalid) as caught:
        options.validate(route, wishes)
    assert caught.value.params["expected"] == expected


def test_a_step_of_a_route_gets_its_own_options() -> None:
    route = Route((*SPEED.steps, *FIT.steps))
    chosen = options.validate(route, {"speed": 2})
    assert chosen == {"speed": 2, "fit": "cover"}
    assert [options.of_step(step, chosen) for step in route.steps] == [{"speed": 2}, {"fit": "cover"}]


def test_only_lossy_targets_have_a_quality() -> None:
    assert "quality" in options.schema(route("png", "webp"))
    assert "quality" not in options.schema(route("jpeg", "png"))


def test_only_transparency_that_is_lost_has_a_background() -> None:
    assert "background" in options.schema(route("png", "jpeg"))
    assert "background" not in options.schema(route("png", "webp"))
    assert "background" not in options.schema(route("jpeg", "png"))


def test_keeps_what_was_chosen() -> None:
    wishes = {"quality": 1, "background": "#00FF7f"}
    assert wishes.items() <= options.validate(route("png", "jpeg"), wishes).items()


@pytest.mark.parametrize("quality", [0, 101, -1, 50.5, 80.0, "80", True, None, [80], {"of": 80}, 10**30, float("nan")])
def test_refuses_a_quality_of_a_wrong_type_or_out_of_range(quality: Any) -> None:
    with pytest.raises(OptionInvalid) as caught:
        options.validate(route("png", "jpeg"), {"quality": quality})
    assert caught.value.params["expected"] == "a whole number from 1 to 100"
    assert caught.value.params["option"] == "quality"
    assert caught.value.as_json()["suggestion"] == "Correct it, or leave it out to use 85."


@pytest.mark.parametrize("colour", ["red", "#fff", "#ffffff\n", "#gggggg", 0, "#" + "f" * 10_000])
def test_refuses_a_background_that_is_no_colour(colour: Any) -> None:
    with pytest.raises(OptionInvalid) as caught:
        options.validate(route("png", "jpeg"), {"background": colour})
    assert len(caught.value.params["got"]) <= 60


def test_refuses_an_unknown_option_and_names_the_known() -> None:
    with pytest.raises(OptionUnknown) as caught:
        options.validate(route("png", "jpeg"), {"qualty": 80})
    assert caught.value.params == {
        "option": "qualty",
        "to": "JPEG",
        "options": "width, height, fit, quality, metadata, background",
    }


@pytest.mark.parametrize("wishes", [None, [], "quality", 80])
def test_refuses_options_that_are_no_object(wishes: Any) -> None:
    with pytest.raises(OptionsNotObject):
        options.validate(route("png", "jpeg"), wishes)


PAGES = taking(pages=known.pages())
LOCKED = taking(password=known.password())


@pytest.mark.parametrize("words", ["", "all", "1-3,7", "3-", "2, 1"])
def test_takes_a_range_of_pages(words: str) -> None:
    assert options.validate(PAGES, {"pages": words}) == {"pages": words}


@pytest.mark.parametrize("words", ["none", "0", "1-2-3", 3, ["1"]])
def test_says_what_a_range_of_pages_is(words: Any) -> None:
    with pytest.raises(OptionInvalid) as caught:
        options.validate(PAGES, {"pages": words})
    told = caught.value.as_json()
    assert "must be pages such as 1-3,7" in told["message"]
    assert told["suggestion"] == "Correct it, or leave it out to use all."


@pytest.mark.parametrize("password", ["x" * 128, "se\ncret", "\ud800secret", 12345678, ["secret"]])
def test_a_password_that_cannot_be_is_refused_without_showing_it(password: Any) -> None:
    with pytest.raises(OptionInvalid) as caught:
        options.validate(LOCKED, {"password": password})
    told = caught.value.as_json()
    assert "secret" not in str(told)
    assert "12345678" not in str(told)
    assert told["suggestion"] == "Correct it, or leave it out to use none."


def test_passwords_are_marked_and_never_told() -> None:
    every = [(name, rule) for each in routes.all_routes() for name, rule in options.schema(each).items()]
    marked = {name for name, rule in every if rule.get("format") == "password"}
    assert marked == {name for name, rule in every if rule.get("writeOnly")} == {"password", "new_password"}
    chosen = options.validate(route("pdf", "pdf"), {"password": "secret", "new_password": "other", "rotate": "90"})
    assert chosen["password"] == "secret"
    assert options.told(chosen) == {"pages": "all", "drop": False, "rotate": "90"}


def test_an_option_of_several_steps_is_the_same_in_each() -> None:
    for route in routes.all_routes():
        rules: dict[str, object] = {}
        for step in route.steps:
            for name, rule in step.way.options.items():
                assert rules.setdefault(name, rule) == rule, (route.format_ids, name)
