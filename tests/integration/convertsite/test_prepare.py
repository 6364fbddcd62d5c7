"""A start brings the data folder up to date, and does no work twice."""

from pathlib import Path

import pytest
from pytest_django import Settings

from convertsite.prepare import collect_static


@pytest.fixture
def source(settings: Settings, tmp_path: Path) -> Path:
    """A folder of static files, the only one, which is collected into another with hashed names."""
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "page.css").write_text("a { color: red }")
    (tmp_path / "run").mkdir()
    settings.RUN_DIR, settings.STATIC_ROOT = tmp_path / "run", tmp_path / "static"
    settings.STATICFILES_DIRS = [folder]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "convertsite.staticfiles.StaticFilesStorage"},
    }
    return folder


def collected(settings: Settings) -> list[str]:
    return sorted(path.read_text() for path in Path(settings.STATIC_ROOT).glob("page.*.css"))


def test_static_files_are_collected_once(source: Path, settings: Settings) -> None:
    assert collect_static()
    assert collected(settings) == ["a { color: red }"]
    assert not collect_static()


def test_static_files_are_collected_again_when_one_has_changed(source: Path, settings: Settings) -> None:
    collect_static()
    (source / "page.css").write_text("a { color: green }")
    assert collect_static()
    assert "a { color: green }" in collected(settings)


def test_static_files_are_collected_again_when_one_is_new(source: Path) -> None:
    collect_static()
    (source / "more.css").write_text("")
    assert collect_static()


def test_static_files_are_collected_again_when_the_result_is_gone(source: Path, settings: Settings) -> None:
    collect_static()
    (Path(settings.STATIC_ROOT) / "staticfiles.json").unlink()
    assert collect_static()
