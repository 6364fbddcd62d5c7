"""One id leads from a request to the process that converts, and the log keeps to itself what is nobody's business."""

import json

import psutil
import pytest
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from tests.integration.conversions.program import Program
from tests.integration.conversions.test_worker_live import converter, slow_picture
from tests.integration.conversions.web import API, upload
from tests.stack import Site
from tests.waiting import wait_for

ADDRESS = "203.0.113.77"


@pytest.fixture(scope="module")
def program(site: Site) -> Program:
    return Program(site, "logged")


def lines(site: Site, *parts: str) -> list[str]:
    return [line for line in site.log.read_text().splitlines() if all(part in line for part in parts)]


def queue(program: Program, content: bytes, name: str) -> str:
    form = encode_multipart(BOUNDARY, {"file": upload(content, name), "to": "webp"})
    headers = {"Content-Type": MULTIPART_CONTENT, "X-Forwarded-For": ADDRESS, "User-Agent": "Confidential/1.0"}
    status, body = program.ask("POST", f"{API}/conversions", form, **headers)
    assert status == 201
    return str(json.loads(body)["id"])


def variable(process: psutil.Process, name: str) -> str | None:
    try:
        return process.environ().get(name)
    except psutil.Error:
        return None


def test_one_id_leads_from_the_request_to_the_converter_process(site: Site, program: Program) -> None:
    conversion = queue(program, slow_picture(), "Confidential plans.png")
    request_id = conversion.replace("-", "")[:12]
    process = wait_for(lambda: converter(site), because="the converter process")
    assert variable(process, "REQUEST_ID") == request_id
    ours = f"request_id={request_id}"
    wait_for(lambda: lines(site, ours, "conversion completed"), timeout=60, because="the end in the log")
    assert lines(site, "web ", "POST", "status=201", ours)
    assert lines(site, "worker ", "conversion started", ours, f"conversion={conversion}", "attempt=1")
    assert lines(site, "worker ", "converter started", ours, f"pid={process.pid}", "engine=")


def test_no_name_address_or_token_is_logged_in_the_life_of_a_job(site: Site, program: Program) -> None:
    broken = slow_picture(64)[:200]
    failed = queue(program, broken, "Confidential report.png")
    ours = f"request_id={failed.replace('-', '')[:12]}"
    wait_for(lambda: lines(site, ours, "conversion failed", "error=", "code="), timeout=30, because="the failure")
    done = program.convert(slow_picture(64), "Confidential photo.png")
    program.ask("GET", done["output"]["url"])
    program.ask("GET", f"{API}/conversions/{done['id']}?token=Confidential")
    with program.events() as events:
        events.send("no JSON Confidential")
        wait_for(lambda: lines(site, "connection closed", "code=4400"), because="the connection's end in the log")
    token = program.headers["Authorization"].removeprefix("Bearer ")
    for private in ("Confidential", ADDRESS, token):
        assert not lines(site, private)
