"""Bodies in pieces, and waiting for a slow client."""

import asyncio
import io
from typing import Any

import pytest

from realtime.server import pieces
from realtime.server_http import PIECE, Outflow, RequestBody


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
