"""The disk is full, the storage or the database is away, for a while: nothing is lost, and it goes on by itself."""

import errno
import sqlite3
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import OperationalError, connection
from django.db.backends.signals import connection_created

from conversions.catalog import routes
from conversions.jobs import leases, lifecycle, patience
from conversions.jobs.states import State
from conversions.jobs.supervision import Watch
from conversions.models import Conversion
from conversions.tasks import convert
from tests.integration.conversions.work import long_ago, queued, result, row, running, types_told
from tests.waiting import wait_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("valkey", "short_waits")]


@pytest.fixture(autouse=True)
def folders(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.WORK_DIR = tmp_path / "work"
    settings.WORK_DIR.mkdir()


@pytest.fixture
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "WAITS", (0.1, 0.2, 0.3))


@pytest.fixture
def fails(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, OSError, int], list[str]]:
    """Let a method of the storage raise the error so many times; returns what it was asked for then."""

    def fail(method: str, error: OSError, times: int) -> list[str]:
        works, asked = getattr(default_storage, method), []

        def act(name: str, *rest: Any, **named: Any) -> Any:
            if len(asked) < times:
                asked.append(name)
                raise error
            return works(name, *rest, **named)

        monkeypatch.setattr(default_storage, method, act)
        return asked

    return fail


FULL = OSError(errno.ENOSPC, "No space left on device")
AWAY = OSError(errno.ESTALE, "Stale file handle")


@pytest.mark.parametrize("method", ["open", "save"])
@pytest.mark.parametrize("error", [FULL, AWAY])
def test_a_storage_that_comes_back_is_waited_for(fails: Any, method: str, error: OSError) -> None:
    conversion = queued()
    assert len(fails(method, error, 2)) == 0
    convert(str(conversion.pk), 1)
    assert (row(conversion).state, row(conversion).attempt) == (State.COMPLETED, 1)
    assert row(conversion).output.size > 0


@pytest.mark.parametrize(("error", "code"), [(FULL, "no_space"), (AWAY, "storage_unavailable")])
@pytest.mark.parametrize("method", ["open", "save"])
def test_a_storage_that_stays_away_is_said_and_can_be_tried_again(
    fails: Any, method: str, error: OSError, code: str
) -> None:
    conversion = queued()
    asked = fails(method, error, 100)
    convert(str(conversion.pk), 1)
    assert len(asked) == 4
    failed = row(conversion)
    assert (failed.error_code, failed.error_retryable) == (code, True)
    asked.extend([""] * 100)
    assert lifecycle.retry(failed)
    convert(str(conversion.pk), 2)
    assert row(conversion).state == State.COMPLETED


def test_a_storage_that_is_all_gone_does_not_mean_that_one_file_is(settings: Any) -> None:
    conversion = queued()
    settings.MEDIA_ROOT.rename(settings.MEDIA_ROOT.with_name("elsewhere"))
    convert(str(conversion.pk), 1)
    assert (row(conversion).error_code, row(conversion).error_retryable) == ("storage_unavailable", True)
    settings.MEDIA_ROOT.with_name("elsewhere").rename(settings.MEDIA_ROOT)
    lifecycle.retry(row(conversion))
    convert(str(conversion.pk), 2)
    assert row(conversion).state == State.COMPLETED


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[None]:
    if subprocess.run(["/bin/mount", "-t", "tmpfs", "-o", f"size={size}", "none", folder], check=False).returncode:
        pytest.skip("only who may mount a disk can fill one")
    try:
        yield
    finally:
        subprocess.run(["/bin/umount", "--lazy", folder], check=True)


def test_a_full_work_disk_is_waited_for(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    conversion = queued()
    with small_disk(settings.WORK_DIR, "4M"):
        filler = settings.WORK_DIR / "filler"
        with pytest.raises(OSError, match="No space"):
            filler.write_bytes(bytes(8 * 1024**2))
        waited: list[float] = []
        clock = SimpleNamespace(sleep=lambda seconds: (waited.append(seconds), filler.unlink()))
        monkeypatch.setattr(patience, "time", clock)  # not its `sleep`, which others call too
        convert(str(conversion.pk), 1)
        assert waited == [0.1]
    assert (row(conversion).state, row(conversion).attempt) == (State.COMPLETED, 1)


@pytest.fixture
def locked() -> Iterator[Callable[[], Any]]:
    """Let another program hold the database's lock, which nobody here waits for longer than a moment."""
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL has no lock of the whole database")

    def be_impatient(connection: Any, **_: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA busy_timeout = 50")

    @contextmanager
    def lock() -> Iterator[None]:
        with closing(sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
            other.rollback()

    connection.close()
    connection_created.connect(be_impatient)
    yield lock
    connection_created.disconnect(be_impatient)
    connection.close()


def test_a_conversion_goes_on_and_is_kept_while_the_database_is_locked(
    locked: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    conversion = running()
    with locked():
        worker = threading.Thread(target=lambda: (lifecycle.complete(conversion, result(tmp_path)), connection.close()))
        worker.start()
        wait_for(lambda: "locked; trying again" in caplog.text, because="a try that failed")
    worker.join(10)
    assert (row(conversion).state, row(conversion).attempt) == (State.COMPLETED, 1)
    assert row(conversion).output.size > 0
    assert types_told(conversion.owner)[-1] == "conversion_completed"


def test_a_result_whose_row_cannot_be_written_is_taken_up_again(locked: Any, settings: Any) -> None:
    conversion = running()
    with locked(), pytest.raises(OperationalError):
        lifecycle.complete(conversion, result(settings.WORK_DIR))
    long_ago(conversion, lease_until=1)
    leases.take_up_lost()
    convert(str(conversion.pk), 2)
    assert (row(conversion).state, row(conversion).attempt) == (State.COMPLETED, 2)


def test_a_result_stays_when_the_answer_to_its_commit_is_lost(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    conversion, change = running(), lifecycle._change
    lost = iter([True])

    def answer_is_lost(*arguments: Any, **values: Any) -> bool:
        changed = change(*arguments, **values)
        if next(lost, False):
            raise OperationalError("server closed the connection unexpectedly")
        return changed

    monkeypatch.setattr(lifecycle, "_change", answer_is_lost)
    lifecycle.complete(conversion, result(tmp_path))
    done = row(conversion)
    assert done.state == State.COMPLETED
    assert default_storage.exists(done.output.name)
    assert done.unannounced, "beat is to tell of it"


def test_a_worker_goes_on_while_it_cannot_ask_whether_it_shall(locked: Any, caplog: pytest.LogCaptureFixture) -> None:
    conversion = running()
    watch = Watch(conversion, routes.thawed(conversion.route))
    watch._renewed_at -= 6
    with locked():
        assert watch.goes_on()
    assert "the database does not answer" in caplog.text
    before = row(conversion).lease_until
    assert watch.goes_on()
    assert row(conversion).lease_until > before
    Conversion.objects.update(attempt=2)
    assert not watch.goes_on()
