"""Variables that cannot be used end the program with one sentence."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from convertsite.environment import Environment

Read = Callable[[Environment], Any]
LEVELS = ("INFO", "ERROR")
READ: dict[str, Read] = {
    "LOG_LEVEL": lambda env: env.choice("LOG_LEVEL", "INFO", LEVELS),
    "DEBUG": lambda env: env.flag("DEBUG", False),
    "SIZE": lambda env: env.number("SIZE", 5, least=1, most=9),
    "HOURS": lambda env: env.number("HOURS", 24.0, least=0.5, most=100.0),
    "SITE_URL": lambda env: env.site("SITE_URL", "http://127.0.0.1:8000"),
    "REDIS_URL": lambda env: env.valkey("REDIS_URL", "unix:///run/valkey.sock"),
    "DATABASE_URL": lambda env: env.database("DATABASE_URL", Path("/data/db?#%41.sqlite3")),
    "EMAIL_URL": lambda env: env.mail("EMAIL_URL", "smtp://127.0.0.1:25"),
    "PROXIES": lambda env: env.texts("PROXIES"),
    "NETWORKS": lambda env: [str(each) for each in env.networks("NETWORKS")],
}
POSTGRESQL = "django.db.backends.postgresql"


@pytest.mark.parametrize("value", [None, ""])
@pytest.mark.parametrize(
    ("name", "default"),
    [
        ("LOG_LEVEL", "INFO"),
        ("DEBUG", False),
        ("SIZE", 5),
        ("HOURS", 24.0),
        ("SITE_URL", "http://127.0.0.1:8000"),
        ("REDIS_URL", "unix:///run/valkey.sock"),
        ("EMAIL_URL", "smtp://127.0.0.1:25"),
        ("DATABASE_URL", {"ENGINE": "django.db.backends.sqlite3", "NAME": "/data/db?#%41.sqlite3"}),
        ("PROXIES", []),
        ("NETWORKS", []),
    ],
)
def test_what_is_not_set_or_empty_has_the_default(
    monkeypatch: pytest.MonkeyPatch, name: str, default: Any, value: str | None
) -> None:
    monkeypatch.delenv(name, raising=False)
    if value is not None:
        monkeypatch.setenv(name, value)
    assert READ[name](Environment()) == default


@pytest.mark.parametrize(
    ("name", "given", "value"),
    [
        ("LOG_LEVEL", "error", "ERROR"),
        ("DEBUG", "True", True),
        ("DEBUG", "0", False),
        ("SIZE", "9", 9),
        ("HOURS", "1", 1.0),
        ("SITE_URL", "https://convert.example.org/", "https://convert.example.org"),
        ("SITE_URL", "http://[::1]:8000", "http://[::1]:8000"),
        ("REDIS_URL", "rediss://:s%3Acr@example.org:6380/2", "rediss://:s%3Acr@example.org:6380/2"),
        ("REDIS_URL", "unix:///a.sock", "unix:///a.sock"),
        ("EMAIL_URL", "smtp+tls://ada:s%3Acr@example.org", "smtp+tls://ada:s%3Acr@example.org"),
        ("PROXIES", "127.0.0.1, ::1", ["127.0.0.1", "::1"]),
        ("NETWORKS", "127.0.0.1, 10.0.0.0/8,fd00::/8", ["127.0.0.1/32", "10.0.0.0/8", "fd00::/8"]),
    ],
)
def test_a_value_is_read_as_its_kind(monkeypatch: pytest.MonkeyPatch, name: str, given: str, value: Any) -> None:
    monkeypatch.setenv(name, given)
    assert READ[name](Environment()) == value


def test_databases_are_read_as_django_has_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://ada:s%3Acr@db.example.org:5433/site")
    read = READ["DATABASE_URL"](Environment())
    assert (read["ENGINE"], read["HOST"], read["PORT"]) == (POSTGRESQL, "db.example.org", 5433)
    assert (read["USER"], read["PASSWORD"], read["NAME"]) == ("ada", "s:cr", "site")
    monkeypatch.setenv("DATABASE_URL", "postgres://ada@//run/postgresql/site")
    read = READ["DATABASE_URL"](Environment())
    assert (read["HOST"], read["NAME"]) == ("/run/postgresql", "site")
    monkeypatch.setenv("DATABASE_URL", "sqlite:////data/db.sqlite3")
    assert READ["DATABASE_URL"](Environment())["NAME"] == "/data/db.sqlite3"


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("LOG_LEVEL", "loud", "one of INFO, ERROR"),
        ("DEBUG", "ja", "true or false"),
        ("SIZE", "many", "a whole number from 1 to 9"),
        ("SIZE", "1.5", "a whole number from 1 to 9"),
        ("SIZE", "10", "a whole number from 1 to 9"),
        ("HOURS", "-1", "a number from 0.5 to 100.0"),
        ("HOURS", "nan", "a number from 0.5 to 100.0"),
        ("HOURS", "inf", "a number from 0.5 to 100.0"),
        ("SITE_URL", "convert.example.org", "an address such as https://convert.example.org"),
        ("SITE_URL", "ftp://example.org", "an address such as https://convert.example.org"),
        ("SITE_URL", "https://example.org/convert", "an address such as https://convert.example.org"),
        ("SITE_URL", "https://example.org:99999", "an address such as https://convert.example.org"),
        ("SITE_URL", "https://[::1", "an address such as https://convert.example.org"),
        ("REDIS_URL", "127.0.0.1:6379", "an address such as redis://127.0.0.1:6379/0"),
        ("REDIS_URL", "http://127.0.0.1:6379", "an address such as redis://127.0.0.1:6379/0"),
        ("REDIS_URL", "redis:///0", "an address such as redis://127.0.0.1:6379/0"),
        ("REDIS_URL", "unix:", "an address such as redis://127.0.0.1:6379/0"),
        ("EMAIL_URL", "mail.example.org", "an address such as smtp+tls://"),
        ("EMAIL_URL", "http://mail.example.org", "an address such as smtp+tls://"),
        ("EMAIL_URL", "smtp://", "an address such as smtp+tls://"),
        ("DATABASE_URL", "mysql://127.0.0.1/site", "an address such as postgres://"),
        ("DATABASE_URL", "postgres://127.0.0.1", "an address such as postgres://"),
        ("DATABASE_URL", "postgres://127.0.0.1:many/site", "an address such as postgres://"),
        ("DATABASE_URL", "site", "an address such as postgres://"),
        ("NETWORKS", "10.0.0.1/8", "addresses or networks such as 127.0.0.1,10.0.0.0/8"),
        ("NETWORKS", "localhost", "addresses or networks such as 127.0.0.1,10.0.0.0/8"),
    ],
)
def test_a_value_that_cannot_be_used_is_told_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, name: str, given: str, expected: str
) -> None:
    monkeypatch.setenv(name, given)
    with pytest.raises(SystemExit) as end:
        READ[name](Environment())
    assert str(end.value.code).startswith(f"{name} is “{given}” and must be {expected}")
    assert "\n" not in str(end.value.code)
    assert re.search(r"\(convertsite\.E\d{3}\)$", str(end.value.code))


@pytest.mark.parametrize(
    ("name", "given"),
    [("REDIS_URL", "http://:hush@127.0.0.1/0"), ("DATABASE_URL", "mysql://ada:h@sh:u/sh@127.0.0.1/site")],
)
def test_a_password_is_not_told(monkeypatch: pytest.MonkeyPatch, name: str, given: str) -> None:
    monkeypatch.setenv(name, given)
    with pytest.raises(SystemExit) as end:
        READ[name](Environment())
    assert "127.0.0.1" in str(end.value.code)
    assert "sh" not in str(end.value.code)
