"""What was counted, as a scrape would tell it."""

from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from prometheus_client.metrics_core import Metric

from convertsite import multiprocess
from realtime import metrics
from realtime.counts import counts


def sample(name: str, *, of: Iterable[Metric] | None = None, **labels: str) -> float:
    """The value of one; 0 if nobody has counted it yet. By default of this run's processes."""
    families = multiprocess.read(Path(settings.METRICS_DIR)) if of is None else of
    samples = (sample for family in families for sample in family.samples)
    return sum(each.value for each in samples if each.name == name and each.labels == labels)


def forget() -> None:
    """Begin to count at nothing, as a process that was just started."""
    with metrics._flushing:
        counts.clear()
        metrics._told.clear()
        metrics._observed.clear()
