"""HTTP on the layer's own server: bodies in and out are bounded, and nobody waits in its memory."""

import contextlib
import http.client

from tests.integration.realtime.tiny import TinyServer, post, request
from tests.integration.realtime.tiny_server import MAX_BODY, MEGABYTE, RESULT_MEGABYTES
from tests.waiting import wait_for


def test_a_body_up_to_the_limit_is_taken(tiny: TinyServer) -> None:
    head, body = post(tiny, request(MAX_BODY), b"x" * MAX_BODY)
    assert b" 200 " in head
    assert body.endswith(str(MAX_BODY).encode() + b"\r\n0\r\n\r\n")


def test_a_body_over_the_limit_is_refused_before_it_is_sent(tiny: TinyServer) -> None:
    with tiny.connect() as client:
        client.sendall(request(MAX_BODY + 1))
        answer = client.recv(65536)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b'"code": "body_too_large"' in answer
    assert b'"suggestion": "' in answer
    assert f'"max_bytes": {MAX_BODY}'.encode() in answer


def test_a_client_that_waits_for_a_continue_gets_the_refusal_alone(tiny: TinyServer) -> None:
    with tiny.connect() as client:
        client.sendall(request(MAX_BODY + 1, "Expect: 100-continue"))
        assert client.recv(65536).startswith(b"HTTP/1.1 413 ")


def test_a_client_that_sends_all_before_it_reads_gets_the_refusal_too(tiny: TinyServer) -> None:
    before = tiny.memory()
    size = 20 * MAX_BODY
    head, body = post(tiny, request(size), *[b"x" * MEGABYTE] * (size // MEGABYTE))
    assert head.startswith(b"HTTP/1.1 413 ")
    assert b"body_too_large" in body
    assert tiny.memory() - before < 10 * MEGABYTE


def test_a_body_without_a_length_is_refused_when_it_grows_over_the_limit(tiny: TinyServer) -> None:
    head = b"POST /length HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"%x\r\n%s\r\n" % (MEGABYTE, b"x" * MEGABYTE)
    answer, body = post(tiny, head, *[chunk] * 10, b"0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"body_too_large" in body


def test_a_body_without_a_length_is_taken_up_to_the_limit(tiny: TinyServer) -> None:
    head = b"POST /length HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    answer, body = post(tiny, head, b"5\r\nhello\r\n", b"0\r\n\r\n")
    assert b" 200 " in answer
    assert b"5" in body


def test_a_connection_serves_one_request_after_another(tiny: TinyServer) -> None:
    client = http.client.HTTPConnection("127.0.0.1", tiny.port, timeout=10)
    with contextlib.closing(client):
        for size in (10, 200_000, 0):
            client.request("POST", "/length", body=b"x" * size)
            assert client.getresponse().read() == str(size).encode()


# --- Bodies out


def test_a_result_arrives_whole(tiny: TinyServer) -> None:
    client = http.client.HTTPConnection("127.0.0.1", tiny.port, timeout=20)
    with contextlib.closing(client):
        client.request("GET", "/result")
        response = client.getresponse()
        for index in range(RESULT_MEGABYTES):
            assert response.read(MEGABYTE) == bytes([index]) * MEGABYTE
        assert response.read() == b""
    wait_for(lambda: tiny.said("result sent"))


def test_areader_that_never_reads_does_not_grow_the_server(tiny: TinyServer) -> None:
    before = tiny.memory()
    with tiny.connect() as client:
        client.sendall(b"GET /result HTTP/1.1\r\nHost: localhost\r\n\r\n")
        wait_for(lambda: tiny.said("result begun"))
        # Others are served meanwhile, and by then an unbounded server would have written it all.
        for _ in range(20):
            assert post(tiny, request(5), b"hello")[0].startswith(b"HTTP/1.1 200 ")
        assert tiny.memory() - before < 20 * MEGABYTE
        assert not tiny.said("result sent")
    wait_for(lambda: tiny.said("result sent"), because="the end of the response to a client that left")
