"""System checks of the site's settings as a whole: what is right by itself and wrong or risky together."""

from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Info, Warning, register
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

LOCAL = {"", "localhost", "127.0.0.1", "::1"}
MOST_IN_ONE_REQUEST = 1024**3
MOST_HOURS = 30 * 24
SHORT = 32
SHORT_TOKEN = 20
SQLITE = "django.db.backends.sqlite3"


@register()
def check_site(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """All that is to be said of the site's settings."""
    return [*_of_addresses(), *_of_secrets(), *_of_files(), *_of_stores(), *_of_logs(), *_of_alerts()]


def _of_addresses() -> Iterator[CheckMessage]:
    site = urlsplit(settings.SITE_URL)
    if site.scheme == "https" and not settings.TRUSTED_PROXIES:  # no warning: the proxy may redirect by itself
        yield Info(
            "SITE_URL is https and TRUSTED_PROXIES is empty, so plain http is not redirected to https and HSTS is "
            "not sent.",
            hint="Set TRUSTED_PROXIES to the address of the proxy that ends TLS; it must set X-Forwarded-Proto itself.",
            id="convertsite.I001",
        )
    if site.scheme == "http" and site.hostname not in LOCAL:
        yield Warning(
            "SITE_URL is plain http and not this machine: passwords, cookies and files cross the network unencrypted.",
            hint="Put a proxy that ends TLS in front, and set SITE_URL to its https address.",
            id="convertsite.W001",
        )
    for proxy in settings.TRUSTED_PROXIES:
        if not _is_address(proxy):
            yield Error(
                f"TRUSTED_PROXIES names “{proxy}”, which is no network address, so that proxy is not believed.",
                hint="Give addresses with commas between them, as in 127.0.0.1,::1; names and networks do not count.",
                id="convertsite.E007",
            )


def _of_secrets() -> Iterator[CheckMessage]:
    if settings.DEBUG and urlsplit(settings.SITE_URL).hostname not in LOCAL:
        yield Error(
            "DEBUG is on where others can reach the site: any error shows them settings and code.",
            hint="Take DEBUG out of the environment.",
            id="convertsite.E008",
        )
    if len(settings.SECRET_KEY) < SHORT:
        yield Error(
            f"SECRET_KEY has fewer than {SHORT} characters: sessions could be forged.",
            hint="Leave it out, and one is made; or give 50 random characters.",
            id="convertsite.E009",
        )
    if settings.METRICS_TOKEN and len(settings.METRICS_TOKEN) < SHORT_TOKEN:
        yield Warning(
            f"METRICS_TOKEN has fewer than {SHORT_TOKEN} characters, and nobody counts the guesses.",
            hint="Give 32 random characters.",
            id="convertsite.W006",
        )


def _of_files() -> Iterator[CheckMessage]:
    if settings.MAX_MULTIPART_BYTES > MOST_IN_ONE_REQUEST:
        yield Warning(
            "MAX_MULTIPART_BYTES is over 1 GiB: each such request first waits on the disk whole.",
            hint="See that DATA_DIR has room for several, or lower it.",
            id="convertsite.W002",
        )
    if settings.RETENTION_HOURS > MOST_HOURS:
        yield Warning(
            "RETENTION_HOURS is over 30 days: files outlive the rows that name them in lists, and fill the disk.",
            hint="Choose 720 or less.",
            id="convertsite.W003",
        )


def _of_stores() -> Iterator[CheckMessage]:
    valkey, database = urlsplit(settings.REDIS_URL), settings.DATABASES["default"]
    far = valkey.scheme == "redis" and valkey.hostname not in LOCAL
    if far and not valkey.password:
        yield Warning(
            "REDIS_URL is another machine's and has no password: whoever reaches it reads and forges everything.",
            hint="Give Valkey a password, and its port to this network alone.",
            id="convertsite.W004",
        )
    if (far or valkey.scheme == "rediss") and database["ENGINE"] == SQLITE:
        yield Info(
            "REDIS_URL is another machine's and the database is SQLite, which only one machine can use.",
            hint="Several machines need PostgreSQL: set DATABASE_URL.",
            id="convertsite.I002",
        )
    if database["ENGINE"] != SQLITE and database.get("CONN_MAX_AGE"):
        yield Warning(
            "DATABASE_URL keeps connections (conn_max_age), and each request has a thread of its own that never uses "
            "one again.",
            hint="Leave conn_max_age out; put PgBouncer between where opening connections costs too much.",
            id="convertsite.W005",
        )


def _of_logs() -> Iterator[CheckMessage]:
    if settings.LOG_PRIVATE:
        yield Info(
            "LOG_PRIVATE is on: the log holds network addresses and names and contents of people's files.",
            hint="Switch it off when you have found what you were looking for.",
            id="convertsite.I003",
        )


def _of_alerts() -> Iterator[CheckMessage]:
    for address in settings.ALERT_EMAILS:
        if not _is_mail(address):
            yield Error(
                f"ALERT_EMAILS names “{address}”, which is no address of e-mail.",
                hint="Give addresses with commas between them, as in ada@example.org,grace@example.org.",
                id="convertsite.E012",
            )
    if settings.ALERT_WEBHOOK and not _is_web(settings.ALERT_WEBHOOK):
        yield Error(
            "ALERT_WEBHOOK is no http or https address, or has a user and a password in it.",
            hint="For example https://chat.example.org/hooks/7f3a.",
            id="convertsite.E013",
        )


def _is_mail(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def _is_web(text: str) -> bool:
    try:
        url = urlsplit(text)
        return url.scheme in {"http", "https"} and bool(url.hostname) and url.port != 0 and not url.username
    except ValueError:  # a port that is no number
        return False


def _is_address(text: str) -> bool:
    try:
        return bool(ip_address(text))
    except ValueError:
        return False
