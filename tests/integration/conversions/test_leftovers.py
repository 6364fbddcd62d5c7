import os
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core.files.base import ContentFile
from django.utils import timezone

from conversions import storage, tasks
from conversions.jobs import leftovers
from tests.integration.conversions.work import completed, queued

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("valkey")]


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path / "media"


def kept(media: Path) -> list[Path]:
    return [path for path in media.rglob("*") if path.is_file()]


def make_old(*paths: Path) -> None:
    for path in paths:
        os.utime(path, (0, time.time() - 3_700))


def test_files_that_no_row_names_go_after_an_hour(
    media: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(leftovers, "BATCH", 2)
    old = [storage.store(ContentFile(b"old"), folder) for folder in (storage.SOURCES, storage.OUTPUTS) for _ in "123"]
    make_old(*kept(media))
    new = [storage.store(ContentFile(b"new"), folder) for folder in (storage.SOURCES, storage.OUTPUTS)]
    with caplog.at_level("INFO", "conversions.tasks"):
        tasks.remove_leftovers()
    assert "removed 6 files" in caplog.text
    assert {str(path.relative_to(media)) for path in kept(media)} == set(new)
    assert not set(old) & set(new)


def test_files_that_a_row_names_stay_however_old_they_are(media: Path, tmp_path: Path) -> None:
    completed(tmp_path)
    queued()
    make_old(*kept(media))
    leftovers.remove_leftovers()
    assert len(kept(media)) == 3


def test_a_result_counts_as_new_however_old_its_engine_made_it_look(media: Path, tmp_path: Path) -> None:
    result = tmp_path / "output"
    result.write_text("result")
    make_old(result)
    storage.store_path(result, storage.OUTPUTS)
    leftovers.remove_leftovers()
    assert len(kept(media)) == 1


def test_nothing_was_ever_kept(media: Path) -> None:
    leftovers.remove_leftovers()
    assert not media.exists()


def test_sessions_go_when_they_are_over() -> None:
    now = timezone.now()
    for key, left in (("over", -1), ("live", 60)):
        Session.objects.create(session_key=key, session_data="", expire_date=now + timedelta(seconds=left))
    leftovers.remove_leftovers()
    assert [session.session_key for session in Session.objects.all()] == ["live"]


def test_beat_sees_to_it(settings: Any) -> None:
    assert "conversions.remove_leftovers" in {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
