"""`/metrics` of a whole site: what its processes did, before and after one of them dies."""

import urllib.request

import psutil
import pytest
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

from convertsite.multiprocess import RESERVED
from tests.integration.conversions.program import Program
from tests.integration.conversions.web import picture
from tests.metrics import sample
from tests.stack import Site
from tests.waiting import wait_for

CONVERTED = {"state": "completed", "source": "png", "target": "webp"}


@pytest.fixture(scope="module")
def program(site: Site) -> Program:
    return Program(site, "metrics")


def scrape(site: Site) -> list[Metric]:
    with urllib.request.urlopen(f"{site.url}/metrics", timeout=10) as response:
        return list(text_string_to_metric_families(response.read().decode()))


def converted(found: list[Metric]) -> float:
    samples = (each for family in found for each in family.samples if each.name == "conversions_ended_total")
    return sum(each.value for each in samples if CONVERTED.items() <= each.labels.items())


def test_what_web_and_worker_did_is_told_by_the_web_process(site: Site, program: Program) -> None:
    before = scrape(site)
    with program.events():
        program.convert(picture())
        wait_for(lambda: converted(scrape(site)) == converted(before) + 1)
        wait_for(lambda: connections(scrape(site)) > 0)
    found = scrape(site)
    for name in ("conversions_uploads_total", "conversions_removed_files_total", "realtime_events_published_total"):
        assert sample(name, of=found) >= sample(name, of=before)
    assert sample("conversions_uploads_total", of=found) == sample("conversions_uploads_total", of=before) + 1
    assert all(sample("convertsite_check_ok", of=found, check=part) == 1 for part in ("worker", "beat", "valkey"))
    assert sample("conversions_steps_total", of=found, engine="images", outcome="completed") > 0


def connections(found: list[Metric]) -> float:
    samples = (each for family in found for each in family.samples if each.name == "realtime_connections")
    return sum(each.value for each in samples)


def test_counts_outlive_processes_that_are_killed_and_gauges_do_not(site: Site, program: Program) -> None:
    program.convert(picture())
    before = scrape(site)
    for part in ("web", "worker"):
        killed = site.child(part)
        family = [killed, *killed.children(recursive=True)]
        killed.kill()
        psutil.wait_procs(family, timeout=10)
        wait_for(lambda: runs(site, part, killed) and site.get("/readyz")[0] == 200, timeout=60, because=part)  # noqa: B023
    found = scrape(site)
    assert converted(found) >= converted(before)
    assert sample("conversions_uploads_total", of=found) >= sample("conversions_uploads_total", of=before)
    assert connections(found) == 0
    program.convert(picture())
    wait_for(lambda: converted(scrape(site)) >= converted(before) + 1)
    files = list((site.data_dir / "metrics").glob("*_*.db"))
    assert len(files) <= 8 * len(RESERVED), "of the processes that live"


def runs(site: Site, part: str, killed: psutil.Process) -> bool:
    try:
        return site.child(part) != killed
    except LookupError:
        return False
