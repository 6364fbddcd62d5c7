import errno
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
from django.core.files.base import ContentFile
from django.utils import timezone

from conversions.errors import (
    DamagedFile,
    Expired,
    NoSpace,
    OptionInvalid,
    RequestError,
    UnknownFormat,
    UnknownTarget,
    UnsupportedPair,
    WorkerLost,
)
from conversions.jobs import announcements, lifecycle
from conversions.jobs.lifecycle import NewSource
from conversions.jobs.progress import Report
from conversions.jobs.representation import as_json
from conversions.jobs.states import CHANGES, ENDED, State
from conversions.models import LEASE, Conversion, Owner, Source
from tests.integration.conversions.work import (
    cancelled,
    completed,
    failed,
    in_state,
    long_ago,
    messages,
    queued,
    result,
    row,
    running,
    source,
    told,
    types_told,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("valkey")]


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    """An empty storage."""
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path / "media"


def stored(media: Path) -> int:
    return sum(path.is_file() for path in media.rglob("*"))


def moves(folder: Path) -> dict[State, Callable[[Conversion], object]]:
    return {
        State.QUEUED: lambda conversion: (lifecycle.retry if conversion.state in ENDED else lifecycle.hand_back)(
            conversion
        ),
        State.RUNNING: lambda conversion: lifecycle.claim(conversion.pk, conversion.attempt),
        State.COMPLETED: lambda conversion: lifecycle.complete(conversion, result(folder)),
        State.FAILED: lambda conversion: lifecycle.fail(conversion, WorkerLost(attempts=3)),
        State.CANCELLED: lifecycle.cancel,
    }


@pytest.mark.parametrize("new", State)
@pytest.mark.parametrize("old", State)
def test_a_row_moves_exactly_as_the_table_says(old: State, new: State, tmp_path: Path, media: Path) -> None:
    conversion = in_state(old, tmp_path)
    before = Conversion.objects.values().get(pk=conversion.pk)
    files = stored(media)
    moved = moves(tmp_path)[new](conversion)
    assert bool(moved) == (new in CHANGES[old])
    if moved:
        assert row(conversion).state == new
    else:
        assert Conversion.objects.values().get(pk=conversion.pk) == before
        assert stored(media) == files


@pytest.mark.parametrize("new", [state for state in State if state is not State.QUEUED])
def test_another_attempt_moves_nothing(new: State, tmp_path: Path, media: Path) -> None:
    worker_that_slept = running()
    assert lifecycle.fail(row(worker_that_slept), WorkerLost(attempts=3))
    assert lifecycle.retry(row(worker_that_slept))
    if new is not State.RUNNING:
        running(row(worker_that_slept))
    files = stored(media)
    assert not moves(tmp_path)[new](worker_that_slept)
    assert not lifecycle.renew(worker_that_slept)
    assert not lifecycle.is_ours(worker_that_slept)
    assert row(worker_that_slept).attempt == 2
    assert stored(media) == files


def test_create_queues_and_tells_and_dispatches(valkey: redis.Redis) -> None:
    conversion = queued(quality=70)
    assert (conversion.state, conversion.attempt, conversion.percent) == (State.QUEUED, 1, None)
    assert conversion.options["quality"] == 70
    (kept,) = conversion.sources.all()
    assert (kept.name, kept.format) == ("photo.png", "png")
    assert kept.file.size == kept.size
    assert "photo" not in kept.file.name
    (event,) = told(conversion.owner)
    assert event["type"] == "conversion_queued"
    assert event["conversion"]["id"] == event["conversion_id"] == str(conversion.pk)
    assert event["conversion"]["queue_position"] == 1
    assert messages(valkey) == [[str(conversion.pk), 1]]
    assert row(conversion).dispatched_at is not None


@pytest.mark.parametrize(
    ("format", "to", "wishes", "error"),
    [
        ("png", "nothing", {}, UnknownTarget),
        ("png", "", {}, UnknownTarget),
        ("png", "mp3", {}, UnsupportedPair),
        ("nothing", "png", {}, UnknownFormat),
        ("png", "webp", {"quality": 101}, OptionInvalid),
    ],
)
def test_create_keeps_nothing_of_what_it_refuses(
    media: Path, format: str, to: str, wishes: dict[str, Any], error: type[RequestError]
) -> None:
    owner = Owner.objects.create()
    with pytest.raises(error):
        lifecycle.create(owner, [source(format=format)], to, wishes)
    assert stored(media) == 0
    assert not Conversion.objects.exists()
    assert types_told(owner) == []


class FullDisk(ContentFile):
    """A file whose copy does not fit."""

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        yield b"some"
        raise OSError(errno.ENOSPC, "No space left on device")


def test_create_keeps_nothing_when_the_disk_is_full(media: Path) -> None:
    files = [source(), NewSource(FullDisk(b"something"), "b.png", 9, "png")]
    with pytest.raises(NoSpace):
        lifecycle.create(Owner.objects.create(), files, "zip", {}, combine=True)
    names = {path.name for path in media.rglob("*") if path.is_file()}
    assert len(names) <= 1  # what the storage itself began to write
    assert not Source.objects.exists()


def test_claim_is_for_one_alone() -> None:
    conversion = queued()
    assert lifecycle.claim(conversion.pk, 1)
    assert lifecycle.claim(conversion.pk, 1) is None
    assert types_told(conversion.owner) == ["conversion_queued", "conversion_started"]
    left = row(conversion).lease_until - timezone.now()
    assert LEASE - timedelta(seconds=5) < left <= LEASE


def test_claim_finds_nothing_deleted() -> None:
    conversion = queued()
    lifecycle.delete(conversion)
    assert lifecycle.claim(conversion.pk, 1) is None


def test_renew_moves_the_lease_on() -> None:
    conversion = running()
    long_ago(conversion, lease_until=10)
    assert lifecycle.renew(conversion)
    assert row(conversion).lease_until > timezone.now() + LEASE / 2


def test_a_running_conversion_tells_when_its_worker_was_last_heard_of() -> None:
    conversion = running()
    assert as_json(row(conversion))["heard_at"] == as_json(row(conversion))["started_at"]
    Conversion.objects.update(lease_until=timezone.now() + LEASE - timedelta(seconds=30))
    ago = timezone.now().timestamp() * 1000 - as_json(row(conversion))["heard_at"]
    assert 30_000 <= ago + 1 < 35_000  # heard_at is rounded
    lifecycle.cancel(conversion)
    assert as_json(row(conversion))["heard_at"] is None


def test_report_tells_and_keeps_what_is_to_be_kept() -> None:
    conversion = running()
    lifecycle.report(conversion, Report(12.5, "reading", None, store=True))
    assert (row(conversion).percent, row(conversion).stage) == (12.5, "reading")
    lifecycle.report(conversion, Report(30.0, "encoding", 4.2, store=False))
    assert row(conversion).percent == 12.5
    newest = told(conversion.owner)[-1]
    assert newest == {
        "type": "progress_update",
        "conversion_id": str(conversion.pk),
        "percent": 30.0,
        "progress": "measured",
        "stage": "encoding",
        "eta_seconds": 4.2,
        "attempt": 1,
    }


@pytest.mark.parametrize("percent", [12.5, 100.0])
def test_progress_of_an_ended_conversion_is_neither_told_nor_kept(tmp_path: Path, percent: float) -> None:
    conversion = completed(tmp_path)
    lifecycle.report(conversion, Report(percent, "reading", None, store=True))
    assert (row(conversion).percent, row(conversion).stage) == (100, "")
    assert types_told(conversion.owner)[-1] == "conversion_completed"


@pytest.mark.parametrize("store", [True, False])
def test_progress_is_not_told_after_a_cancel_that_the_worker_does_not_know_of(store: bool) -> None:
    conversion = running()
    lifecycle.report(conversion, Report(12.5, "reading", None, store=True))
    assert lifecycle.cancel(row(conversion))
    lifecycle.report(conversion, Report(60.0, "encoding", None, store=store))
    assert types_told(conversion.owner)[-1] == "conversion_cancelled"
    assert row(conversion).percent == 12.5


def test_progress_that_is_on_its_way_when_its_attempt_ends_comes_to_nothing() -> None:
    conversion = running()
    assert lifecycle.cancel(row(conversion))
    # The worker looked at the row just before.
    announcements.send_progress_update(conversion, Report(60.0, "encoding", None, store=False))
    assert types_told(conversion.owner)[-1] == "conversion_cancelled"
    assert lifecycle.retry(row(conversion))
    lifecycle.report(running(row(conversion)), Report(5.0, "reading", None, store=False))
    assert types_told(conversion.owner)[-1] == "progress_update", "the next attempt's is told"


@pytest.mark.parametrize("store", [True, False])
def test_progress_of_an_attempt_that_is_over_is_not_told(store: bool) -> None:
    conversion = running()
    lifecycle.fail(row(conversion), WorkerLost(attempts=3))
    lifecycle.retry(row(conversion))
    running(row(conversion))
    lifecycle.report(conversion, Report(60.0, "encoding", None, store=store))
    assert types_told(conversion.owner)[-1] == "conversion_started"
    assert row(conversion).percent == 0


@pytest.mark.parametrize("percent", [29.9, -1.0, 101.0])
def test_progress_that_cannot_be_is_neither_told_nor_kept(percent: float) -> None:
    conversion = running()
    lifecycle.report(conversion, Report(30.0, "encoding", None, store=True))
    lifecycle.report(conversion, Report(percent, "encoding", None, store=True))
    assert told(conversion.owner)[-1]["percent"] == row(conversion).percent == 30


def test_complete_keeps_the_result_and_ends_the_progress(tmp_path: Path) -> None:
    conversion = running()
    lifecycle.report(conversion, Report(30.0, "encoding", None, store=True))
    path = result(tmp_path)
    content = path.read_bytes()
    assert lifecycle.complete(conversion, path)
    kept = row(conversion)
    assert (kept.state, kept.percent, kept.lease_until) == (State.COMPLETED, 100, None)
    assert (kept.output_name, kept.output_media_type) == ("photo.webp", "image/webp")
    with kept.output.open() as file:
        assert file.read() == content
    assert types_told(kept.owner) == ["conversion_queued", "conversion_started", "conversion_completed"]
    event = told(kept.owner)[-1]
    assert event["output"] == {
        "name": "photo.webp",
        "size": len(content),
        "media_type": "image/webp",
        "url": f"/api/v1/conversions/{kept.pk}/download",
    }
    assert 0 <= event["seconds"] < 10


def test_fail_keeps_and_tells_why() -> None:
    conversion = failed()
    wanted = DamagedFile(reason="it smells").as_json()
    assert told(conversion.owner)[-1]["error"] == wanted
    kept = row(conversion)
    assert (kept.error_code, kept.error_params) == ("damaged_file", {"reason": "it smells"})
    assert kept.finished_at is not None


def test_cancel_keeps_the_sources() -> None:
    conversion = cancelled()
    assert types_told(conversion.owner)[-1] == "conversion_cancelled"
    assert conversion.sources.get().file.size > 0


def test_retry_starts_afresh(valkey: redis.Redis) -> None:
    conversion = failed()
    assert lifecycle.retry(conversion)
    again = row(conversion)
    assert (again.state, again.attempt, again.percent, again.error_code) == (State.QUEUED, 2, None, "")
    assert again.started_at is again.finished_at is None
    assert messages(valkey) == [[str(conversion.pk), 1], [str(conversion.pk), 2]]
    event = told(conversion.owner)[-1]
    assert (event["type"], event["conversion"]["attempt"]) == ("conversion_queued", 2)


def test_retry_is_refused_when_the_files_have_gone() -> None:
    conversion = failed()
    conversion.sources.update(file="")
    with pytest.raises(Expired):
        lifecycle.retry(row(conversion))
    assert row(conversion).state == State.FAILED


def test_delete_hides_and_cancels_and_restore_undoes() -> None:
    conversion = running()
    lifecycle.delete(conversion)
    assert row(conversion).deleted_at is not None
    assert not lifecycle.is_ours(conversion)
    assert lifecycle.restore(conversion)
    assert row(conversion).deleted_at is None
    assert types_told(conversion.owner)[2:] == ["conversion_cancelled", "conversion_deleted", "conversion_restored"]
    assert told(conversion.owner)[-1]["conversion"]["state"] == "cancelled"


def test_delete_twice_tells_once() -> None:
    conversion = cancelled()
    lifecycle.delete(conversion)
    lifecycle.delete(row(conversion))
    assert types_told(conversion.owner).count("conversion_deleted") == 1


def test_restore_is_for_a_minute_only() -> None:
    conversion = cancelled()
    lifecycle.delete(conversion)
    long_ago(conversion, deleted_at=61)
    assert not lifecycle.restore(conversion)
    assert row(conversion).deleted_at is not None


def test_events_go_to_whom_the_conversion_belongs_now() -> None:
    conversion = running()
    user = Owner.objects.create()
    Conversion.objects.filter(pk=conversion.pk).update(owner=user)
    assert lifecycle.is_ours(conversion)
    lifecycle.report(conversion, Report(12.5, "reading", None, store=False))
    lifecycle.fail(conversion, WorkerLost(attempts=3))
    assert types_told(user) == ["conversion_failed"]


def test_claim_tells_of_the_queue_where_the_web_process_died_before_it_could(valkey: redis.Redis) -> None:
    conversion = queued()
    assert types_told(conversion.owner) == ["conversion_queued"]
    valkey.flushall()
    assert lifecycle.claim(conversion.pk, 1)
    assert types_told(conversion.owner) == ["conversion_queued", "conversion_started"]
    assert told(conversion.owner)[0]["conversion"]["state"] == State.QUEUED


def test_delete_takes_what_was_queued_again_meanwhile_too(media: Path) -> None:
    stale = cancelled()
    assert lifecycle.retry(row(stale))
    lifecycle.delete(stale)
    assert row(stale).state == State.CANCELLED
    assert row(stale).deleted_at


@pytest.mark.parametrize("percent", [-1.0, 100.1, float("nan"), 39.9])
def test_progress_that_is_not_true_is_not_sent(percent: float) -> None:
    conversion = running()
    announcements.send_progress_update(conversion, Report(40.0, "encoding", None, store=False))
    before = told(conversion.owner)
    announcements.send_progress_update(conversion, Report(percent, "encoding", None, store=False))
    assert told(conversion.owner) == before
    assert conversion.percent == 40


def test_ends_that_are_sent_again_are_told_once(tmp_path: Path) -> None:
    done, broken = completed(tmp_path), failed()
    before = [told(done.owner), told(broken.owner)]
    announcements.send_completion(done)
    announcements.send_enhanced_error(broken)
    assert [told(done.owner), told(broken.owner)] == before
