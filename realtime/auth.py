"""Who connects, and from where."""

from collections.abc import Hashable, Mapping
from typing import Any

from django.conf import settings
from django.http.request import split_domain_port, validate_host
from django.utils.http import is_same_domain
from django.utils.module_loading import import_string

from realtime.conf import conf

Scope = Mapping[str, Any]


def owner_of(scope: Scope) -> str:
    """The key of who connects, as `REALTIME_OWNER` names it; empty for nobody."""
    return str(import_string(conf.OWNER)(scope)) if conf.OWNER else ""


def credential_of(scope: Scope) -> Hashable:
    """What `REALTIME_RECHECK` is asked about as long as the connection lasts: `credential` of the scope, which the
    project's own middleware puts there. None is never asked about."""
    credential: Hashable = scope.get("credential")
    return credential


def address_of(scope: Scope) -> str:
    """The network address of the client; empty on a Unix socket. Of who comes through one of Django's setting
    `TRUSTED_PROXIES` it is the last in `X-Forwarded-For` that is none of them, and empty if there is none: no limit may
    lock the proxy itself out."""
    client = scope.get("client")
    address, proxies = str(client[0]) if client else "", getattr(settings, "TRUSTED_PROXIES", ())
    if address not in proxies:
        return address
    lines = [value.decode("latin-1") for key, value in scope["headers"] if key == b"x-forwarded-for"]
    passed = [part.strip() for part in ",".join(lines).split(",") if part.strip()]  # a proxy may have added a line
    return next((part for part in reversed(passed) if part not in proxies), "")


def header(scope: Scope, name: bytes) -> str:
    """A header's value; empty if there is none."""
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")


def origin_allowed(scope: Scope) -> bool:
    """Whether the page that connects may: one of `CSRF_TRUSTED_ORIGINS`, or one served under the very host and port
    that it connects to. No origin at all is no browser, and allowed."""
    origin, host = header(scope, b"origin").lower(), header(scope, b"host").lower()
    return not origin or _same_host(origin, host) or any(_matches(origin, one) for one in settings.CSRF_TRUSTED_ORIGINS)


def _same_host(origin: str, host: str) -> bool:
    allowed = settings.ALLOWED_HOSTS or ([".localhost", "127.0.0.1", "[::1]"] if settings.DEBUG else [])
    return origin in (f"http://{host}", f"https://{host}") and validate_host(split_domain_port(host)[0], allowed)


def _matches(origin: str, trusted: str) -> bool:
    """As in Django, `https://*.example.com` stands for all subdomains."""
    scheme, _, place = origin.partition("://")
    trusted_scheme, star, domain = trusted.lower().partition("://*")
    return scheme == trusted_scheme and is_same_domain(place, domain) if star else origin == trusted.lower()
