"""`HealthSample`: how all connections were, a row each minute; fewer for what is longer ago, and none past 30 days."""

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.db import transaction
from django.db.models import Count, Q, QuerySet, Sum

from realtime import clock, reports
from realtime.backoff import AWAY
from realtime.conf import conf
from realtime.models import ConnectionRecord, ConnectionState, HealthSample
from realtime.quality import Grade
from realtime.reports import Reports

logger = logging.getLogger(__name__)
Records = QuerySet[ConnectionRecord]

KEPT = timedelta(days=30)
THINNED = ((timedelta(days=1), 600), (timedelta(days=7), 3_600))
"""How old samples are from when on there is one of so many seconds."""
MOST_MERGED = 1_000  # samples that one call makes fewer of: more is left to the next

COUNTS = (
    "opened",
    "closed",
    "failed",
    "sent",
    "acknowledged",
    "cut_off",
    "delivered",
    "replays",
    "snapshots",
    "gaps",
    "recovery_attempts",
    "recovery_successes",
    "recovery_failures",
)
MEANS = ("open", "stale", "poor", "processes", "latency_p50_ms")
GREATEST = ("latency_p95_ms", "waiting")
NOTHING = Reports([], Counter())


def take(now: datetime | None = None) -> bool:
    """Write the sample of this interval, unless it is there: so two beats do no harm. Whether it was written.

    While Valkey is away the sample says what the database knows, and what was counted is in a later one.
    """
    now = now or clock.now()
    span = max(1, int(conf.HEALTH_CHECK_INTERVAL))
    sample, made = HealthSample.objects.get_or_create(
        taken_at=_floor(now, span), defaults={"span": span, **connections(ConnectionRecord.objects.all())}
    )
    if not made:
        return False
    try:
        said = reports.read()
        counts = reports.take()
    except AWAY as error:
        logger.warning("Valkey is away, a sample has no counts: %s", error)
        return True
    alive = [process for process in said.processes if not process.silent]
    known = {name: counts[name] for name in COUNTS}
    waiting = sum(process.said.waiting for process in alive)
    HealthSample.objects.filter(pk=sample.pk).update(processes=len(alive), waiting=waiting, **known)
    return True


def connections(records: Records) -> dict[str, Any]:
    """What the records say of the connections now: `open`, `stale`, `poor`, `latency_p50_ms`, `latency_p95_ms`."""
    records = records.order_by().filter(state__in=[ConnectionState.OPEN, ConnectionState.STALE])
    opened, stale = Q(state=ConnectionState.OPEN), Q(state=ConnectionState.STALE)
    measured = records.filter(opened, latency_ms__isnull=False).order_by("latency_ms")
    found: dict[str, Any] = records.aggregate(
        open=Count("pk", opened),
        stale=Count("pk", stale),
        poor=Count("pk", opened & Q(quality=Grade.POOR)),
        measured=Count("pk", opened & Q(latency_ms__isnull=False)),
    )
    number = found.pop("measured")
    for name, part in (("latency_p50_ms", 0.5), ("latency_p95_ms", 0.95)):
        # Sliced in the database: of 10,000 connections two numbers come.
        at = int(number * part)
        found[name] = next(iter(measured.values_list("latency_ms", flat=True)[at : at + 1]), None)
    return found


def counted_since(moment: datetime) -> dict[str, int]:
    """The counts of the samples that began since then."""
    sums = HealthSample.objects.filter(taken_at__gte=moment).aggregate(**{name: Sum(name) for name in COUNTS})
    return {name: count or 0 for name, count in sums.items()}


def thin(now: datetime | None = None) -> int:
    """Make one of those that are old enough, and delete those past `KEPT`; returns how many are gone."""
    now = now or clock.now()
    gone = HealthSample.objects.filter(pk__in=HealthSample.objects.filter(taken_at__lt=now - KEPT)[:MOST_MERGED])
    total = gone.delete()[0]
    for age, span in THINNED:
        total += _merge_before(_floor(now - age, span), span)
    return total


def _merge_before(moment: datetime, span: int) -> int:
    old = HealthSample.objects.order_by("taken_at").filter(taken_at__lt=moment, span__lt=span)
    if not old.exists():  # as nearly always: nobody else has to wait for a transaction
        return 0
    with transaction.atomic():
        # Of two that thin at once the second waits here where the database knows how, and finds less to do.
        samples = list(old.select_for_update()[:MOST_MERGED])
        if len(samples) == MOST_MERGED:  # the last one may lack some of its kind
            last = _floor(samples[-1].taken_at, span)
            samples = [sample for sample in samples if sample.taken_at < last]
        groups = [(at, list(group)) for at, group in groupby(samples, lambda sample: _floor(sample.taken_at, span))]
        return sum(_merge(at, span, group) for at, group in groups)


def _merge(at: datetime, span: int, samples: list[HealthSample]) -> int:
    """Make one of them, and of one that was made before a late one came. Returns how many are gone."""
    made = HealthSample.objects.filter(taken_at=at, span__gte=span)
    first, *others = [*made, *samples]
    HealthSample.objects.filter(pk__in=[sample.pk for sample in others]).delete()
    merged = _merged([first, *others])
    HealthSample.objects.filter(pk=first.pk).update(taken_at=at, span=max(span, first.span), **merged)
    return len(others)


def _merged(samples: Sequence[HealthSample]) -> dict[str, Any]:
    def known(name: str) -> list[Any]:
        return [value for sample in samples if (value := getattr(sample, name)) is not None]

    counts = {name: sum(known(name)) for name in COUNTS}
    means = {name: _mean(known(name), whole=name != "latency_p50_ms") for name in MEANS}
    return {**counts, **means, **{name: max(known(name), default=None) for name in GREATEST}}


def _mean(values: Sequence[float], *, whole: bool) -> float | None:
    if not values:
        return None
    mean = sum(values) / len(values)
    return round(mean) if whole else mean


def _floor(moment: datetime, span: int) -> datetime:
    return datetime.fromtimestamp(moment.timestamp() // span * span, tz=moment.tzinfo)


# --- For charts

SPANS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7)}
SERIES = ("open", "poor", "latency_p50_ms", "latency_p95_ms", "delivery_rate", "waiting", "failed")
GAP = 2.5  # of a sample's own time, past which a line is broken


def series(span: str, now: datetime | None = None) -> dict[str, list[float | None]]:
    """The samples of the last `hour`, `day` or `week` as columns, `taken_at` in Unix seconds; where some are missing, a
    row of None breaks the lines."""
    since = (now or clock.now()) - SPANS[span]
    columns: dict[str, list[float | None]] = {name: [] for name in ("taken_at", *SERIES)}
    for at, sample in _with_gaps(HealthSample.objects.order_by("taken_at").filter(taken_at__gte=since).iterator()):
        columns["taken_at"].append(at)
        for name in SERIES:
            columns[name].append(None if sample is None else _value(sample, name))
    return columns


def delivery_rate(acknowledged: int, cut_off: int) -> float | None:
    """Which part of the frames arrived, in per cent, of those that are no longer under way; None: of none."""
    whole = acknowledged + cut_off
    return 100 * acknowledged / whole if whole else None


def _value(sample: HealthSample, name: str) -> float | None:
    if name == "delivery_rate":
        return delivery_rate(sample.acknowledged, sample.cut_off)
    value: float | None = getattr(sample, name)
    return value


def _with_gaps(samples: Iterable[HealthSample]) -> Iterator[tuple[float, HealthSample | None]]:
    due: float | None = None
    for sample in samples:
        at = sample.taken_at.timestamp()
        if due is not None and at > due:
            yield due, None
        yield at, sample
        due = at + GAP * sample.span
