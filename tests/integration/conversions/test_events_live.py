"""An event stream of a whole running site."""

import http.client
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from urllib.parse import urlencode

import pytest

from tests.integration.conversions.program import Program
from tests.integration.conversions.web import API, picture
from tests.integration.realtime.events import Parser
from tests.stack import Site
from tests.waiting import wait_for

STREAMS = 15


@pytest.fixture(scope="module")
def program(site: Site) -> Program:
    return Program(site, "streams")


@contextmanager
def stream(program: Program, **query: str) -> Iterator[http.client.HTTPResponse]:
    """An open stream of the program's topic."""
    with closing(http.client.HTTPConnection("127.0.0.1", program.site.port, timeout=20)) as connection:
        address = f"{API}/events?{urlencode({'topic': program.topic(), **query})}"
        connection.request("GET", address, headers=program.headers)
        with closing(connection.getresponse()) as response:
            assert response.status == 200
            yield response


def test_conversion_is_told_from_its_beginning_to_its_end_over_a_cut(program: Program) -> None:
    parser, kinds, offsets, position = Parser(), [], [], ""
    with stream(program) as response:
        while "subscribed" not in kinds:
            for event in parser.feed(response.read1(65536)):
                kinds += [message["type"] for message in event.messages]
                position = event.position or position
    made = program.convert(picture())
    parser, kinds = Parser(), []
    with stream(program, last_event_id=position) as response:
        while "conversion_completed" not in kinds:
            for event in parser.feed(response.read1(65536)):
                kinds += [message["type"] for message in event.messages]
                offsets += [message["offset"] for message in event.messages if "conversion_id" in message]
                assert all(message.get("conversion_id", made["id"]) == made["id"] for message in event.messages)
    finals = [kind for kind in kinds if kind.startswith("conversion_")]
    assert finals == ["conversion_queued", "conversion_started", "conversion_completed"]
    assert offsets == sorted(set(offsets))


def test_streams_hold_neither_threads_nor_connections_to_the_database(program: Program) -> None:
    web, database = program.site.child("web"), str(program.site.data_dir / "db.sqlite3")
    with ExitStack() as stack:
        for _ in range(STREAMS):
            assert stack.enter_context(stream(program)).readline().startswith(b"retry: ")
        wait_for(lambda: web.num_threads() < STREAMS, because="threads to be given back")
        wait_for(lambda: sum(file.path == database for file in web.open_files()) < 5, because="the same of files")
