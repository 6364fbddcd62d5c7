"""Server-sent events: a topic over plain HTTP, for networks that block WebSockets.

Nothing is held before Django iterates over the response, and all is given back when it stops, whoever ended it.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextvars import Context
from typing import Any

from asgiref.sync import SyncToAsync
from django.http import StreamingHttpResponse

from realtime import hub
from realtime.auth import Scope, address_of, credential_of, header, origin_allowed, owner_of
from realtime.conf import conf
from realtime.errors import OriginRefused, RealtimeError, TooManyAttempts, TopicNotFound
from realtime.feeds import allowed
from realtime.prepared import CUT, PROGRESS
from realtime.progress import unknown
from realtime.protocol import SubscribeTopic
from realtime.stream import CLIENT_LEFT, Stream, position_of

HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # the latter for nginx


async def event_stream(scope: Scope, topic: str, last_event_id: str = "") -> StreamingHttpResponse:
    """A response that tells what happens in a topic, from the position `epoch:offset` on if one is given.

    The scope is the request's, with what `Topic.authorize`, `REALTIME_OWNER` and `REALTIME_RECHECK` look at. Raises
    `InvalidPosition`, `OriginRefused`, `TopicNotFound`, `TooManyConnections` or `TooManyAttempts`; what goes wrong
    later is told in the stream, and ends it. So do 1 MiB, five minutes, a stop of the server, and a reader for whom too
    much waits: its client comes back with the position that it has.
    """
    since = position_of(last_event_id)
    if not origin_allowed(scope):
        raise OriginRefused(origin=header(scope, b"origin")[:200])
    if await allowed(scope, topic) is None:
        raise TopicNotFound(topic=topic)
    asked = SubscribeTopic(topic=topic)
    if since is not None:
        asked = SubscribeTopic(topic=topic, epoch=since.epoch, offset=since.offset)
    woken = asyncio.Event()
    stream = _stream(scope, woken.set)
    _outside(hub.current).check(stream)
    if hub.refuses(scope):
        raise TooManyAttempts(limit=conf.MAX_CONNECTS_PER_SECOND)
    return EventStreamResponse(_chunks(stream, scope, asked, woken))


class EventStreamResponse(StreamingHttpResponse):
    """Django closes what it iterates over when the client leaves; that has to be the stream itself, and not what
    Django would wrap around it."""

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        super().__init__(chunks, content_type="text/event-stream", headers=HEADERS)
        self._chunks = chunks

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._chunks


def _stream(scope: Scope, wake: Callable[[], None]) -> Stream:
    return Stream(
        owner=owner_of(scope),
        address=address_of(scope),
        user_agent=header(scope, b"user-agent"),
        credential=credential_of(scope),
        now=time.monotonic(),
        wake=wake,
        cut=scope.get("extensions", {}).get(CUT),
        look=scope.get("extensions", {}).get(PROGRESS, unknown),
    )


def _give_thread_back() -> None:
    """Django keeps a thread for each request's synchronous parts until the response has ended. It gets another one for
    the end of this one."""
    request = SyncToAsync.thread_sensitive_context.get(None)
    if request and (executor := SyncToAsync.context_to_thread_executor.pop(request, None)):
        executor.shutdown(wait=False)


async def _chunks(stream: Stream, scope: Scope, asked: SubscribeTopic, woken: asyncio.Event) -> AsyncIterator[bytes]:
    _give_thread_back()
    layer = _outside(hub.current)
    try:
        _outside(lambda: _begin(layer, stream, scope, asked))
        while True:
            woken.clear()
            while (chunk := stream.next_chunk(time.monotonic())) is not None:
                yield chunk
            if stream.close_code is not None:
                return
            await woken.wait()
    finally:
        layer.close(stream, CLIENT_LEFT if stream.close_code is None else stream.close_code)


def _begin(layer: hub.Hub, stream: Stream, scope: Scope, asked: SubscribeTopic) -> None:
    try:
        layer.open(stream)
    except RealtimeError as error:  # others came between the look at the limits and now
        stream.refuse(error)
    else:
        layer.feeds.subscribe(stream, scope, asked, None)


def _outside(work: Callable[[], Any]) -> Any:
    """Call in an empty context: what starts there outlives this request, whose own has a thread that ends with it."""
    return Context().run(work)
