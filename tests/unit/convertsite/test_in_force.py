"""The settings in force, as people may see them."""

from pytest_django import Settings

from convertsite.in_force import MASK, settings_in_force
from tests.unit.convertsite.test_environment import documented


def test_all_documented_settings_are_shown_and_no_secret(settings: Settings) -> None:
    settings.SECRET_KEY = "hush"
    settings.REDIS_URL = "redis://:hush@valkey.example:6379/0"
    settings.REALTIME_URL = "redis://ada:hu@sh@valkey.example:6379/0"
    shown = {one.name: one for one in settings_in_force()}
    assert shown.keys() >= documented().keys()
    assert shown["SECRET_KEY"].value == MASK
    assert shown["REDIS_URL"].value == "redis://…@valkey.example:6379/0"
    assert shown["REALTIME_MAX_QUEUE_SIZE"].value == shown["REALTIME_MAX_QUEUE_SIZE"].default == "100"
    assert not any("hush" in one.value or "sh@" in one.value for one in shown.values())


def test_a_database_is_shown_without_its_password(settings: Settings) -> None:
    engine = "django.db.backends.postgresql"
    found = {"ENGINE": engine, "HOST": "db.example", "PORT": 5433, "NAME": "site", "USER": "ada", "PASSWORD": "hush"}
    settings.DATABASES["default"], before = found, settings.DATABASES["default"]
    try:
        shown = {one.name: one.value for one in settings_in_force()}
    finally:
        settings.DATABASES["default"] = before
    assert shown["DATABASE_URL"] == "postgresql db.example:5433 site"
