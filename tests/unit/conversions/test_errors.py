import json
from string import Formatter
from typing import Any

import pytest

from conversions import errors
from conversions.errors import ConversionsError

CATALOGUE = errors.catalogue()


def params_of(error: type[ConversionsError]) -> dict[str, Any]:
    """A value for each parameter of the templates: a number where the format wants one."""
    parts = [*Formatter().parse(error.message), *Formatter().parse(error.suggestion)]
    return {name: 7 if spec else "x" for _, name, spec, _ in parts if name}


@pytest.mark.parametrize("error", CATALOGUE.values(), ids=CATALOGUE)
def test_each_error_says_what_and_what_to_do(error: type[ConversionsError]) -> None:
    told = error(**params_of(error)).as_json()
    assert told["code"] == error.code
    assert told["message"].endswith(".")
    assert told["suggestion"].endswith(".")
    assert json.loads(json.dumps(told)) == told


def test_each_code_belongs_to_one_error() -> None:
    found = [ConversionsError, *_below(ConversionsError)]
    assert len({error.code for error in found}) == len(found)


def _below(error: type[ConversionsError]) -> list[type[ConversionsError]]:
    return [each for child in error.__subclasses__() for each in (child, *_below(child))]


def test_sizes_are_written_as_people_say_them() -> None:
    told = str(errors.FileTooLarge(name="a.png", size=3 * 1024**3, limit=1536))
    assert told == "“a.png” has 3 GiB; at most 1.5 KiB are accepted."


def test_braces_in_a_name_are_only_text() -> None:
    assert str(errors.EmptyFile(name="{name.__class__}%s")) == "“{name.__class__}%s” is empty."


def test_by_code_makes_the_error_that_a_process_named() -> None:
    found = errors.by_code("too_many_pixels", {"pixels": 2_000_000_000, "limit": 100})
    assert isinstance(found, errors.TooManyPixels)
    assert "2,000,000,000" in str(found)


@pytest.mark.parametrize(
    ("code", "params"), [("nonsense", {}), ("too_many_pixels", {}), ("too_many_pixels", {"pixels": "x"})]
)
def test_by_code_takes_no_nonsense(code: str, params: dict[str, Any]) -> None:
    assert isinstance(errors.by_code(code, params), errors.EngineCrashed)
