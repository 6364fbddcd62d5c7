"""System checks: each wrong setting has an id."""

import pytest
from django.core.checks import WARNING
from pytest_django import Settings

from realtime.checks import check_settings


@pytest.mark.parametrize(
    ("name", "value", "id", "named"),
    [
        ("MAX_QUEU_SIZE", 5, "realtime.E001", "Did you mean REALTIME_MAX_QUEUE_SIZE?"),
        ("NONSENSE", 5, "realtime.E001", "realtime/conf.py"),
        ("MAX_QUEUE_SIZE", "100", "realtime.E002", "whole number"),
        ("MAX_QUEUE_SIZE", 1.5, "realtime.E002", "whole number"),
        ("HEARTBEAT_INTERVAL", None, "realtime.E002", "a number"),
        ("HEARTBEAT_INTERVAL", True, "realtime.E002", "a number"),
        ("HEARTBEAT_INTERVAL", 0, "realtime.E003", "more than 0"),
        ("PING_TIMEOUT", float("inf"), "realtime.E003", "finite"),
        ("PING_TIMEOUT", float("nan"), "realtime.E003", "finite"),
        ("URL", "localhost:6379", "realtime.E004", "no address"),
        ("URL", "redis://localhost:abc/0", "realtime.E004", "no address"),
        ("URL", "redis://localhost/0?db=x", "realtime.E004", "no address"),
        ("URL", None, "realtime.E004", "no address"),
        ("OWNER", "no.such.callable", "realtime.E005", "no callable"),
        ("OWNER", "realtime.conf.PREFIX", "realtime.E005", "no callable"),
        ("OWNER", 5, "realtime.E005", "no callable"),
        ("RECHECK", "no.such.callable", "realtime.E006", "no callable"),
        ("RECHECK", "realtime.checks.PREFIX", "realtime.E006", "(credentials)"),
        ("RECHECK", None, "realtime.E006", "no callable"),
        ("CLIENT_VERSION", "no.such.callable", "realtime.E007", "() -> str"),
        ("CLIENT_VERSION", "1.0", "realtime.E007", "no callable"),
    ],
)
def test_wrong_setting_is_reported(settings: Settings, name: str, value: object, id: str, named: str) -> None:
    setattr(settings, f"REALTIME_{name}", value)
    (problem,) = check_settings()
    assert problem.id == id
    assert f"REALTIME_{name}" in problem.msg
    assert named in f"{problem.msg} {problem.hint}"


@pytest.mark.parametrize(
    ("name", "value", "number"),
    [
        ("HEARTBEAT_INTERVAL", 60, "W001"),
        ("FIRST_MESSAGE_TIMEOUT", 5, "W002"),
        ("SEND_WINDOW", 31, "W003"),
        ("MAX_CONNECTIONS_PER_OWNER", 101, "W004"),
        ("HISTORY_MAX_AGE", 100, "W005"),
        ("MAX_QUEUE_SIZE", 1_001, "W006"),
        ("CONFLATE_INTERVAL", 2, "W007"),
        ("MAX_MESSAGES_PER_SECOND", 1, "W008"),
    ],
)
def test_risky_setting_is_reported(settings: Settings, name: str, value: object, number: str) -> None:
    setattr(settings, f"REALTIME_{name}", value)
    (problem,) = check_settings()
    assert (problem.id, problem.level) == (f"realtime.{number}", WARNING)
    assert problem.msg.startswith(f"REALTIME_{name} is {value}: ")


def test_right_settings_are_not(settings: Settings) -> None:
    settings.REALTIME_HEARTBEAT_INTERVAL = 5
    settings.REALTIME_OWNER = "realtime.auth.address_of"
    settings.REALTIME_RECHECK = "builtins.list"
    settings.REALTIME_CLIENT_VERSION = "platform.python_version"
    assert check_settings() == []
