"""Bodies in pieces, and waiting for a slow client."""

import asyncio
import codecs
import contextlib
import io
from typing import Any

import pytest
from django.core.exceptions import BadRequest
from django.core.handlers.asgi import ASGIRequest
from django.http.multipartparser import MultiPartParserError
from hypothesis import example, given
from hypothesis import strategies as st

from realtime.server import pieces
from realtime.server_http import PIECE, Outflow, RequestBody, readable_content_type


async def read_all(body: RequestBody) -> list[dict[str, Any]]:
    messages = [await body.get()]
    while messages[-1]["more_body"]:
        messages.append(await body.get())
    return messages


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE])
async def test_a_request_body_comes_whole_and_in_pieces(size: int) -> None:
    content = bytes(index % 251 for index in range(size))
    messages = await read_all(RequestBody(io.BytesIO(content)))
    assert b"".join(message["body"] for message in messages) == content
    assert max(len(message["body"]) for message in messages) <= PIECE


async def test_a_request_body_is_read_only_as_the_application_asks() -> None:
    spool = io.BytesIO(b"x" * 10 * PIECE)
    body = RequestBody(spool)
    await body.get()
    assert spool.tell() == PIECE


async def test_the_disconnection_comes_after_the_body() -> None:
    body = RequestBody(io.BytesIO(b"abc"))
    body.put_nowait({"type": "http.request", "body": b"", "more_body": False})
    body.put_nowait({"type": "http.disconnect"})
    assert (await body.get())["body"] == b"abc"
    assert (await body.get())["type"] == "http.disconnect"


async def test_a_body_that_was_given_up_says_so_at_once() -> None:
    body = RequestBody(io.BytesIO(b"x" * 3 * PIECE))
    await body.get()
    body.put_nowait({"type": "http.disconnect"})
    body.close()
    assert (await body.get())["type"] == "http.disconnect"


async def test_a_response_waits_while_the_client_does_not_read() -> None:
    outflow = Outflow()
    await outflow.wait()
    outflow.pauseProducing()
    waiting = asyncio.create_task(outflow.wait())
    await asyncio.sleep(0)
    assert not waiting.done()
    outflow.resumeProducing()
    await asyncio.wait_for(waiting, 1)


async def test_a_response_waits_no_longer_when_the_connection_is_lost() -> None:
    outflow = Outflow()
    outflow.pauseProducing()
    waiting = asyncio.create_task(outflow.wait())
    outflow.stopProducing()
    await asyncio.wait_for(waiting, 1)


@pytest.mark.parametrize("more", [True, False])
@pytest.mark.parametrize("size", [0, 1, PIECE, PIECE + 1, 5 * PIECE - 1])
def test_a_response_body_is_cut_into_pieces_and_ends_where_it_ended(size: int, more: bool) -> None:
    content = b"x" * size
    parts = list(pieces({"type": "http.response.body", "body": content, "more_body": more}))
    assert b"".join(part["body"] for part in parts) == content
    assert max(len(part["body"]) for part in parts) <= PIECE
    assert [part["more_body"] for part in parts] == [True] * (len(parts) - 1) + [more]


# --- Content types

PARTS = [
    "charset",
    "x",
    "*",
    "*0*",
    "*1",
    "=",
    ";",
    ",",
    "'",
    "''",
    '"',
    "%00",
    "%ff",
    "%41",
    " ",
    "text/plain",
    "9" * 4301,
]
NOT_OF_TEXT = ["hex", "rot-13", "idna", "punycode", "undefined"]
"""At which Django fails only if it has to decode something."""
ENCODINGS = ["utf-8", "latin-1", "utf-16", "unicode_escape", "bogus", *NOT_OF_TEXT]
FORM = b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n\xff\r\n--b--\r\n'
lines_of_parts = st.lists(st.sampled_from(PARTS + ENCODINGS), max_size=12).map(lambda parts: "".join(parts).encode())
of_this_shape = st.builds(
    "{}; {}{}={}{}".format,
    st.sampled_from(["text/plain", "multipart/form-data; boundary=b"]),
    st.sampled_from(["charset", "x"]),
    st.sampled_from(["", "*", "*0*", "*0"]),
    st.sampled_from([*ENCODINGS, ""]),
    st.sampled_from(["", "''", "'en'%41", "''%00", "''utf-8", "''hex", "\x00"]),
).map(str.encode)
content_types = st.lists(lines_of_parts | of_this_shape | st.binary(max_size=40), min_size=1, max_size=3)


def read_by_django(lines: list[bytes]) -> str | None:
    """A request's encoding as Django has it, after all that it does with it."""
    headers = [(b"content-type", line) for line in lines]
    headers.append((b"content-length", b"%d" % len(FORM)))
    scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"a=%ff%41", "headers": headers}
    request = ASGIRequest(scope, io.BytesIO(FORM))
    assert len(request.GET) == 1
    with contextlib.suppress(BadRequest, MultiPartParserError):  # are answered with 400
        assert len(request.POST) < 2
    return request.encoding


@given(content_types)
@example([b"text/plain; charset*=utf-8''%00"])
@example([b"text/plain", b"a; x*=bogus'en'%41"])
@example([b"multipart/form-data; boundary=b; charset=hex"])
@example([b"multipart/form-data; boundary=b; charset=undefined"])
@example([b"multipart/form-data; boundary=b; charset=idna"])
@example([b"text/plain; charset=hex"])
def test_django_reads_every_content_type_and_what_it_can_read_is_left_alone(lines: list[bytes]) -> None:
    left = readable_content_type(lines)
    encoding = read_by_django([left])
    try:
        as_it_came = read_by_django(lines)
    except Exception:  # noqa: BLE001 (of any kind)
        assert b";" not in left
    else:
        is_odd = as_it_came is not None and codecs.lookup(as_it_came).name in NOT_OF_TEXT
        assert is_odd or (left, encoding) == (b",".join(lines), as_it_came)
