import re

import pytest

from conversions.engines.page_ranges import PATTERN, chosen
from conversions.errors import NoSuchPage


@pytest.mark.parametrize(
    ("words", "places"),
    [
        ("all", [0, 1, 2, 3, 4]),
        ("", [0, 1, 2, 3, 4]),
        ("2", [1]),
        ("1-3,5", [0, 1, 2, 4]),
        ("1-3 , 2, 5", [0, 1, 2, 4]),
        ("4-", [3, 4]),
        ("5,1", [4, 0]),
        ("3-1", [2, 1, 0]),
    ],
)
def test_pages_come_in_the_order_of_the_words_and_once(words: str, places: list[int]) -> None:
    assert re.fullmatch(PATTERN, words)
    assert chosen(words, 5) == places


@pytest.mark.parametrize(("words", "page"), [("6", 6), ("1-7", 7), ("8-", 8), ("9-2", 9)])
def test_a_page_that_there_is_not_is_told(words: str, page: int) -> None:
    with pytest.raises(NoSuchPage) as caught:
        chosen(words, 5)
    assert caught.value.params == {"page": page, "pages": 5}


@pytest.mark.parametrize("words", ["0", "-3", "1--2", "1-2-3", "a", "1,", ",1", "1;2", "1\n", "٣", "1" * 7, "1," * 101])
def test_what_is_no_range_fits_no_pattern(words: str) -> None:
    assert not re.fullmatch(PATTERN, words)
