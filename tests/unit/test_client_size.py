"""The browser's client stays small. Python compresses it here, as it does for those who get it from the site."""

from tests.browser.measures import gzipped

SHIPPED = 16 * 1024


def test_client_as_shipped_with_its_comments_and_each_file_by_itself() -> None:
    assert SHIPPED / 2 < gzipped("realtime") <= SHIPPED
