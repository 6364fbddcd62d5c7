"""How an end is told."""

import pytest

from convertsite.processes import describe


@pytest.mark.parametrize(("code", "words"), [(0, "exit code 0"), (3, "exit code 3"), (-9, "SIGKILL"), (-15, "SIGTERM")])
def test_an_end_is_told_in_words(code: int, words: str) -> None:
    assert describe(code) == words
