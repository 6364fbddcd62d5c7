"""The disk is full, the storage or the database is away, for a while: nothing is lost, and it goes on by itself."""

import errno
import io
import os
import shutil
import sqlite3
import subprocess
import threading
import wave
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import OperationalError, connection
from django.db.backends.signals import connection_created
from django.utils import timezone
from PIL import Image

from conversions.catalog import routes
from conversions.jobs import leases, lifecycle, patience, pending
from conversions.jobs.states import State
from conversions.jobs.supervision import Watch
from conversions.models import Conversion, Owner
from conversions.tasks import convert
from tests.integration.conversions.work import long_ago, queued, result, row, running, source, types_told
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


def noise() -> bytes:
    """A PNG of four megabytes."""
    file = io.BytesIO()
    Image.effect_noise((2_000, 2_000), 60).save(file, "PNG", compress_level=0)
    return file.getvalue()


def sound() -> bytes:
    """A WAV of four megabytes."""
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setparams((2, 2, 44_100, 0, "NONE", ""))
        written.writeframes(bytes(4_000_000))
    return file.getvalue()


def rows() -> bytes:
    """A table of four megabytes."""
    return b"a,b\n" + b"1,2\n" * 1_000_000


FILLING = [
    pytest.param(noise, "png", "bmp", id="pillow"),
    pytest.param(noise, "png", "tiff", id="images"),
    pytest.param(sound, "wav", "aiff", id="ffmpeg"),
    pytest.param(rows, "csv", "json", id="tables"),
]


def waits_to_convert(content: bytes, format: str, to: str) -> Conversion:
    return lifecycle.create(Owner.objects.create(), [source(content, f"file.{format}", format)], to, {})


@contextmanager
def filled(folder: Path, free: int) -> Iterator[Path]:
    """A disk with so many bytes free; what fills the rest can be removed."""
    with small_disk(folder, "32M"):
        filler = folder / "filler"
        with filler.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, shutil.disk_usage(folder).free - free)
        yield filler


@pytest.mark.parametrize(("make", "format", "to"), FILLING)
def test_a_disk_that_an_engine_fills_is_waited_for(
    settings: Any, monkeypatch: pytest.MonkeyPatch, make: Callable[[], bytes], format: str, to: str
) -> None:
    content = make()
    conversion = waits_to_convert(content, format, to)
    with filled(settings.WORK_DIR, len(content) + 2 * 1024**2) as filler:
        left: list[list[str]] = []

        def sleep(seconds: float) -> None:
            (folder,) = settings.WORK_DIR.glob("convert-*")
            left.append([path.name for path in folder.iterdir()])
            filler.unlink(missing_ok=True)

        monkeypatch.setattr(patience, "time", SimpleNamespace(sleep=sleep))
        convert(str(conversion.pk), 1)
    assert left == [["source0"]], "what was written so far makes room for others"
    assert (row(conversion).state, row(conversion).attempt) == (State.COMPLETED, 1)


def test_a_disk_that_stays_full_is_said(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    content = noise()
    conversion = waits_to_convert(content, "png", "bmp")
    monkeypatch.setattr(patience, "WAITS", (0.1,))
    with filled(settings.WORK_DIR, len(content) + 2 * 1024**2):
        convert(str(conversion.pk), 1)
    assert (row(conversion).error_code, row(conversion).error_retryable) == ("no_space", True)


class Answers:
    """The database's answers to this process, of which the first to this statement never comes."""

    def __init__(self, lost: str = "") -> None:
        self.asked: list[str] = []
        self.lost = lost

    def __call__(self, execute: Any, sql: str, *rest: Any) -> Any:
        self.asked.append(sql)
        if self.asked.count(self.lost) == 1 and sql == self.lost:
            raise OperationalError("server closed the connection unexpectedly")
        return execute(sql, *rest)


def test_no_statement_on_the_way_of_a_conversion_is_one_that_must_be_answered() -> None:
    """Each of them in turn is not, of a conversion that asks how long it took before."""
    statements: dict[str, None] = {}
    for _ in range(2):
        with connection.execute_wrapper(answers := Answers()):
            convert(str(waits_to_convert(b"words", "txt", "html").pk), 1)
        statements |= dict.fromkeys(answers.asked)
    assert [
        each for each in ("source", "stepduration", "owner") if f'"conversions_{each}"' not in str(statements)
    ] == []
    for lost in statements:
        conversion = waits_to_convert(b"words", "txt", "html")
        with connection.execute_wrapper(Answers(lost)):
            convert(str(conversion.pk), 1)
        assert (row(conversion).state, row(conversion).attempt) == (State.COMPLETED, 1), lost
        pending.announce_pending()
        assert types_told(conversion.owner)[-1] == "conversion_completed", lost


@pytest.mark.parametrize("method", ["open", "save"])
def test_the_lease_is_kept_while_a_storage_is_slow(monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    conversion = queued()
    works = getattr(default_storage, method)
    monkeypatch.setattr(leases, "RENEW_INTERVAL", 0.05)

    def slowly(*arguments: Any, **named: Any) -> Any:
        long_ago(conversion, lease_until=1)
        wait_for(lambda: row(conversion).lease_until > timezone.now(), because="the lease to be renewed")
        return works(*arguments, **named)

    monkeypatch.setattr(default_storage, method, slowly)
    convert(str(conversion.pk), 1)
    assert (row(conversion).state, row(conversion).attempt) == (State.COMPLETED, 1)
