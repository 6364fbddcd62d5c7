"""A real worker of a running site, and its end by SIGKILL."""

import json
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing
from io import BytesIO
from typing import Any

import psutil
import pypdfium2
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


@pytest.mark.slow
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


def test_files_are_combined_into_one_pdf_that_opens_by_its_password(program: Program) -> None:
    files = [upload(slow_picture(300), "one.png"), upload(b"# Words\n", "two.md"), upload(name="three.png")]
    made = post(program, file=files, to="pdf", combine="true", options=json.dumps({"new_password": "secret"}))
    assert (made["state"], made["output"]["name"], made["options"]) == ("completed", "one.pdf", {"paper": "a4"})
    content = program.ask("GET", made["output"]["url"])[1]
    with pypdfium2.PdfDocument(content, "secret") as pdf:
        assert len(pdf) == 3
    parts = post(
        program, file=upload(content, "one.pdf"), to="zip", options=json.dumps({"password": "secret", "dpi": 36})
    )
    with zipfile.ZipFile(BytesIO(program.ask("GET", parts["output"]["url"])[1])) as archive:
        assert archive.namelist() == ["page-001.png", "page-002.png", "page-003.png"]
    refused = post(program, file=upload(content, "one.pdf"), to="zip")
    assert (refused["state"], refused["error"]["code"]) == ("failed", "password_needed")


def post(program: Program, **form: Any) -> dict[str, Any]:
    """The conversion of the form's files, when it has ended."""
    body = encode_multipart(BOUNDARY, form)
    status, answer = program.ask("POST", f"{API}/conversions", body, **{"Content-Type": MULTIPART_CONTENT})
    assert status == 201, answer
    address = f"{API}/conversions/{json.loads(answer)['id']}"
    return wait_for(lambda: ended(program, address), timeout=60, because=f"the end of {address}")
