"""Several files into one, carried out as the Celery task does it, in real converter processes."""

import io
import threading
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import psutil
import pytest
import redis
from django.db import connection
from PIL import Image

from conversions.catalog import routes
from conversions.errors import CannotCombine, NotCombined, OptionUnknown, TooManySources
from conversions.jobs import leases, lifecycle
from conversions.jobs.lifecycle import NewSource
from conversions.jobs.states import State
from conversions.models import Conversion, Owner
from conversions.tasks import convert
from tests.integration.conversions.test_images import BLUE, GREEN, RED, corners
from tests.integration.conversions.test_pdf import coloured, pages_of, saved
from tests.integration.conversions.web import picture
from tests.integration.conversions.work import long_ago, row, source, told, types_told
from tests.waiting import wait_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("valkey")]


@pytest.fixture(autouse=True)
def work_dir(settings: Any, tmp_path: Path) -> Iterator[Path]:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.WORK_DIR = tmp_path / "work"
    settings.WORK_DIR.mkdir()
    yield settings.WORK_DIR
    assert list(settings.WORK_DIR.iterdir()) == []


def combined(files: Sequence[NewSource], to: str, **wishes: Any) -> Conversion:
    return lifecycle.create(Owner.objects.create(), files, to, wishes, combine=True)


def carried_out(conversion: Conversion) -> Conversion:
    convert(str(conversion.pk), conversion.attempt, conversion.lane)
    done = row(conversion)
    assert (done.state, done.error_code) == (State.COMPLETED, "")
    return done


def content_of(conversion: Conversion) -> bytes:
    with conversion.output.open() as file:
        return bytes(file.read())


def noise() -> bytes:
    return saved(Image.effect_noise((1_500, 1_000), 60).convert("RGB"), "png", compress_level=1)


def test_pictures_documents_and_pdfs_become_one_pdf_in_their_order(tmp_path: Path) -> None:
    files = [
        source(saved(Image.new("RGB", (48, 32), BLUE), "webp", lossless=True), "one.webp", "webp"),
        source(coloured(RED, GREEN), "two.pdf", "pdf"),
        source(b"# Words\n", "three.md", "md"),
        source(saved(corners(), "bmp"), "four.bmp", "bmp"),
    ]
    done = carried_out(combined(files, "pdf", paper="us-letter"))
    assert done.output_name == "one.pdf"
    (tmp_path / "out.pdf").write_bytes(content_of(done))
    first, second, third, words, last = pages_of(tmp_path / "out.pdf")
    assert [page.getpixel((5, 5)) for page in (first, second, third)] == [BLUE, RED, GREEN]
    assert words.size == (612, 792)
    assert last.getpixel((5, 5)) == RED
    assert [(step.get("of"), step["target"]) for step in done.route] == [
        (0, "pdf"),
        (2, "pdf"),
        (3, "png"),
        (3, "pdf"),
        (None, "pdf"),
    ]
    types = [each for each in types_told(done.owner) if each != "progress_update"]
    assert types == ["conversion_queued", "conversion_started", "conversion_completed"]


def test_documents_that_are_all_to_be_set_become_one_pdf(tmp_path: Path) -> None:
    files = [source(b"# First\n", "one.md", "md"), source(b"a,b\n1,2\n", "two.csv", "csv")]
    (tmp_path / "out.pdf").write_bytes(content_of(carried_out(combined(files, "pdf"))))
    assert len(pages_of(tmp_path / "out.pdf")) == 2


def test_files_of_any_kind_are_packed_as_they_are_under_names_of_their_own() -> None:
    contents = [picture(), picture("WEBP"), b"a,b\n1,2\n", b"\0\1\2"]
    names = ["photo.png", "Photo.png", "naïve ☃.csv", "C:x"]
    formats = ["png", "webp", "csv", ""]
    files = [source(*each) for each in zip(contents, names, formats, strict=True)]
    done = carried_out(combined(files, "zip"))
    assert (done.output_name, done.output_media_type) == ("files.zip", "application/zip")
    with zipfile.ZipFile(io.BytesIO(content_of(done))) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["photo.png", "Photo (2).png", "naïve ☃.csv", "C:x"]
        assert [archive.read(name) for name in archive.namelist()] == contents


@pytest.mark.parametrize(("to", "name"), [("pdf", "photo.pdf"), ("zip", "photo.zip")])
def test_one_file_is_combined_with_nothing(to: str, name: str) -> None:
    assert carried_out(combined([source()], to)).output_name == name


def test_progress_is_that_of_all_steps_and_never_falls(valkey: redis.Redis) -> None:
    conversion = combined([source(noise(), f"{number}.png") for number in range(3)], "pdf")
    with valkey.pubsub() as pubsub:
        pubsub.psubscribe("*")
        carried_out(conversion)
        assert types_told(conversion.owner)[-1] == "conversion_completed"
        percentages = []
        while (message := pubsub.get_message(timeout=0.5)) is not None:
            if message["type"] == "pmessage" and b"progress_update" in message["data"]:
                percentages.append(float(message["data"].split(b'"percent":')[1].split(b",")[0]))
    assert percentages == sorted(percentages)
    assert len({percent // 25 for percent in percentages}) >= 3, "told of each of the four steps"


def test_what_is_wrong_with_one_file_is_the_conversions_error() -> None:
    conversion = combined([source(), source(b"%PDF-1.7\n" + bytes(99), "two.pdf", "pdf")], "pdf")
    convert(str(conversion.pk), 1)
    assert row(conversion).error_code == "damaged_file"


def test_a_combination_whose_worker_was_lost_goes_on_from_its_row() -> None:
    conversion = combined([source(), source(coloured(RED), "two.pdf", "pdf")], "pdf")
    lost = lifecycle.claim(conversion.pk, 1)
    assert lost is not None
    long_ago(lost, lease_until=1)
    leases.take_up_lost()
    done = carried_out(row(conversion))
    assert (done.attempt, done.recoveries) == (2, 1)


def test_a_step_that_crashes_is_gone_around_for_its_source_alone() -> None:
    """WebP is put on a page as it is, or else as PNG."""
    content = saved(Image.effect_noise((3_000, 2_000), 60).convert("RGB"), "webp", quality=90)
    conversion = combined([source(), source(content, "two.webp", "webp")], "pdf")

    def work() -> None:
        try:
            convert(str(conversion.pk), 1)
        finally:
            connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    try:
        wait_for(second_step, timeout=20, because="the second file's process").kill()
    finally:
        worker.join(60)
    done = row(conversion)
    assert (done.state, done.attempt) == (State.COMPLETED, 1)
    assert [(step.get("of"), step["target"]) for step in done.route] == [
        (0, "pdf"),
        (1, "png"),
        (1, "pdf"),
        (None, "pdf"),
    ]


def second_step() -> psutil.Process | None:
    """The process that has the second source as its job's."""
    for process in psutil.Process().children():
        try:
            arguments = process.cmdline()
            if "conversions.sandbox.child" in arguments and "/source1" in Path(arguments[4]).read_text():
                return process
        except (psutil.Error, OSError, IndexError):
            continue
    return None


@pytest.mark.parametrize(
    ("files", "to", "wishes", "error"),
    [
        ([("a.png", "png"), ("b.mp3", "mp3")], "pdf", {}, CannotCombine),
        ([("a.png", "png"), ("b.png", "png")], "webp", {}, CannotCombine),
        ([("a.png", "png"), ("b.png", "png")], "zip", {"quality": 3}, OptionUnknown),
        ([("a.png", "png")] * 101, "zip", {}, TooManySources),
    ],
)
def test_what_cannot_be_combined_is_refused_and_nothing_kept(
    settings: Any, files: Any, to: str, wishes: dict[str, Any], error: Any
) -> None:
    with pytest.raises(error):
        combined([source(b"x", name, format) for name, format in files], to, **wishes)
    assert not Conversion.objects.exists()
    assert not [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def test_several_files_are_combined_only_where_that_was_wanted() -> None:
    with pytest.raises(NotCombined):
        lifecycle.create(Owner.objects.create(), [source(), source()], "pdf", {})


def test_a_row_of_before_still_thaws() -> None:
    kept = [{"engine": "pdf", "version": "1", "source": "png", "target": "pdf"}]
    (step,) = routes.thawed(kept).steps
    assert (step.of, step.way.joins) == (None, False)


def test_a_password_goes_when_the_work_is_done_and_stays_for_a_retry() -> None:
    locked = carried_out(combined([source(coloured(RED), "a.pdf", "pdf")], "pdf", new_password="secret"))
    assert "secret" not in str(locked.options)
    content = content_of(locked)
    files = [source(content, "a.pdf", "pdf")]
    wrong = lifecycle.create(locked.owner, files, "png", {"password": "wrong one"})
    convert(str(wrong.pk), 1)
    failed = row(wrong)
    assert (failed.error_code, failed.options["password"]) == ("password_wrong", "wrong one")
    assert lifecycle.retry(failed)
    convert(str(wrong.pk), 2)
    assert row(wrong).error_code == "password_wrong"
    right = lifecycle.create(locked.owner, [source(content, "a.pdf", "pdf")], "png", {"password": "secret"})
    done = carried_out(right)
    assert done.options == {"dpi": 150, "page": 1}
    events = str(told(locked.owner))
    assert "secret" not in events
    assert "wrong one" not in events
