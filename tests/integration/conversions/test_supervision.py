"""Conversions carried out as the Celery task does it, in real converter processes."""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil
import pytest
import redis
from django.db import connection
from PIL import Image

from conversions.catalog import routes
from conversions.catalog.routes import Route
from conversions.errors import WorkerLost
from conversions.jobs import lifecycle
from conversions.jobs.states import State
from conversions.models import Conversion, Owner
from conversions.tasks import convert
from tests.integration.conversions.work import long_ago, queued, row, source, told, types_told
from tests.waiting import wait_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("valkey")]


@pytest.fixture(autouse=True)
def work_dir(settings: Any, tmp_path: Path) -> Iterator[Path]:
    """Where converter processes work; at the end nothing is left in it."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.WORK_DIR = tmp_path / "work"
    settings.WORK_DIR.mkdir()
    yield settings.WORK_DIR
    assert list(settings.WORK_DIR.iterdir()) == []
    assert psutil.Process().children() == [] or all(
        "child" not in str(p.cmdline()) for p in psutil.Process().children()
    )


@pytest.fixture(scope="module")
def noise() -> bytes:
    """A PNG that takes its time."""
    tile, picture = Image.effect_noise((1_000, 500), 60).convert("RGB"), Image.new("RGB", (3_000, 2_000))
    for place in product(range(0, 3_000, 1_000), range(0, 2_000, 500)):
        picture.paste(tile, place)
    file = BytesIO()
    picture.save(file, "PNG", compress_level=1)
    return file.getvalue()


def test_the_task_converts_and_stores_and_tells() -> None:
    conversion = queued()
    convert(str(conversion.pk), 1)
    done = row(conversion)
    assert done.state == State.COMPLETED
    with done.output.open() as file, Image.open(file) as image:
        assert (image.format, image.size) == ("WEBP", (32, 18))
    types = [each for each in types_told(done.owner) if each != "progress_update"]
    assert types == ["conversion_queued", "conversion_started", "conversion_completed"]


def test_a_second_delivery_does_nothing() -> None:
    conversion = queued()
    convert(str(conversion.pk), 1)
    told_before = told(conversion.owner)
    convert(str(conversion.pk), 1)
    convert(str(conversion.pk), 2)
    convert(str(uuid4()), 1)
    assert told(conversion.owner) == told_before


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"\x89PNG\r\n\x1a\nno picture", "damaged_file"), (b"no picture at all", "damaged_file")],
)
def test_a_bad_file_is_the_conversions_error(content: bytes, code: str) -> None:
    conversion = queued(content=content)
    convert(str(conversion.pk), 1)
    failed = row(conversion)
    assert (failed.state, failed.error_code, failed.error_retryable) == (State.FAILED, code, False)


def test_what_waited_for_an_extra_that_was_taken_away_meanwhile_says_so() -> None:
    conversion = queued()
    (kept,) = row(conversion).route
    Conversion.objects.filter(pk=conversion.pk).update(route=[kept | {"engine": "raw"}])
    convert(str(conversion.pk), 1)
    failed = row(conversion)
    assert (failed.state, failed.error_code, failed.error_params) == (State.FAILED, "engine_absent", {"engine": "raw"})


def test_an_engine_whose_package_goes_before_the_worker_knows_is_absent_too(monkeypatch: pytest.MonkeyPatch) -> None:
    conversion = queued()
    (step,) = routes.thawed(row(conversion).route).steps
    gone = step._replace(engine=replace(step.engine, work="tests.integration.conversions.unimportable"))
    monkeypatch.setattr(routes, "thawed", lambda kept: Route((gone,)))
    convert(str(conversion.pk), 1)
    assert row(conversion).error_code == "engine_absent"


def test_a_source_that_has_gone_is_the_conversions_error() -> None:
    conversion = queued()
    kept = conversion.sources.get()
    kept.file.storage.delete(kept.file.name)
    convert(str(conversion.pk), 1)
    assert row(conversion).error_code == "file_missing"


def test_percentages_come_as_it_goes_and_never_fall(valkey: redis.Redis, noise: bytes) -> None:
    conversion = queued(content=noise)
    with valkey.pubsub() as pubsub:
        pubsub.psubscribe("*")
        convert(str(conversion.pk), 1)
        assert types_told(conversion.owner)[-1] == "conversion_completed"
        percentages = []
        while (message := pubsub.get_message(timeout=0.5)) is not None:
            if message["type"] == "pmessage" and b"progress_update" in message["data"]:
                percentages.append(float(message["data"].split(b'"percent":')[1].split(b",")[0]))
    assert len(set(percentages)) >= 3
    assert percentages == sorted(percentages)
    assert max(percentages) < 100


def in_thread(conversion: Conversion) -> threading.Thread:
    """A worker, so that the test can act meanwhile."""

    def work() -> None:
        try:
            convert(str(conversion.pk), conversion.attempt)
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def converter() -> psutil.Process | None:
    children = psutil.Process().children()
    return next((each for each in children if "conversions.sandbox.child" in each.cmdline()), None)


@pytest.mark.parametrize("end", [lifecycle.cancel, lifecycle.delete])
def test_a_cancel_ends_the_process_within_a_second(end: Any, noise: bytes) -> None:
    conversion = queued(to="avif", content=noise)
    worker = in_thread(conversion)
    try:
        process = wait_for(converter, because="the converter process")
        began = time.monotonic()
        end(row(conversion))
        wait_for(lambda: not process.is_running(), timeout=5, because="the converter's end")
        assert time.monotonic() - began < 1
    finally:
        worker.join(30)
    assert row(conversion).state == State.CANCELLED
    assert not row(conversion).output


def test_a_worker_whose_lease_was_taken_stops(noise: bytes) -> None:
    conversion = queued(to="avif", content=noise)
    worker = in_thread(conversion)
    try:
        process = wait_for(converter, because="the converter process")
        lost = row(conversion)
        long_ago(lost, lease_until=1)
        assert lifecycle.fail(lost, WorkerLost(attempts=3))
        assert lifecycle.retry(lost)
        wait_for(lambda: not process.is_running(), timeout=5, because="the converter's end")
    finally:
        worker.join(30)
    assert (row(conversion).state, row(conversion).attempt) == (State.QUEUED, 2)


def test_a_converter_that_is_killed_is_the_conversions_error(noise: bytes) -> None:
    conversion = queued(to="avif", content=noise)
    worker = in_thread(conversion)
    try:
        wait_for(converter, because="the converter process").kill()
    finally:
        worker.join(30)
    failed = row(conversion)
    assert (failed.error_code, failed.error_params) == ("engine_crashed", {"how": "SIGKILL"})
    assert failed.error_retryable


def test_what_a_converter_dies_of_is_tried_another_way(noise: bytes) -> None:
    file = BytesIO()
    with Image.open(BytesIO(noise)) as image:
        image.save(file, "JPEG")
    owner = Owner.objects.create()
    conversion = lifecycle.create(owner, [source(file.getvalue(), "photo.jpg", "jpeg")], "webp", {"quality": 70})
    worker = in_thread(conversion)
    try:
        wait_for(converter, because="the converter process").kill()
    finally:
        worker.join(60)
    done = row(conversion)
    assert (done.state, done.attempt) == (State.COMPLETED, 1)
    assert [step["target"] for step in done.route] == ["png", "webp"]
