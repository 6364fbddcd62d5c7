"""What happens to files is counted where it happens; how things stand is asked of the database."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django import DjangoAssertNumQueries

from conversions import metrics, storage, tasks
from conversions.errors import ConversionsError, UnknownFormat
from conversions.jobs import leases, lifecycle, retention
from conversions.jobs.states import State
from conversions.models import Conversion, Owner
from conversions.uploads import multipart
from tests.integration.conversions.web import picture
from tests.integration.conversions.work import cancelled, completed, failed, long_ago, queued, row, running
from tests.metrics import sample

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("valkey")]


@pytest.fixture(autouse=True)
def folders(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT, settings.WORK_DIR = tmp_path / "media", tmp_path / "work"
    settings.WORK_DIR.mkdir()


def more(work: Callable[[], object], name: str, **labels: str) -> float:
    """By how much a counter grows."""
    before = sample(name, **labels)
    work()
    return sample(name, **labels) - before


def stands(name: str, **labels: str) -> float:
    return sample(name, of=metrics.Rows().collect(), **labels)


def test_end_is_counted_by_state_engine_and_pair() -> None:
    conversion = queued()
    way = {"engine": conversion.route[0]["engine"], "source": "png", "target": "webp"}
    assert (
        more(
            lambda: tasks.convert(str(conversion.pk), 1), "conversions_ended_total", state=State.COMPLETED.value, **way
        )
        == 1
    )
    assert more(failed, "conversions_ended_total", state="failed", **way) == 1
    assert more(cancelled, "conversions_ended_total", state="cancelled", **way) == 1
    assert more(failed, "conversions_failures_total", code="damaged_file") == 1


def test_sources_that_become_one_are_not_told_apart() -> None:
    steps = [{"engine": "pillow", "source": "png"}, {"engine": "svg", "source": "svg"}]
    assert metrics._way(steps[:1]) == ("pillow", "png")
    assert metrics._way(steps) == ("pillow+svg", "png")
    assert metrics._way([*steps, {"engine": "pdf", "source": "pdf", "joins": True}]) == ("pdf", "several")
    assert metrics._way([]) == ("unknown", "unknown")


def test_work_is_timed_by_lane_and_engine() -> None:
    conversion = queued()
    engine = conversion.route[0]["engine"]
    work = lambda: tasks.convert(str(conversion.pk), 1)  # noqa: E731
    names: dict[str, dict[str, str]] = {
        "conversions_seconds_count": {"lane": "short"},
        "conversions_wait_seconds_count": {"lane": "short"},
        "conversions_step_seconds_count": {"engine": engine},
        "conversions_steps_total": {"engine": engine, "outcome": "completed"},
    }
    before = {name: sample(name, **labels) for name, labels in names.items()}
    work()
    assert {name: sample(name, **labels) - before[name] for name, labels in names.items()} == dict.fromkeys(names, 1)


def test_a_step_is_timed_for_as_long_as_its_process_works() -> None:
    conversion = queued(content=b"\x89PNG\r\n\x1a\nno picture")
    engine, work = conversion.route[0]["engine"], lambda: tasks.convert(str(conversion.pk), 1)
    assert more(work, "conversions_steps_total", engine=engine, outcome="failed") == 1
    good = queued()
    assert more(lambda: tasks.convert(str(good.pk), 1), "conversions_step_seconds_sum", engine=engine) > 0.02


def test_step_that_fails_is_told_from_one_that_is_stopped() -> None:
    def end(error: BaseException) -> None:
        with pytest.raises(type(error)), metrics.step("pillow"):
            raise error

    assert more(lambda: end(ConversionsError()), "conversions_steps_total", engine="pillow", outcome="failed") == 1
    assert more(lambda: end(SystemExit()), "conversions_steps_total", engine="pillow", outcome="stopped") == 1


def test_lost_workers_and_messages_are_counted() -> None:
    conversion = running()
    assert more(lambda: lose(conversion), "conversions_leases_lost_total", state="queued") == 1
    waited = sample("conversions_wait_seconds_count", lane="short")
    running(row(conversion))
    assert sample("conversions_wait_seconds_count", lane="short") == waited, "it had begun before"
    other = queued()
    long_ago(other, queued_at=6)
    Conversion.objects.filter(pk=other.pk).update(dispatched_at=None)
    assert more(leases.recover_stalled, "conversions_messages_sent_again_total") == 1


def lose(conversion: Conversion) -> None:
    long_ago(conversion, lease_until=0.01)
    leases.recover_stalled()


def test_uploads_and_what_is_kept_are_counted(tmp_path: Path) -> None:
    content, owner = picture(), Owner.objects.create()

    def send(body: bytes) -> None:
        multipart.convert(owner, [SimpleUploadedFile("a.png", body)], "webp", "")

    assert more(lambda: send(content), "conversions_uploads_total") == 1
    assert more(lambda: send(content), "conversions_upload_bytes_total") == len(content)
    assert more(lambda: send(content), "conversions_stored_bytes_total", folder="sources") == len(content)
    with pytest.raises(UnknownFormat):
        send(b"no picture")
    with pytest.raises(UnknownFormat):
        send(b"no picture")
    assert sample("conversions_uploads_refused_total", code="unknown_format") >= 2
    done = completed(tmp_path)
    lifecycle.delete(done)
    long_ago(done, deleted_at=61)
    assert more(retention.delete_expired, "conversions_removed_files_total") == 2


def test_what_sweeps_remove_is_counted(tmp_path: Path) -> None:
    done = completed(tmp_path)
    lifecycle.delete(done)
    long_ago(done, deleted_at=61)
    assert more(tasks.delete_expired, "conversions_swept_total", what="deleted") == 1
    storage.store(ContentFile(b"of a process that was killed"), storage.SOURCES)
    for path in (tmp_path / "media").rglob("*"):
        os.utime(path, (0, time.time() - 3_700))
    assert more(tasks.remove_leftovers, "conversions_swept_total", what="unnamed") == 1


def test_storage_that_fails_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any) -> str:
        raise OSError("no disk")

    def keep() -> None:
        with pytest.raises(ConversionsError):
            queued()

    monkeypatch.setattr(default_storage, "save", fails)
    assert more(keep, "conversions_storage_failures_total", code="storage_unavailable") == 1


def test_rows_say_how_things_stand(tmp_path: Path, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    waits = queued()
    queued()
    done = completed(tmp_path)
    long_ago(waits, queued_at=100)
    with django_assert_num_queries(4):
        found = list(metrics.Rows().collect())
    assert [sample("conversions_rows", of=found, state=state.value) for state in State] == [2, 0, 1, 0, 0]
    assert sample("conversions_queue_length", of=found, lane="short") == 2
    assert 100 <= sample("conversions_queue_age_seconds", of=found, lane="short") < 160
    assert sample("conversions_queue_age_seconds", of=found, lane="long") == 0
    assert sample("conversions_kept_bytes", of=found, folder="outputs") == row(done).output_size
    assert stands("conversions_kept_bytes", folder="sources") == 3 * len(picture())
    assert storage.SOURCES in {each["folder"] for each in metrics.KNOWN[metrics.STORED]}
