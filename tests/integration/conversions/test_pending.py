"""Finals come from the database: what is marked reaches the history, whoever died and whatever was wiped."""

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import settings as site
from django.db import transaction

from conversions.jobs import lifecycle, pending
from conversions.jobs.states import State
from conversions.models import Conversion, Owner
from conversions.tasks import announce_pending, convert
from tests.integration.conversions.work import cancelled, completed, failed, queued, row, running, told, types_told
from tests.processes import ROOT, environment

WORKER_THAT_DIES = """
import django, os, signal
django.setup()
from datetime import timedelta
from django.core.management import call_command
from django.utils import timezone
from conversions.errors import DamagedFile
from conversions.jobs import lifecycle
from conversions.models import Conversion, Owner

call_command("migrate", verbosity=0)
owner = Owner.objects.create(key="somebody")
row = Conversion.objects.create(owner=owner, to="webp", state="running", expires_at=timezone.now() + timedelta(days=1))
assert lifecycle.fail(row, DamagedFile(reason="it smells"))
os.kill(os.getpid(), signal.SIGKILL)
"""
SETUP = "import django; django.setup(); from conversions.jobs import pending; pending.PATIENCE = {}"
BEAT_TASK = "from conversions.tasks import announce_pending, convert; announce_pending()"
TWICE = f"{SETUP.format(0.5)}; {BEAT_TASK}; announce_pending()"
MARKS = "from conversions.models import Conversion; print('mark:', *Conversion.objects.values_list('unannounced'))"
AT_LAST = f"{SETUP.format(5)}; {BEAT_TASK}; {MARKS}"
database = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


def finals(valkey: redis.Redis, owner: str) -> list[bytes]:
    return [fields[b"body"] for _, fields in valkey.xrange(f"realtime:{{owner.{owner}}}:finals")]


@database
def test_a_move_to_a_final_state_marks_the_row(valkey: redis.Redis, tmp_path: Path) -> None:
    for conversion in (completed(tmp_path), failed(), cancelled()):
        assert row(conversion).unannounced == f"{conversion.pk}.1.{row(conversion).state}"


@database
def test_what_is_told_is_told_once_and_loses_its_mark(valkey: redis.Redis, tmp_path: Path) -> None:
    ended = [completed(tmp_path), failed(), cancelled()]
    before = [told(conversion.owner) for conversion in ended]
    announce_pending()
    assert [told(conversion.owner) for conversion in ended] == before
    assert not Conversion.objects.exclude(unannounced="").exists()


@database
def test_final_is_told_when_valkey_is_wiped_between_commit_and_publish(valkey: redis.Redis) -> None:
    conversion = running()
    types_told(conversion.owner)
    with transaction.atomic():
        transaction.on_commit(valkey.flushall)
        lifecycle.cancel(conversion)
    assert types_told(conversion.owner) == ["conversion_cancelled"]


@database
def test_final_is_told_again_when_valkey_is_wiped_before_the_mark_is_cleared(
    valkey: redis.Redis, tmp_path: Path
) -> None:
    ended = [completed(tmp_path), failed(), cancelled()]
    before = [told(conversion.owner)[-1] for conversion in ended]
    valkey.flushall()
    announce_pending()
    assert [told(conversion.owner) for conversion in ended] == [[event] for event in before]


@database
def test_nothing_is_told_of_what_was_rolled_back(valkey: redis.Redis) -> None:
    conversion = running()
    with transaction.atomic():
        lifecycle.cancel(conversion)
        transaction.set_rollback(True)
    announce_pending()
    assert row(conversion).unannounced == ""
    assert types_told(conversion.owner) == ["conversion_queued", "conversion_started"]


@database
def test_deletions_and_restorations_are_told_each_time(valkey: redis.Redis) -> None:
    conversion = cancelled()
    for _ in range(2):
        lifecycle.delete(conversion)
        assert lifecycle.restore(conversion)
    wanted = ["conversion_deleted", "conversion_restored"] * 2
    assert types_told(conversion.owner)[2:] == wanted
    valkey.flushall()
    announce_pending()
    assert types_told(conversion.owner) == ["conversion_restored"]
    assert told(conversion.owner)[0]["conversion"]["state"] == State.CANCELLED


@database
def test_retry_needs_no_announcement_of_what_was_before(valkey: redis.Redis) -> None:
    conversion = failed()
    assert lifecycle.retry(conversion)
    assert row(conversion).unannounced == ""


@database
def test_mark_of_a_newer_event_stays(valkey: redis.Redis) -> None:
    conversion = cancelled()
    lifecycle.delete(row(conversion))
    pending.settle(conversion)
    assert ".deleted." in row(conversion).unannounced


@database
def test_worker_clears_the_mark_of_what_it_has_done(valkey: redis.Redis) -> None:
    conversion = queued()
    Conversion.objects.filter(pk=conversion.pk).update(to="nothing")
    convert(str(conversion.pk), conversion.attempt)
    assert (row(conversion).state, row(conversion).unannounced) == (State.FAILED, "")
    assert types_told(conversion.owner)[-1] == "conversion_failed"


@database
def test_mark_that_cannot_be_announced_holds_up_no_other(
    valkey: redis.Redis, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(pending, "BATCH", 1)  # the unreadable one is the oldest, and a batch of its own
    monkeypatch.setattr(pending, "_unreadable", set())
    broken, sound = cancelled(), cancelled()
    Conversion.objects.filter(pk=broken.pk).update(unannounced="no.such.mark")
    valkey.flushall()
    assert [pending.announce_pending() for _ in range(3)] == [1, 1, 1]
    assert types_told(sound.owner) == ["conversion_cancelled"]
    assert (row(broken).unannounced, row(sound).unannounced) == ("no.such.mark", "")
    assert caplog.text.count("cannot be announced") == 1


def test_beat_asks_for_what_is_pending() -> None:
    assert "conversions.announce_pending" in {entry["task"] for entry in site.CELERY_BEAT_SCHEDULE.values()}


@database
def test_events_go_to_whom_a_conversion_belongs_by_then(valkey: redis.Redis) -> None:
    conversion, user = cancelled(), Owner.objects.create()
    valkey.flushall()
    Conversion.objects.filter(pk=conversion.pk).update(owner=user)
    announce_pending()
    assert types_told(user) == ["conversion_cancelled"]


def test_beat_tells_what_a_killed_process_did_not(valkey: redis.Redis, tmp_path: Path) -> None:
    nowhere = {"DATA_DIR": str(tmp_path), "REDIS_URL": f"unix://{tmp_path / 'no.sock'}"}
    died = subprocess.run([sys.executable, "-c", WORKER_THAT_DIES], cwd=ROOT, env=environment(**nowhere), check=False)
    assert died.returncode == -signal.SIGKILL
    assert finals(valkey, "somebody") == []
    waiting = subprocess.run(
        [sys.executable, "-c", TWICE], cwd=ROOT, env=environment(**nowhere), check=True, capture_output=True, text=True
    )
    assert "1 conversions are not announced yet" in waiting.stderr
    assert "earlier announcements still wait" in waiting.stderr
    alive = environment(DATA_DIR=str(tmp_path), REDIS_URL=site.REDIS_URL)
    shown = subprocess.run(
        [sys.executable, "-c", AT_LAST], cwd=ROOT, env=alive, check=True, capture_output=True, text=True
    )
    (event,) = finals(valkey, "somebody")
    assert b"conversion_failed" in event
    assert b"it smells" in event
    assert shown.stdout == "mark: ('',)\n"
