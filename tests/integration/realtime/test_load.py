"""`manage.py realtime_load`: what it refuses, and a small run against the whole site."""

import io
import json
import subprocess
import sys

import pytest
from django.core.management import CommandError, call_command

from tests.processes import ROOT, environment, free_port
from tests.stack import Site


def refused(*options: str) -> str:
    told = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("realtime_load", *options, stderr=told)
    assert ended.value.code == 2
    return told.getvalue()


def test_another_machine_is_refused_before_anything_is_sent() -> None:
    reason, suggestion = refused("--url", "http://192.0.2.1").splitlines()
    assert reason == "“192.0.2.1” is not this machine."
    assert suggestion.endswith("add --i-own-this-host.")


def test_own_other_machine_is_tried() -> None:
    assert "There is no host" in refused("--url", "http://nowhere.invalid", "--i-own-this-host")


def test_site_that_is_down_is_said_to_be() -> None:
    assert refused("--url", f"http://127.0.0.1:{free_port()}").startswith("Nothing answers at")


@pytest.mark.parametrize(
    "wrong", [["--connections", "0"], ["--rate", "fast"], ["--seconds", "-1"], ["--faults", "fire"]]
)
def test_wrong_numbers_are_refused(wrong: list[str]) -> None:
    with pytest.raises(CommandError):
        call_command("realtime_load", *wrong)


def test_small_load_with_faults_loses_nothing(site: Site) -> None:
    command = [sys.executable, "manage.py", "realtime_load", "--json"]
    options = ["--connections", "110", "--rate", "10", "--seconds", "4", "--faults", "cut,slow"]
    done = subprocess.run(
        [*command, *options], cwd=ROOT, env=environment(**site.settings), capture_output=True, text=True, check=False
    )
    report = json.loads(done.stdout or "{}")
    tally = report.get("tally", {})
    assert done.returncode in (0, 1), done.stdout + done.stderr  # a machine that is busy may be late
    assert [tally[name] for name in ("refused", "lost", "doubled", "disordered")] == [0, 0, 0, 0]
    assert (report["published"], tally["arrived"]) == (40, 4_400)
    assert tally["reconnects"] > 0
    assert report["memory_kib_per_connection"] is not None
