"""From plain numbers to prometheus_client."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from prometheus_client import CollectorRegistry, Histogram
from prometheus_client import values as client_values

from realtime import metrics
from realtime.counts import AGES, Buckets
from realtime.feeds import Numbers
from tests.metrics import forget
from tests.processes import ROOT

ALONE = """
from realtime import metrics
from realtime.counts import counts
from prometheus_client import REGISTRY
metrics.begin()
counts.frames_sent += 3
counts.connections_closed["1006"] += 1
counts.delivery_age.add(0.02, 5)
metrics.flush()
metrics.flush()
for name, labels in (("frames_sent_total", {}), ("connections_closed_total", {"code": "1006"}),
                     ("delivery_age_seconds_count", {}), ("events_lost_total", {"kind": "final"})):
    print(REGISTRY.get_sample_value("realtime_" + name, labels))
"""
FORKED = """
import os, sys
from realtime import metrics
from realtime.counts import counts
from prometheus_client import REGISTRY
def told():
    metrics.flush()
    return REGISTRY.get_sample_value("realtime_gaps_total")
counts.gaps += 1
first = told()
counts.gaps += 10  # which the parent has not told yet when it forks
if child := os.fork():
    os.waitpid(child, 0)
    print("parent", told(), flush=True)
else:
    counts.gaps += 100
    print("child", told() - first, flush=True)
    os._exit(0)
"""


@pytest.fixture(autouse=True)
def nothing_counted() -> Iterator[None]:
    forget()
    yield
    forget()


def run(program: str) -> str:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO", "PROMETHEUS"))}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=kept, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_another_project_needs_neither_a_folder_nor_settings() -> None:
    assert run(ALONE).split() == ["3.0", "1.0", "5.0", "0.0"]


def test_forked_child_tells_what_it_counted_itself() -> None:
    assert sorted(run(FORKED).splitlines()) == ["child 100.0", "parent 11.0"]


def test_buckets_come_to_the_same_as_observations(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_values, "ValueClass", client_values.MutexValue)
    one, other = CollectorRegistry(), CollectorRegistry()
    observed = Histogram("h", "h", buckets=AGES, registry=one)
    added = metrics.Counted("h", "h", buckets=AGES, registry=other)
    buckets = Buckets(AGES)
    for seconds in (0.001, 0.005, 0.3, 60.0, 61.0):
        observed.observe(seconds)
        buckets.add(seconds)
    added.add(buckets.numbers, buckets.total)
    (left,), (right,) = one.collect(), other.collect()
    without_time = [sample for sample in left.samples if not sample.name.endswith("_created")]
    assert [sample for sample in right.samples if not sample.name.endswith("_created")] == without_time


def test_gauges_of_a_hub_have_all_grades() -> None:
    metrics.show([], Numbers(topics=4, behind=1, arriving=2, groups_waiting=3))
    assert metrics.FOLLOWED._value.get() == 4
    assert metrics.JOINING._value.get() == 3
    assert set(metrics.CONNECTIONS._metrics) == {
        (transport, grade or "unknown") for transport in metrics.TRANSPORTS for grade in metrics.GRADES
    }
