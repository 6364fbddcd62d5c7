from typing import Any

import pytest

from conversions.errors import OptionsNotObject
from conversions.uploads.multipart import parse_options
from conversions.uploads.offer import max_file_bytes, offered_formats


def test_options_are_a_json_object() -> None:
    assert parse_options('{"quality": 80}') == {"quality": 80}


def test_no_options_are_an_empty_object() -> None:
    assert parse_options("") == {}


@pytest.mark.parametrize("text", ["[]", "null", "1", '"quality"', "{", "quality=80", "[" * 100_000])
def test_anything_else_is_told_as_such(text: str) -> None:
    with pytest.raises(OptionsNotObject):
        parse_options(text)


def test_a_form_carries_no_more_than_either_limit(settings: Any) -> None:
    settings.MAX_UPLOAD_BYTES, settings.MAX_MULTIPART_BYTES = 2_000_000, 1_000_000
    assert max_file_bytes() <= 1_000_000
    settings.MAX_UPLOAD_BYTES = 5
    assert max_file_bytes() == 5


def test_every_format_that_is_offered_says_what_it_becomes() -> None:
    formats = {each["id"]: each for each in offered_formats()}
    assert formats["png"]["media_type"] == "image/png"
    assert set(formats["png"]["targets"]) >= {"jpeg", "webp", "avif", "gif", "tiff"}
