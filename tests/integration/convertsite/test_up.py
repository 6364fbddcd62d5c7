"""`manage.py up`: the real site with its real processes."""

import contextlib
import http.cookiejar
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from PIL import Image

from tests.integration.conversions.program import Program
from tests.integration.conversions.web import API, upload
from tests.processes import ROOT, environment, free_port, gone
from tests.stack import Site
from tests.waiting import wait_for

PARTS = ("web", "worker", "beat", "valkey")


def up(site: Site, port: int) -> subprocess.CompletedProcess[str]:
    """Try to start a site with the data folder of one that runs."""
    command = [sys.executable, "manage.py", "up", "--port", str(port)]
    return subprocess.run(
        command, cwd=ROOT, env=environment(**site.settings), capture_output=True, text=True, timeout=30, check=False
    )


def start_long_conversion(site: Site) -> psutil.Process:
    """Queue a conversion that takes some seconds; returns its converter process."""
    picture = io.BytesIO()
    Image.effect_noise((3000, 3000), 60).save(picture, "jpeg")
    form = encode_multipart(BOUNDARY, {"file": upload(picture.getvalue(), "noise.jpg"), "to": "avif"})
    status, answer = Program(site, "ada").ask(
        "POST", "/api/v1/conversions", form, **{"Content-Type": MULTIPART_CONTENT}
    )
    assert status == 201, answer
    return wait_for(lambda: converter(site), because="the converter process")


def converter(site: Site) -> psutil.Process | None:
    for process in descendants(site):
        with contextlib.suppress(psutil.NoSuchProcess):
            if "conversions.sandbox.child" in process.cmdline():
                return process
    return None


def descendants(site: Site) -> list[psutil.Process]:
    return psutil.Process(site.process.pid).children(recursive=True)


def family(site: Site) -> list[psutil.Process]:
    """All processes of a site, the worker's pool among them."""
    processes = descendants(site)
    assert len(processes) > len(PARTS)
    return processes


class Browser:
    """Keeps cookies as browsers do: by host, whatever the port."""

    def __init__(self) -> None:
        self._jar = http.cookiejar.CookieJar()
        self._open = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self._jar)).open

    def visit(self, site: Site) -> dict[str, Any]:
        """Look at the page; returns the configuration of its client."""
        with self._open(site.url, timeout=10) as response:
            found = re.search(rb'<script id="config" type="application/json">(.*?)</script>', response.read())
        assert found
        return dict(json.loads(found[1]))

    def cookie(self, name: str) -> str:
        return next(cookie.value or "" for cookie in self._jar if cookie.name == name)

    def post_nothing(self, site: Site, token: str) -> str:
        """Ask for a conversion without a file, as the page does; returns the code of the refusal."""
        headers = {"X-CSRFToken": token, "Origin": site.url}
        with pytest.raises(urllib.error.HTTPError) as refusal:
            self._open(urllib.request.Request(f"{site.url}{API}/conversions", b"to=webp", headers), timeout=10)
        with refusal.value:
            return str(json.load(refusal.value)["code"])


@pytest.fixture(scope="module")
def second() -> Iterator[Site]:
    with Site() as running:
        yield running


@pytest.fixture
def other(second: Site) -> Site:
    """A site beside the session's, which a test may end."""
    if second.process.poll() is not None:
        start_again(second)
    return second


def is_ready(site: Site) -> bool:
    return site.get("/readyz")[0] == 200


def runs_anew(site: Site, part: str, killed: psutil.Process) -> bool:
    try:
        return site.child(part) != killed
    except LookupError:
        return False


def start_again(site: Site) -> None:
    """Start a site whose supervisor is gone; returns when it says Ready."""
    command = [sys.executable, "manage.py", "up", "--port", str(site.port)]
    with site.log.open("wb") as output:
        site.process = subprocess.Popen(
            command, cwd=ROOT, env=environment(**site.settings), stdout=output, stderr=subprocess.STDOUT
        )
    wait_for(lambda: f"Ready: {site.url}\n" in site.log.read_text(), timeout=30, because="Ready")


@pytest.mark.parametrize("part", PARTS)
def test_a_part_that_is_killed_comes_back_and_the_site_is_ready_again(site: Site, part: str) -> None:
    wait_for(lambda: is_ready(site))
    killed = site.child(part)
    killed.kill()
    wait_for(lambda: runs_anew(site, part, killed), because=f"a new {part}")
    wait_for(lambda: is_ready(site), timeout=20, because="the site")


def test_a_second_start_with_the_same_data_folder_says_so(site: Site) -> None:
    second = up(site, free_port())
    assert second.returncode == 1
    assert second.stderr.startswith(f"Convertsite already runs with the data folder {site.data_dir}")
    assert len(second.stderr.splitlines()) == 1


def test_the_embedded_valkey_is_closed_to_others(site: Site) -> None:
    valkey = site.child("valkey")
    assert [connection for connection in valkey.net_connections("inet") if connection.status == "LISTEN"] == []
    sockets = [connection.laddr for connection in valkey.net_connections("unix") if connection.laddr]
    path = site.data_dir / "run" / "valkey.sock"
    assert str(path) in sockets
    assert path.stat().st_mode & 0o777 == 0o700
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_two_sites_stand_side_by_side(site: Site, other: Site) -> None:
    assert is_ready(site)
    assert is_ready(other)
    assert site.child("valkey").pid != other.child("valkey").pid


def test_two_sites_on_one_host_are_two_to_one_browser(site: Site, other: Site) -> None:
    browser = Browser()
    before = [browser.visit(one) for one in (site, other)]
    after = [browser.visit(one) for one in (site, other)]
    assert [page["topic"] for page in after] == [page["topic"] for page in before]
    assert len({page["topic"] for page in before}) == 2
    for one, page in zip((site, other), before, strict=True):
        assert browser.post_nothing(one, browser.cookie(page["csrfCookie"])) == "file_required"
        assert browser.post_nothing(one, "made-up") == "csrf_failed"


def test_nothing_is_left_when_the_supervisor_is_killed(other: Site) -> None:
    converting = start_long_conversion(other)
    processes = family(other)
    assert converting in processes
    other.process.kill()
    other.process.wait()
    wait_for(lambda: gone(processes), because="the end of all processes")


def test_a_signal_stops_all_within_ten_seconds(other: Site) -> None:
    converting = start_long_conversion(other)
    processes = family(other)
    assert converting in processes
    begun = time.monotonic()
    other.process.send_signal(signal.SIGTERM)
    assert other.process.wait(12) == 0
    assert time.monotonic() - begun < 10
    assert gone(processes)


@pytest.mark.parametrize("made", ["run", "secret_key", "db.sqlite3", "static"])
def test_ctrl_c_during_the_start_ends_all_in_silence(tmp_path: Path, made: str) -> None:
    command = [sys.executable, "manage.py", "up", "--port", str(free_port())]
    starting = subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment(DATA_DIR=str(tmp_path)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        wait_for((tmp_path / made).exists, timeout=30, because=made)
        os.killpg(starting.pid, signal.SIGINT)
        said, _ = starting.communicate(timeout=15)
    finally:
        starting.kill()
    assert len(said.splitlines()) <= 1, said
    with pytest.raises(ProcessLookupError):
        os.killpg(starting.pid, 0)
