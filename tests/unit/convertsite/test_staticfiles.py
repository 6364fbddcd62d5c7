"""The version of the static files that are served."""

from pathlib import Path

import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.files.base import ContentFile
from pytest_django import Settings

from convertsite.staticfiles import StaticFilesStorage, version


@pytest.fixture
def collected(settings: Settings, tmp_path: Path) -> Path:
    """The folder of a site with hashed names, before `collectstatic`."""
    settings.STATIC_ROOT = tmp_path
    stores = {**settings.STORAGES, "staticfiles": {"BACKEND": "convertsite.staticfiles.StaticFilesStorage"}}
    settings.STORAGES = stores
    return tmp_path


def collect(script: str) -> None:
    """As `collectstatic` does."""
    storage = StaticFilesStorage()
    storage.delete("a.js")
    storage.save("a.js", ContentFile(script.encode()))
    list(storage.post_process({"a.js": (storage, "a.js")}))


def served() -> str:
    """The version as a process that starts now sees it."""
    staticfiles_storage._wrapped = StaticFilesStorage()
    return version()


@pytest.mark.usefixtures("collected")
def test_version_follows_the_files() -> None:
    assert served() == ""
    collect("one();")
    first = served()
    assert first
    collect("two();")
    second = served()
    assert second not in ("", first)
    collect("one();")
    assert served() == first


def test_only_what_pages_link_to_is_compressed(collected: Path) -> None:
    collect("one();" * 1_000)
    assert {path.suffix for path in collected.glob("a.*.js.*")} == {".br", ".gz"}
    assert not list(collected.glob("a.js.*"))


def test_files_without_hashed_names_have_no_version() -> None:
    assert version() == ""
