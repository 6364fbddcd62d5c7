"""Large documents by a real worker of a running site, within the limits of its converter processes."""

import json
from typing import Any

import pytest
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from tests.integration.conversions.program import ENDED, Program
from tests.integration.conversions.web import API, upload
from tests.stack import Site
from tests.waiting import wait_for

pytestmark = pytest.mark.slow
BOOK = "".join(f"# Chapter {number}\n\nSome *words* of it.\n\n" for number in range(15_000)).encode()


@pytest.fixture(scope="module")
def program(site: Site) -> Program:
    return Program(site, "documents")


def seen(program: Program, content: bytes, name: str, to: str) -> list[dict[str, Any]]:
    """A conversion as it was whenever it was looked at, from its beginning to its end."""
    form = encode_multipart(BOUNDARY, {"file": upload(content, name), "to": to})
    status, body = program.ask("POST", f"{API}/conversions", form, **{"Content-Type": MULTIPART_CONTENT})
    assert status == 201, body
    found = [json.loads(body)]

    def has_ended() -> bool:
        found.append(json.loads(program.ask("GET", f"{API}/conversions/{found[0]['id']}")[1]))
        return found[-1]["state"] in ENDED

    wait_for(has_ended, timeout=120, because="the conversion's end")
    return found


def test_a_table_of_ten_thousand_rows_becomes_pages(program: Program) -> None:
    names = ",".join(f"column {number}" for number in range(8))
    rows = (f"name {i},{i * 1.5},2026-01-02,some words {i},{i},true,x{i}y,{i % 97}" for i in range(10_000))
    *_, last = seen(program, "\n".join([names, *rows]).encode(), "table.csv", "pdf")
    assert (last["state"], last["error"]) == ("completed", None)


def test_a_document_s_progress_is_an_estimate_from_the_runs_before(program: Program) -> None:
    first, second = (seen(program, BOOK, "book.md", "docx") for _ in range(2))
    assert {each["state"] for each in (first[-1], second[-1])} == {"completed"}
    assert {each["progress"] for each in second} == {"estimated"}

    def percents(looks: list[dict[str, Any]]) -> list[float]:
        return [each["percent"] for each in looks if each["state"] == "running" and each["percent"] is not None]

    told = percents(second)
    assert not any(0 < percent < 99 for percent in percents(first))
    assert any(0 < percent < 99 for percent in told)
    assert told == sorted(told)
