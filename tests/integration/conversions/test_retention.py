import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from conversions import tasks
from conversions.errors import Expired
from conversions.jobs import leases, lifecycle, retention
from conversions.jobs.representation import as_json
from conversions.jobs.states import State
from conversions.models import Conversion, Owner
from conversions.sandbox import folders
from conversions.sandbox.folders import ABANDONED_AFTER
from tests.integration.conversions.work import completed, failed, long_ago, row, running, source
from tests.metrics import sample
from tests.processes import ROOT

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("valkey")]
DAY = 86_400


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.WORK_DIR = tmp_path / "work"
    settings.WORK_DIR.mkdir()
    return tmp_path / "media"


def stored(media: Path) -> int:
    return sum(path.is_file() for path in media.rglob("*"))


def test_what_is_not_due_stays(tmp_path: Path, media: Path) -> None:
    conversion = completed(tmp_path)
    lifecycle.delete(conversion)
    retention.delete_expired()
    assert lifecycle.restore(conversion)
    assert stored(media) == 2


def test_a_deleted_conversion_goes_after_a_minute(tmp_path: Path, media: Path) -> None:
    conversion = completed(tmp_path)
    lifecycle.delete(conversion)
    long_ago(conversion, deleted_at=61)
    retention.delete_expired()
    assert stored(media) == 0
    assert not Conversion.objects.exists()


def test_files_go_when_they_expire_and_the_row_stays(tmp_path: Path, media: Path) -> None:
    conversion = completed(tmp_path)
    long_ago(conversion, expires_at=1)
    retention.delete_expired()
    assert stored(media) == 0
    shown = as_json(row(conversion))
    assert (shown["state"], shown["output"]["name"]) == ("completed", "photo.webp")


def test_an_expired_failure_cannot_be_run_again(media: Path) -> None:
    conversion = failed()
    long_ago(conversion, expires_at=1)
    retention.delete_expired()
    assert stored(media) == 0
    with pytest.raises(Expired):
        lifecycle.retry(row(conversion))


def test_what_still_runs_keeps_its_files(media: Path) -> None:
    conversion = running()
    long_ago(conversion, expires_at=31 * DAY)
    retention.delete_expired()
    assert stored(media) == 1
    assert row(conversion).state == State.RUNNING


def test_the_row_goes_after_30_days(tmp_path: Path) -> None:
    conversion = completed(tmp_path)
    long_ago(conversion, expires_at=30 * DAY + 1)
    retention.delete_expired()
    assert not Conversion.objects.exists()


def test_what_went_is_counted(tmp_path: Path, settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    deleted, old, expired, _ = (completed(tmp_path) for _ in range(4))
    lifecycle.delete(deleted)
    long_ago(deleted, deleted_at=61)
    long_ago(old, expires_at=30 * DAY + 1)
    long_ago(expired, expires_at=1)
    left = settings.WORK_DIR / "convert-left"
    left.mkdir()
    os.utime(left, (0, time.time() - ABANDONED_AFTER - 100))
    with caplog.at_level("INFO", "conversions.tasks"):
        tasks.delete_expired()
        assert "1 conversions that were deleted and 1 that are old, the files of 1 that expired, and 1" in caplog.text
        caplog.clear()
        tasks.delete_expired()
        assert not caplog.records


def test_folders_of_killed_workers_go(settings: Any) -> None:
    old, new, other = (settings.WORK_DIR / name for name in ("convert-old", "convert-new", "upload-old"))
    for folder in (old, new, other):
        folder.mkdir()
        (folder / "output").write_text("half")
    for folder in (old, other):
        os.utime(folder, (0, time.time() - ABANDONED_AFTER - 100))
    retention.delete_expired()
    assert (old.exists(), new.exists(), other.exists()) == (False, True, True)


def test_the_folder_of_a_worker_that_lives_stays_however_old_it_is(settings: Any) -> None:
    with folders.private_folder(settings.WORK_DIR) as folder:
        os.utime(folder, (0, time.time() - ABANDONED_AFTER - 100))
        assert folders.remove_abandoned(settings.WORK_DIR) == 0
        assert folder.exists()


def test_the_folder_of_a_worker_that_was_killed_goes_when_its_conversion_is_taken_up(settings: Any) -> None:
    conversion = running()
    code = (
        "import sys, time; from pathlib import Path; from conversions.sandbox.folders import private_folder\n"
        "with private_folder(Path(sys.argv[1])) as folder:\n"
        "    print(folder, flush=True); time.sleep(600)"
    )
    worker = subprocess.Popen([sys.executable, "-c", code, settings.WORK_DIR], cwd=ROOT, stdout=subprocess.PIPE)
    assert worker.stdout is not None
    with worker:
        folder = Path(worker.stdout.readline().decode().strip())
        (folder / "output0").write_text("half")
        worker.kill()
    os.utime(folder, (0, time.time() - folders.JUST_MADE - 1))
    long_ago(conversion, lease_until=1)
    before = sample("conversions_swept_total", what="abandoned")
    leases.take_up_lost()
    assert sample("conversions_swept_total", what="abandoned") == before + 1
    assert row(conversion).state == State.QUEUED
    assert list(settings.WORK_DIR.iterdir()) == []


def test_uploads_of_killed_web_processes_go(settings: Any) -> None:
    old, older, new, other = (settings.WORK_DIR / name for name in ("a.upload", "b.upload.png", "c.upload", "d.txt"))
    for path in (old, older, new, other):
        path.write_text("half")
    for path in (old, older, other):
        os.utime(path, (0, time.time() - ABANDONED_AFTER - 100))
    retention.delete_expired()
    assert (old.exists(), older.exists(), new.exists(), other.exists()) == (False, False, True, True)


def test_a_password_goes_with_the_files(tmp_path: Path) -> None:
    file = source(b"%PDF-1.7\n", "a.pdf", "pdf")
    conversion = lifecycle.create(Owner.objects.create(), [file], "txt", {"password": "secret"})
    assert lifecycle.cancel(conversion)
    retention.delete_expired()
    assert row(conversion).options == {"pages": "all", "password": "secret"}
    long_ago(conversion, expires_at=1)
    retention.delete_expired()
    assert row(conversion).options == {"pages": "all"}
