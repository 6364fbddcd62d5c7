"""`/api/v1/events`: what happens to one's conversions, live, for networks that block WebSockets."""

from typing import Annotated, Any

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.db import connections
from django.http import StreamingHttpResponse
from ninja import Header, Query, Router

from conversions.accounts.lookup import identify
from conversions.api.conversions import problems
from conversions.api.errors import RequestInvalid
from realtime import event_stream

router = Router(tags=["events"])
STREAM = {"description": "Server-sent events", "content": {"text/event-stream": {}}}
EITHER: list[dict[str, list[str]]] = [{"Bearer": []}, {"Session": []}]


@router.get(
    "/events",
    auth=None,  # asked below: a stream, unlike a list, makes no visitor out of a stranger
    response={200: None, **problems(400, 404, 422, 429)},
    openapi_extra={"responses": {200: STREAM}, "security": EITHER},
)
async def follow_events(
    request: ASGIRequest,
    topic: Annotated[str, Query(max_length=128)],
    last_event_id: Annotated[str, Header(alias="Last-Event-ID")] = "",
    start: Annotated[str, Query(alias="last_event_id")] = "",
) -> StreamingHttpResponse:
    """Follow a topic as server-sent events. `last_event_id` is for who cannot send the header, which goes before it."""
    if len(request.GET.getlist("topic")) > 1:
        raise RequestInvalid(fields="topic: one at a time")
    who = await sync_to_async(_identify)(request)
    return await event_stream({**request.scope, **who}, topic, last_event_id or start)


def _identify(request: ASGIRequest) -> dict[str, Any]:
    """Who asks. The thread, and a database connection that it keeps, would be held as long as the stream lasts."""
    try:
        return identify(request, strangers_welcome=False)
    finally:
        for connection in connections.all(initialized_only=True):
            if not connection.in_atomic_block:
                connection.close()
