"""The series of files for Prometheus; docs/metrics.md lists them.

What happens is counted where it happens, in whatever process that is; how things stand is asked of the database when
somebody looks. Labels are ids of engines, formats, states and errors, of which there are as many as are known here.
"""

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db import DatabaseError
from django.db.models import Count, Min, Sum
from django.utils import timezone
from prometheus_client import Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from conversions.errors import ConversionsError
from conversions.jobs.states import State
from conversions.models import Conversion, Lane, Source

SECONDS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1_800.0, 7_200.0)
SEVERAL, UNKNOWN = "several", "unknown"

ENDS = Counter("conversions_ended", "Conversions that ended.", ["state", "engine", "source", "target"])
FAILURES = Counter("conversions_failures", "Conversions that failed, by the error's code.", ["code"])
TOOK = Histogram("conversions_seconds", "From the start to the result.", ["lane"], buckets=SECONDS)
WAITED = Histogram("conversions_wait_seconds", "From the queue to the first start.", ["lane"], buckets=SECONDS)
STEPS = Counter("conversions_steps", "Steps of routes that ended, in a converter process.", ["engine", "outcome"])
STEP_TOOK = Histogram("conversions_step_seconds", "Of a step that was completed.", ["engine"], buckets=SECONDS)
LEASES_LOST = Counter("conversions_leases_lost", "Conversions whose worker was lost, by their state then.", ["state"])
SENT_AGAIN = Counter("conversions_messages_sent_again", "Messages of waiting conversions that were lost or late.")
UPLOADS = Counter("conversions_uploads", "Files that were taken in.")
UPLOADED = Counter("conversions_upload_bytes", "Their bytes.")
REFUSED = Counter("conversions_uploads_refused", "Uploads that were not, by the error's code.", ["code"])
STORED = Counter("conversions_stored_bytes", "Bytes that were kept.", ["folder"])
REMOVED = Counter("conversions_removed_files", "Kept files that were removed.")
SWEPT = Counter("conversions_swept", "What had had its time and was removed, by what it was.", ["what"])
STORAGE_FAILURES = Counter("conversions_storage_failures", "Times that the storage failed, by code.", ["code"])
KNOWN: dict[Counter, Iterable[Mapping[str, str]]] = {
    LEASES_LOST: [{"state": state} for state in (State.QUEUED, State.FAILED)],
    SENT_AGAIN: [{}],
    UPLOADS: [{}],
    UPLOADED: [{}],
    STORED: [{"folder": folder} for folder in ("sources", "outputs")],
    REMOVED: [{}],
    SWEPT: [{"what": what} for what in ("deleted", "old", "expired", "abandoned", "unnamed")],
    STORAGE_FAILURES: [{"code": code} for code in ("no_space", "storage_unavailable")],
}
"""Those that appear before anything is counted, and with which labels."""
ALL = (*KNOWN, ENDS, FAILURES, TOOK, WAITED, STEPS, STEP_TOOK, REFUSED)


def begin() -> None:
    """Make what is known beforehand appear, with nothing counted."""
    for counter, labels in KNOWN.items():
        for each in labels:
            (counter.labels(**each) if each else counter).inc(0)


def claimed(conversion: Conversion) -> None:
    """A conversion begins for the first time."""
    if conversion.started_at is not None:
        WAITED.labels(conversion.lane).observe((conversion.started_at - conversion.queued_at).total_seconds())


def ended(conversion: Conversion) -> None:
    """A conversion came to its end."""
    ENDS.labels(conversion.state, *_way(conversion.route), conversion.to).inc()
    if conversion.state == State.FAILED:
        FAILURES.labels(conversion.error_code).inc()
    elif conversion.state == State.COMPLETED and conversion.started_at and conversion.finished_at:
        TOOK.labels(conversion.lane).observe((conversion.finished_at - conversion.started_at).total_seconds())


def _way(route: list[dict[str, Any]]) -> tuple[str, str]:
    """The engines and the source of a route as a row keeps it. Several sources go too many ways to tell them apart."""
    if not route:  # of a row that is older than routes
        return UNKNOWN, UNKNOWN
    if route[-1].get("joins"):
        return route[-1]["engine"], SEVERAL
    return "+".join(dict.fromkeys(step["engine"] for step in route)), route[0]["source"]


@contextmanager
def step(engine: str) -> Iterator[None]:
    """Count what goes on inside as a step of this engine."""
    began, outcome = time.monotonic(), "stopped"
    try:
        yield
        outcome = "completed"
        STEP_TOOK.labels(engine).observe(time.monotonic() - began)
    except ConversionsError:
        outcome = "failed"
        raise
    finally:
        STEPS.labels(engine, outcome).inc()


def uploaded(sizes: Iterable[int]) -> None:
    """Files of so many bytes were taken in."""
    for size in sizes:
        UPLOADS.inc()
        UPLOADED.inc(size)


def swept(numbers: Mapping[str, int]) -> None:
    """A sweep removed so many of each."""
    for what, number in numbers.items():
        SWEPT.labels(what).inc(number)


@contextmanager
def uploading() -> Iterator[None]:
    """Count what is refused inside."""
    try:
        yield
    except ConversionsError as error:
        REFUSED.labels(error.code).inc()
        raise


class Rows(Collector):
    """How things stand, as prometheus_client collects it: one query each, and nothing while the database is away."""

    def collect(self) -> Iterator[Metric]:
        """The families, each with its samples."""
        for family in (_states, _queues, _kept):
            try:
                yield from family()
            except DatabaseError:
                continue


def _states() -> Iterator[Metric]:
    found = dict(Conversion.objects.order_by().values_list("state").annotate(Count("pk")))
    family = GaugeMetricFamily("conversions_rows", "Conversions that there are, by state.", labels=["state"])
    for state in State:
        family.add_metric([state], found.get(state, 0))
    yield family


def _queues() -> Iterator[Metric]:
    now, waiting = timezone.now(), Conversion.objects.order_by().filter(state=State.QUEUED, deleted_at=None)
    found = {lane: rest for lane, *rest in waiting.values_list("lane").annotate(Count("pk"), Min("queued_at"))}
    length = GaugeMetricFamily("conversions_queue_length", "Conversions that wait for a worker.", labels=["lane"])
    age = GaugeMetricFamily("conversions_queue_age_seconds", "How long the oldest of them waits.", labels=["lane"])
    for lane in Lane:
        number, oldest = found.get(lane, (0, now))
        length.add_metric([lane], number)
        age.add_metric([lane], max(0.0, (now - oldest).total_seconds()))
    yield length
    yield age


def _kept() -> Iterator[Metric]:
    sources = Source.objects.exclude(file="").aggregate(bytes=Sum("size"))["bytes"]
    outputs = Conversion.objects.exclude(output="").aggregate(bytes=Sum("output_size"))["bytes"]
    family = GaugeMetricFamily("conversions_kept_bytes", "Bytes of the files that are kept.", labels=["folder"])
    for folder, size in (("sources", sources), ("outputs", outputs)):
        family.add_metric([folder], size or 0)
    yield family
