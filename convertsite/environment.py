"""Reads the environment for settings.py. What cannot be used ends the program with a sentence that says why, and an id.

Nothing runs yet that could make a system check of it; docs/settings.md lists these ids with those of checks.py.
"""

import re
import sys
from collections.abc import Callable, Collection
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any, NoReturn, TypeVar
from urllib.parse import SplitResult, urlsplit

import environ

Number = TypeVar("Number", int, float)
YES, NO = {"true", "on", "yes", "y", "ok", "1"}, {"false", "off", "no", "n", "0"}
DATABASES = "postgres://user:password@127.0.0.1:5432/name or sqlite:////folder/db.sqlite3"


class Environment:
    """The variables by name, each as the kind of value that is expected. An empty one counts as not set."""

    def __init__(self) -> None:
        self._env = environ.Env()

    def text(self, name: str, default: str = "") -> str:
        """Any text."""
        return self._env.str(name, "") or default

    def texts(self, name: str) -> list[str]:
        """Texts with commas between them."""
        return [part.strip() for part in self.text(name).split(",") if part.strip()]

    def networks(self, name: str) -> list[IPv4Network | IPv6Network]:
        """Networks, or single addresses, with commas between them."""
        try:
            return [ip_network(text) for text in self.texts(name)]
        except ValueError:
            self._refuse(name, "addresses or networks such as 127.0.0.1,10.0.0.0/8", "E010")

    def choice(self, name: str, default: str, choices: Collection[str]) -> str:
        """One of the words, in any case."""
        value = self.text(name, default).upper()
        return value if value in choices else self._refuse(name, f"one of {', '.join(choices)}", "E001")

    def flag(self, name: str, default: bool) -> bool:
        """Yes or no."""
        value = self.text(name, str(default)).lower()
        return value in YES if value in YES | NO else self._refuse(name, "true or false", "E002")

    def number(self, name: str, default: Number, least: Number, most: Number) -> Number:
        """A number of the default's type, within these bounds."""
        kind = type(default)
        try:
            value = kind(self.text(name, str(default)))
        except ValueError:
            value = least - 1
        expected = f"a {'whole ' if kind is int else ''}number from {least} to {most}"
        return value if least <= value <= most else self._refuse(name, expected, "E003")

    def site(self, name: str, default: str) -> str:
        """The address of a whole site."""
        return self._address(name, default, "https://convert.example.org", is_site, "E004").rstrip("/")

    def valkey(self, name: str, default: str) -> str:
        """The address of a Valkey or Redis."""
        return self._address(name, default, "redis://127.0.0.1:6379/0", is_valkey, "E005")

    def mail(self, name: str, default: str) -> str:
        """The address of a mail server: plain, `smtp+tls` (STARTTLS) or `smtps`."""
        return self._address(name, default, "smtp+tls://user:password@mail.example.org:587", is_mail, "E011")

    def database(self, name: str, sqlite: Path) -> dict[str, Any]:
        """A database as Django's settings have it; by default the one in the file."""
        if not self.text(name):
            return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(sqlite)}
        parsed: dict[str, Any] = self._env.db_url_config(self._address(name, "", DATABASES, is_database, "E006"))
        return parsed

    def _address(
        self, name: str, default: str, example: str, fits: Callable[[SplitResult], object], number: str
    ) -> str:
        value = self.text(name, default)
        try:
            url = urlsplit(value)
            usable = url.port != 0 and fits(url)
        except ValueError:  # a port that is no number, a bracket that is not closed
            usable = False
        return value if usable else self._refuse(name, f"an address such as {example}", number)

    def _refuse(self, name: str, expected: str, number: str) -> NoReturn:
        given = re.sub(r"(?<=://).*(?=@)", "…", self.text(name))  # no password in a log
        told = f"{name} is “{given}” and must be {expected}: correct it in the environment or in .env."
        sys.exit(f"{told} (convertsite.{number})")


def is_site(url: SplitResult) -> bool:
    return url.scheme in {"http", "https"} and bool(url.hostname) and url.path in {"", "/"} and not url.query


def is_valkey(url: SplitResult) -> bool:
    return bool(url.hostname) if url.scheme in {"redis", "rediss"} else url.scheme == "unix" and len(url.path) > 1


def is_mail(url: SplitResult) -> bool:
    return url.scheme in {"smtp", "smtps", "smtp+tls"} and bool(url.hostname) and url.path in {"", "/"}


def is_database(url: SplitResult) -> bool:
    return url.scheme in {"postgres", "postgresql", "sqlite"} and len(url.path) > 1
