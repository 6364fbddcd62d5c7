"""Bad input of a whole running site: what the worker, the server or a socket has to refuse."""

import http.client
import json
import socket
import struct
import zlib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from conversions.api.errors import BodyTooLarge
from conversions.api.problems import problem
from tests.integration.conversions.program import Program
from tests.integration.conversions.web import API, picture, upload
from tests.stack import Site
from tests.waiting import wait_for


@pytest.fixture(scope="module")
def program(site: Site) -> Program:
    return Program(site, "bad-input")


@pytest.fixture(scope="module")
def stranger(site: Site) -> Program:
    return Program(site, "stranger")


def bomb(side: int = 46_000) -> bytes:
    """A real PNG of two thousand million black pixels, in about 300 KB."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    packer, row = zlib.compressobj(9), bytes(1 + side // 8)
    pixels = b"".join(packer.compress(row * 1_000) for _ in range(side // 1_000)) + packer.flush()
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def kept(program: Program) -> list[Path]:
    """What lies where uploads come to lie; beside it the database and Valkey have files that come and go."""
    return [path for name in ("work", "media") for path in files(program.site.data_dir / name)]


def assert_failed(conversion: dict[str, Any], code: str) -> None:
    assert conversion["state"] == "failed"
    assert conversion["error"]["code"] == code
    assert conversion["error"]["suggestion"]
    assert conversion["output"] is None
    assert conversion["percent"] != 100


def assert_unharmed(program: Program) -> None:
    """The worker goes on converting, and nothing lies about."""
    wait_for(lambda: not files(program.site.data_dir / "work"), because="empty work folders")
    worker = program.site.child("worker").pid
    assert program.convert(picture())["state"] == "completed"
    assert program.site.child("worker").pid == worker


def test_truncated_jpeg(program: Program) -> None:
    whole = picture("JPEG", (800, 600))
    assert_failed(program.convert(whole[: len(whole) // 2], "cut.jpg"), "damaged_file")
    assert_unharmed(program)


def test_picture_of_two_gigapixels(program: Program) -> None:
    content = bomb()
    assert len(content) < 400_000
    assert_failed(program.convert(content, "bomb.png"), "too_many_pixels")
    assert_unharmed(program)


def test_png_that_is_named_jpg_is_converted(program: Program) -> None:
    conversion = program.convert(picture(), "photo.jpg")
    assert conversion["state"] == "completed"
    assert conversion["sources"][0]["format"] == "png"
    status, content = program.ask("GET", conversion["output"]["url"])
    assert (status, content[8:12]) == (200, b"WEBP")


def test_body_over_the_limit_is_refused_before_it_is_sent(program: Program) -> None:
    address = urlsplit(program.site.url)
    before = kept(program)
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        lines = [f"POST {API}/conversions HTTP/1.1", f"Host: {address.netloc}", "Content-Length: 3000000000"]
        connection.sendall("\r\n".join([*lines, "Content-Type: multipart/form-data; boundary=x", "", ""]).encode())
        head, _, body = connection.recv(65_536).partition(b"\r\n\r\n")
    assert b" 413 " in head.splitlines()[0]
    assert b"application/problem+json" in head
    document, of_the_api = json.loads(body), json.loads(problem(BodyTooLarge()).content)
    assert document.keys() == of_the_api.keys()
    for field in ("type", "title", "status", "code"):
        assert document[field] == of_the_api[field]
    assert set(kept(program)) <= set(before)


def test_form_that_comes_in_chunks_is_one_like_any_other(program: Program) -> None:
    form = encode_multipart(BOUNDARY, {"file": upload(), "to": "webp"})
    address = urlsplit(program.site.url)
    connection = http.client.HTTPConnection(address.netloc, timeout=20)
    headers = {**program.headers, "Content-Type": MULTIPART_CONTENT}
    connection.request("POST", f"{API}/conversions", iter([form[:50], form[50:]]), headers, encode_chunked=True)
    answer = connection.getresponse()
    assert answer.status == 201, answer.read()
    assert json.load(answer)["sources"][0]["size"] == len(picture())
    connection.close()


@pytest.mark.parametrize("path", ["/", f"{API}/conversions", "/nowhere"])
def test_content_type_of_no_encoding_is_an_answer_like_any_other(program: Program, path: str) -> None:
    told = program.site.log.read_text()
    content_type = "multipart/form-data; boundary=B; charset*=undefined''x"
    status, _ = program.ask("POST", path, b"x", **{"Content-Type": content_type})
    assert 400 <= status < 500
    assert "Traceback" not in program.site.log.read_text()[len(told) :]


def receive(connection: ClientConnection, kind: str) -> dict[str, Any]:
    """The next message of that type. A frame holds one message or a list of them."""
    while True:
        frame = json.loads(connection.recv(timeout=10))
        for message in frame if isinstance(frame, list) else [frame]:
            if message["type"] == kind:
                return dict(message)


def subscribe(connection: ClientConnection, topic: str) -> None:
    connection.send(json.dumps({"type": "subscribe", "topics": [{"topic": topic}]}))


def test_somebody_elses_topic_is_as_one_that_does_not_exist(program: Program, stranger: Program) -> None:
    answers = []
    for topic in (program.topic(), "owner.nobody", "no-such-topic", "owner."):
        with stranger.events() as connection:
            subscribe(connection, topic)
            answers.append(json.dumps(receive(connection, "error")).replace(topic, "TOPIC"))
    assert json.loads(answers[0])["code"] == "topic_not_found"
    assert json.loads(answers[0])["suggestion"]
    assert len(set(answers)) == 1
    with program.events() as connection:
        subscribe(connection, program.topic())
        assert receive(connection, "subscribed")["topic"] == program.topic()


def test_stranger_without_a_session_subscribes_to_nothing(program: Program) -> None:
    with connect(f"{program.site.url.replace('http', 'ws', 1)}/ws/events/", proxy=None) as connection:
        for topic in (program.topic(), "owner."):
            subscribe(connection, topic)
            assert receive(connection, "error")["code"] == "topic_not_found"


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1.evil.example"])
def test_foreign_origin_is_told_and_closed(program: Program, origin: str) -> None:
    with program.events(origin=origin) as connection:
        assert receive(connection, "error")["suggestion"]
        with pytest.raises(ConnectionClosed):
            receive(connection, "connection_established")
        assert connection.close_code == 4403


def test_own_origin_is_welcome(program: Program) -> None:
    with program.events(origin=program.site.url) as connection:
        assert receive(connection, "connection_established")["connection_id"]


@pytest.mark.parametrize(
    "frame",
    [
        "not JSON",
        '"text"',
        "[]" * 2,
        '{"type": "no_such_type"}',
        '{"no": "type"}',
        '{"type": "subscribe"}',
        '{"type": "subscribe", "topics": "owner.x"}',
        '{"type": "ping", "sent_at": "now"}',
        json.dumps({"type": "ping", "sent_at": 1, "id": "x" * 20_000}),
        b"\x00\xff binary",
    ],
)
def test_wrong_frame_is_answered_by_an_error(program: Program, frame: str | bytes) -> None:
    with program.events() as connection:
        receive(connection, "connection_established")
        connection.send(frame)
        error = receive(connection, "error")
        assert error["code"]
        assert error["message"]
        assert error["suggestion"]


def test_wrong_token_is_told_and_closed(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "headers", {"Authorization": "Bearer wrong"})
    with program.events() as connection:
        assert receive(connection, "error")["code"] == "token_invalid"
        with pytest.raises(ConnectionClosed):
            connection.recv(timeout=10)
        assert connection.close_code == 4401


def test_socket_to_nowhere_is_refused(program: Program) -> None:
    with pytest.raises(InvalidStatus), connect(f"{program.site.url.replace('http', 'ws', 1)}/ws/x/", proxy=None):
        pass
    assert "Traceback" not in program.site.log.read_text()
