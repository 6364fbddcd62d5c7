"""Which version of the client's files is served."""

import platform

from pytest_django import Settings

from realtime import client_version


def test_version_is_what_the_project_says(settings: Settings) -> None:
    settings.REALTIME_CLIENT_VERSION = "platform.python_version"
    assert client_version() == platform.python_version()


def test_project_that_says_nothing_has_no_version(settings: Settings) -> None:
    settings.REALTIME_CLIENT_VERSION = ""
    assert client_version() == ""
