"""A real worker of a running site, and its end by SIGKILL."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from io import BytesIO
from typing import Any

import psutil
import pytest
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from PIL import Image

from tests.integration.conversions.program import Program
from tests.integration.conversions.web import API, upload
from tests.stack import Site
from tests.waiting import wait_for


@pytest.fixture
def program(site: Site) -> Iterator[Program]:
    """A user of the site, which has a worker again afterwards."""
    program = Program(site, "worker-test")
    yield program
    wait_for(lambda: program.ask("GET", "/readyz")[0] == 200, timeout=30, because="a worker")


def slow_picture(width: int = 1_500) -> bytes:
    """A PNG whose AVIF takes a second or two; more in proportion to its width."""
    file = BytesIO()
    Image.effect_noise((width, 1_000), 60).save(file, "PNG", compress_level=1)
    return file.getvalue()


def queue(program: Program, content: bytes) -> str:
    form = encode_multipart(BOUNDARY, {"file": upload(content), "to": "avif"})
    status, body = program.ask("POST", f"{API}/conversions", form, **{"Content-Type": MULTIPART_CONTENT})
    assert status == 201, body
    return f"{API}/conversions/{json.loads(body)['id']}"


def get(program: Program, address: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(program.ask("GET", address)[1])
    return found


def converter(site: Site) -> psutil.Process | None:
    for process in psutil.Process(site.process.pid).children(recursive=True):
        try:
            if "conversions.sandbox.child" in process.cmdline():
                return process
        except psutil.NoSuchProcess:
            continue
    return None


def no_longer_runs(process: psutil.Process) -> bool:
    """Gone, or waiting for whoever inherited it to take note of its end."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def let_lease_run_out(site: Site, address: str) -> None:
    """As 40 seconds would."""
    key = address.rpartition("/")[2].replace("-", "")
    with closing(sqlite3.connect(site.data_dir / "db.sqlite3", timeout=20)) as database, database:
        changed = database.execute(
            "UPDATE conversions_conversion SET lease_until = '2020-01-01 00:00:00' WHERE id = ? AND state = 'running'",
            [key],
        )
        assert changed.rowcount == 1


def worker_of(process: psutil.Process) -> psutil.Process:
    """Who began it: the first process of the worker."""
    worker = process.parents()[1]
    assert "worker" in worker.cmdline()
    return worker


def test_a_worker_says_what_converters_are_kept_from(site: Site) -> None:
    wait_for(lambda: "converter processes: " in site.log.read_text(), timeout=30, because="the worker's line")


def test_what_a_killed_worker_left_is_converted_by_another(site: Site, program: Program) -> None:
    address = queue(program, slow_picture())
    process = wait_for(lambda: converter(site), because="the converter process")
    worker_of(process).kill()
    wait_for(lambda: no_longer_runs(process), timeout=2, because="the converter's end")
    assert get(program, address)["state"] == "running"
    let_lease_run_out(site, address)
    done = wait_for(lambda: ended(program, address), timeout=60, because="the second attempt")
    assert (done["state"], done["attempt"]) == ("completed", 2)


def test_a_worker_that_stops_hands_back_what_it_has_no_time_to_finish(site: Site, program: Program) -> None:
    address = queue(program, slow_picture(8_000))
    process = wait_for(lambda: converter(site), because="the converter process")
    worker_of(process).terminate()
    wait_for(lambda: get(program, address)["attempt"] == 2, timeout=10, because="another attempt")
    assert no_longer_runs(process)
    done = wait_for(lambda: ended(program, address), timeout=90, because="the second attempt")
    assert (done["state"], done["attempt"]) == ("completed", 2)


def ended(program: Program, address: str) -> dict[str, Any] | None:
    conversion = get(program, address)
    return conversion if conversion["state"] in {"completed", "failed", "cancelled"} else None
