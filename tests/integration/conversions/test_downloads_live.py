"""Downloads from a whole running site: large results, and readers who do not read."""

import os
import socket
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from tests.integration.conversions.program import Program
from tests.integration.conversions.web import API, picture
from tests.stack import Site
from tests.waiting import wait_for

MIB = 1024 * 1024
SIZE = 200 * MIB


@pytest.fixture(scope="module")
def program(site: Site) -> Program:
    return Program(site, "downloads")


@pytest.fixture(scope="module")
def large(program: Program) -> str:
    """The address of a result of 200 MiB."""
    url = program.convert(picture())["output"]["url"]
    output = max((program.site.data_dir / "media" / "outputs").rglob("*"), key=lambda path: path.stat().st_mtime_ns)
    os.truncate(output, SIZE)  # a hole, which costs no room on the disk
    return str(url)


def request(program: Program, address: str) -> socket.socket:
    """A connection on which the result was asked for, and whose small buffer nobody reads."""
    site = urlsplit(program.site.url)
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
    connection.settimeout(20)
    connection.connect((site.hostname, site.port))
    lines = [f"GET {address} HTTP/1.1", f"Host: {site.netloc}", f"Authorization: {program.headers['Authorization']}"]
    connection.sendall("\r\n".join([*lines, "Connection: close", "", ""]).encode())
    return connection


def held(process: psutil.Process, folder: Path) -> list[str]:
    """The results that the process holds open."""
    return [file.path for file in process.open_files() if Path(file.path).is_relative_to(folder)]


def test_reader_who_never_reads_costs_no_memory(program: Program, large: str) -> None:
    web, outputs = program.site.child("web"), program.site.data_dir / "media" / "outputs"
    program.ask("GET", f"{API}/conversions")
    before = web.memory_info().rss
    with request(program, large) as connection:
        assert connection.recv(15) == b"HTTP/1.1 200 OK"
        wait_for(lambda: _rests(web), because="the server to stop sending")
        assert web.memory_info().rss - before < 20 * MIB
        assert held(web, outputs)
        assert program.ask("GET", f"{API}/formats")[0] == 200
    wait_for(lambda: not held(web, outputs), because="the file to be closed after the reader left")


def test_large_result_arrives_whole(program: Program, large: str) -> None:
    web, received = program.site.child("web"), 0
    before = web.memory_info().rss
    with request(program, large) as connection, connection.makefile("rb") as answer:
        headers = dict(line.split(b": ", 1) for line in iter(lambda: answer.readline().strip(), b"") if b": " in line)
        while piece := answer.read(MIB):
            received += len(piece)
    assert int(headers[b"Content-Length"]) == received == SIZE
    assert web.memory_info().rss - before < 20 * MIB


def _rests(process: psutil.Process) -> bool:
    """Whether the process read nothing for a quarter of a second."""
    before = process.io_counters().read_chars
    process.cpu_percent(interval=0.25)
    return process.io_counters().read_chars - before < 64 * 1024
