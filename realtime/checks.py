"""System checks: one id for each way in which a setting can be wrong (E) or risky beside others (W)."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from difflib import get_close_matches
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.utils.module_loading import import_string
from redis.asyncio.connection import parse_url

from realtime.conf import conf, defaults
from realtime.heartbeat import FIRST_PING

PREFIX = "REALTIME_"
IDLE = 60  # seconds after which usual proxies close a connection that is silent
ACKNOWLEDGED_AFTER = 32  # frames, by clients of ours; else after a second
RESTART = 60  # seconds that clients may take to come back after a restart


@register()
def check_settings(app_configs: Sequence[AppConfig] | None = None, **_: Any) -> list[CheckMessage]:
    """Every `REALTIME_` setting exists and has a value of its kind."""
    given = [name.removeprefix(PREFIX) for name in dir(settings) if name.startswith(PREFIX)]
    known = defaults()
    problems: list[CheckMessage] = [_unknown(name) for name in given if name not in known]
    for name, default in known.items():
        problems += _wrong_number(name) if isinstance(default, int | float) else []
    problems += _wrong_url()
    problems += _wrong_path("OWNER", "(scope) -> str", "E005")
    problems += _wrong_path("RECHECK", "(credentials) -> credentials", "E006")
    problems += _wrong_path("CLIENT_VERSION", "() -> str", "E007")
    return problems or _risky()


def _risky() -> list[CheckMessage]:
    """What works, and not as anybody would wish; asked only of settings that are right by themselves."""
    risks = (
        (conf.HEARTBEAT_INTERVAL >= IDLE, "HEARTBEAT_INTERVAL", f"proxies close what is silent for {IDLE} s", "W001"),
        (
            conf.FIRST_MESSAGE_TIMEOUT <= FIRST_PING,
            "FIRST_MESSAGE_TIMEOUT",
            f"clients are closed before the first ping asks them, after {FIRST_PING:g} s",
            "W002",
        ),
        (
            conf.SEND_WINDOW < ACKNOWLEDGED_AFTER,
            "SEND_WINDOW",
            f"clients acknowledge each {ACKNOWLEDGED_AFTER} frames or once a second, and events wait for that",
            "W003",
        ),
        (
            conf.MAX_CONNECTIONS_PER_OWNER > conf.MAX_CONNECTIONS_PER_ADDRESS,
            "MAX_CONNECTIONS_PER_OWNER",
            "it is over MAX_CONNECTIONS_PER_ADDRESS, which ends it first",
            "W004",
        ),
        (
            conf.HISTORY_MAX_AGE < conf.HEARTBEAT_INTERVAL + conf.PING_TIMEOUT + RESTART,
            "HISTORY_MAX_AGE",
            "the history forgets before a lost connection is noticed and back, which gets a snapshot then",
            "W005",
        ),
        (
            conf.MAX_QUEUE_SIZE > conf.HISTORY_MAX_EVENTS,
            "MAX_QUEUE_SIZE",
            "it is over HISTORY_MAX_EVENTS: more wait for one connection than a history keeps for all",
            "W006",
        ),
        (conf.CONFLATE_INTERVAL > 1, "CONFLATE_INTERVAL", "progress is told less than once a second", "W007"),
        (
            conf.MAX_MESSAGES_PER_SECOND < 2,
            "MAX_MESSAGES_PER_SECOND",
            "honest clients answer a ping and acknowledge in the same second, and are closed",
            "W008",
        ),
    )
    return [
        Warning(
            f"{PREFIX}{name} is {getattr(conf, name)}: {why}.",
            hint="docs/settings.md explains it.",
            id=f"realtime.{id}",
        )
        for risky, name, why, id in risks
        if risky
    ]


def _unknown(name: str) -> Error:
    near = get_close_matches(name, defaults(), 1)
    hint = f"Did you mean {PREFIX}{near[0]}?" if near else "realtime/conf.py lists the settings."
    return Error(f"There is no setting {PREFIX}{name}.", hint=hint, id="realtime.E001")


def _wrong_number(name: str) -> list[CheckMessage]:
    value, whole = getattr(conf, name), isinstance(defaults()[name], int)
    right: Callable[[Any], bool] = lambda number: isinstance(number, int if whole else int | float)  # noqa: E731
    if isinstance(value, bool) or not right(value):
        kind = "a whole number" if whole else "a number"
        return [Error(f"{PREFIX}{name} is {value!r}, and should be {kind}.", id="realtime.E002")]
    if not 0 < value < float("inf"):
        return [Error(f"{PREFIX}{name} is {value!r}, and should be more than 0 and finite.", id="realtime.E003")]
    return []


def _wrong_url() -> list[CheckMessage]:
    with suppress(ValueError, TypeError, AttributeError):
        parse_url(conf.URL)
        return []
    hint = "For example redis://127.0.0.1:6379/0 or unix:///run/valkey.sock."
    return [Error(f"{PREFIX}URL is {conf.URL!r}, which is no address of a Valkey.", hint=hint, id="realtime.E004")]


def _wrong_path(name: str, signature: str, number: str) -> list[CheckMessage]:
    path = getattr(conf, name)
    try:
        right = path == "" or callable(import_string(path))
    except (ImportError, AttributeError):
        right = False
    hint = f"Give the dotted path of a function {signature}."
    problem = Error(f"{PREFIX}{name} is {path!r}, which is no callable.", hint=hint, id=f"realtime.{number}")
    return [] if right else [problem]
