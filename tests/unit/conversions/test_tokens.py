import pytest

from conversions.accounts.tokens import bearer


@pytest.mark.parametrize(
    ("header", "token"),
    [
        ("Bearer abc", "abc"),
        ("bearer abc", "abc"),
        ("  Bearer   abc ", "abc"),
        ("Bearer", ""),
        ("Bearer a b", "a b"),
        ("Basic abc", None),
        ("", None),
    ],
)
def test_token_of_a_header(header: str, token: str | None) -> None:
    assert bearer(header) == token
