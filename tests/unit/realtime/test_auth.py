"""Where a connection comes from."""

from typing import Any

import pytest
from pytest_django import Settings

from realtime.auth import address_of, credential_of, origin_allowed, owner_of


def scope(**headers: str) -> dict[str, Any]:
    return {"headers": [(name.encode(), value.encode()) for name, value in headers.items()]}


@pytest.fixture(autouse=True)
def _site(settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["site.example", "localhost"]
    settings.CSRF_TRUSTED_ORIGINS = ["https://site.example", "https://*.sites.example"]


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("https://site.example", "site.example"),
        ("https://site.example", "inner:8000"),
        ("http://localhost:8000", "localhost:8000"),
        ("https://a.sites.example", "inner:8000"),
        ("HTTP://LOCALHOST:8000", "localhost:8000"),
    ],
)
def test_pages_of_this_site_may_connect(origin: str, host: str) -> None:
    assert origin_allowed(scope(origin=origin, host=host))


def test_no_origin_is_no_browser() -> None:
    assert origin_allowed(scope(host="site.example"))


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("https://evil.example", "site.example"),
        ("https://evil.example", "evil.example"),
        ("http://localhost:9000", "localhost:8000"),
        ("https://site.example.evil.example", "site.example"),
        ("http://a.sites.example", "site.example"),
        ("https://asites.example", "site.example"),
        ("null", "site.example"),
        ("file://", ""),
        ("http://[", "localhost"),
    ],
)
def test_other_pages_may_not(origin: str, host: str) -> None:
    assert not origin_allowed(scope(origin=origin, host=host))


def test_owner_is_whom_the_setting_names(settings: Settings) -> None:
    settings.REALTIME_OWNER = "realtime.auth.address_of"
    assert owner_of({"client": ["192.0.2.7", 4000]}) == "192.0.2.7"
    settings.REALTIME_OWNER = ""
    assert owner_of({"client": ["192.0.2.7", 4000]}) == ""


def test_unix_socket_has_no_address() -> None:
    assert address_of({"client": None}) == ""
    assert address_of({}) == ""


def test_credential_is_what_the_scope_says() -> None:
    assert credential_of({"credential": ("session", "k1")}) == ("session", "k1")
    assert credential_of({}) is None


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),  # anybody may send the header
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "1.2.3.4, 198.51.100.1, 10.0.0.2", "198.51.100.1"),  # what is before was the client's own
        ("10.0.0.1", "", ""),  # the proxy itself is nobody, whom a limit would lock out with all who come through it
        ("10.0.0.1", "10.0.0.2", ""),
    ],
)
def test_address_behind_a_proxy_is_the_last_that_is_none(
    settings: Settings, peer: str, forwarded: str, address: str
) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.1", "10.0.0.2"]
    assert address_of({**scope(**{"x-forwarded-for": forwarded}), "client": [peer, 1]}) == address


def test_a_line_that_the_proxy_added_counts_more_than_the_clients_own(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.1"]
    lines = [(b"x-forwarded-for", b"1.2.3.4"), (b"x-forwarded-for", b"198.51.100.1")]
    assert address_of({"client": ["10.0.0.1", 1], "headers": lines}) == "198.51.100.1"
