"""The settings that hold, for people: values as they are read, secrets masked."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings

from realtime.conf import conf, defaults

NAMES = (
    "SITE_URL",
    "DATA_DIR",
    "SECRET_KEY",
    "TRUSTED_PROXIES",
    "ALLOWED_HOSTS",
    "METRICS_TOKEN",
    "METRICS_ALLOW",
    "ALERT_EMAILS",
    "ALERT_WEBHOOK",
    "EMAIL_URL",
    "EMAIL_FROM",
    "DEBUG",
    "LOG_LEVEL",
    "LOG_FORMAT",
    "LOG_PRIVATE",
    "DATABASE_URL",
    "REDIS_URL",
    "MAX_UPLOAD_BYTES",
    "MAX_MULTIPART_BYTES",
    "RETENTION_HOURS",
    "ANONYMOUS",
)
MASK = "set, and not shown"
SECRETS = ("KEY", "TOKEN", "PASSWORD", "SECRET", "WEBHOOK")


@dataclass(frozen=True)
class InForce:
    """One setting: its name as the environment has it, and its value as people may see it. `default` is the layer's;
    the site's own have none here."""

    name: str
    value: str
    default: str = ""


def settings_in_force() -> list[InForce]:
    """All of docs/settings.md, in its order. No password, token or key is in it."""
    site = [InForce(name, _shown(name, _value(name))) for name in NAMES]
    layer = [
        InForce(f"REALTIME_{name}", _shown(name, getattr(conf, name)), _shown(name, default))
        for name, default in defaults().items()
    ]
    return site + layer


def _value(name: str) -> Any:
    if name != "DATABASE_URL":
        return getattr(settings, name)
    database = settings.DATABASES["default"]
    where = f"{database.get('HOST') or ''}:{database.get('PORT') or ''}".strip(":")
    return " ".join(filter(None, [database["ENGINE"].rpartition(".")[2], where, str(database["NAME"])]))


def _shown(name: str, value: Any) -> str:
    if any(word in name for word in SECRETS):
        return MASK if value else ""
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return scrubbed_url(str(value)) if name.endswith("URL") else str(value)


def scrubbed_url(url: str) -> str:
    """The address without its user and password."""
    scheme, mark, rest = url.partition("://")
    return f"{scheme}{mark}{'…@' if '@' in rest else ''}{rest.rpartition('@')[2]}"
