"""`manage.py realtime_check` against the whole site: well, and with parts of it stopped."""

import json
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest

from tests.processes import ROOT, environment
from tests.stack import Site
from tests.waiting import wait_for

VERDICTS = {0: "HEALTHY", 1: "DEGRADED", 2: "UNHEALTHY"}


def check(site: Site, *options: str, told: str = "") -> dict[str, Any]:
    """Run the command to its end; returns its JSON."""
    command = [sys.executable, "manage.py", "realtime_check", "--json", *options]
    done = subprocess.run(
        command, cwd=ROOT, env=environment(**site.settings), input=told, capture_output=True, text=True, check=False
    )
    report: dict[str, Any] = json.loads(done.stdout or "{}")
    assert report.get("verdict") == VERDICTS[done.returncode], done.stdout + done.stderr
    return report


def named(report: dict[str, Any], *statuses: str) -> list[str]:
    return [one["name"] for one in report["checks"] if one["status"] in statuses]


@contextmanager
def stopped(site: Site, part: str) -> Iterator[None]:
    """The part stands still, as `/readyz` knows; afterwards it goes on."""
    process = site.child(part)
    process.send_signal(signal.SIGSTOP)
    try:
        wait_for(lambda: (site.get("/readyz")[1] or {})["checks"][part] != "ok", 30, f"/readyz to miss {part}")
        yield
    finally:
        process.send_signal(signal.SIGCONT)
        wait_for(lambda: site.get("/readyz")[0] == 200, 30, "the site to be ready again")


def rows(site: Site, table: str, where: str = "1") -> int:
    with closing(sqlite3.connect(site.data_dir / "db.sqlite3")) as database:
        return int(database.execute(f"SELECT COUNT(*) FROM {table} WHERE {where}").fetchone()[0])  # noqa: S608 (ours)


def test_site_that_is_well_is_healthy_and_nothing_is_left_behind(site: Site) -> None:
    wait_for(lambda: site.get("/readyz")[0] == 200, 60, "the site to be ready")
    sessions = rows(site, "django_session")
    kept = rows(site, "conversions_conversion", "deleted_at IS NULL")
    report = check(site)
    assert report["verdict"] == "HEALTHY", report
    assert {*named(report, "passed")} == {one["name"] for one in report["checks"]}
    assert rows(site, "django_session") == sessions
    assert rows(site, "conversions_conversion", "deleted_at IS NULL") == kept


def test_worker_that_stands_still_is_named(site: Site) -> None:
    """Looked at from elsewhere, by a token's user."""
    token = site.manage("api_token", "self-test")
    with stopped(site, "worker"):
        report = check(site, "--url", f"http://localhost:{site.port}", "--token", "-", told=token)
    assert (report["verdict"], named(report, "failed", "warned")) == ("UNHEALTHY", ["worker"])
    assert named(report, "skipped") == ["connection_test", "conversion"]
    (worker,) = (one for one in report["checks"] if one["name"] == "worker")
    assert worker["detail"] == "No sign of life from worker in the last 10 seconds."
    assert worker["advice"].startswith("Start the worker again")


@pytest.mark.slow
@pytest.mark.parametrize(("part", "verdict"), [("beat", "DEGRADED"), ("valkey", "UNHEALTHY")])
def test_part_that_stands_still_is_named(site: Site, part: str, verdict: str) -> None:
    with stopped(site, part):
        report = check(site)
    assert (report["verdict"], named(report, "failed", "warned")) == (verdict, [part])


@pytest.mark.slow
def test_database_that_is_gone_is_named(site: Site) -> None:
    path = site.data_dir / "db.sqlite3"
    shutil.move(path, site.data_dir / "kept")
    try:
        report = check(site)
    finally:
        shutil.move(site.data_dir / "kept", path)
        wait_for(lambda: site.get("/readyz")[0] == 200, 30, "the site to be ready again")
    assert (report["verdict"], named(report, "failed", "warned")) == ("UNHEALTHY", ["database"])
