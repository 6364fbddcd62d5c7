"""`/api/v1/formats`: what converts to what, by which way and with which options."""

from typing import Any

from django.http import HttpRequest
from django.views.decorators.gzip import gzip_page
from ninja import Router
from ninja.decorators import decorate_view

from conversions.api.schemas import FormatDetailOut, FormatList, Problem
from conversions.catalog import formats, routes
from conversions.errors import NotFound
from conversions.jobs import switches
from conversions.uploads.offer import offered_format, offered_formats, offered_joins, offered_routes

router = Router(tags=["formats"])


@router.get("/formats", response=FormatList, auth=None)
def list_formats(request: HttpRequest) -> dict[str, Any]:
    """All formats, what each can be converted to, and what several files can be combined into. Anybody may ask."""
    switches.look()
    items = offered_formats()
    return {"items": items, "count": len(items), "joins": offered_joins()}


@router.get("/formats/{format_id}", response={200: FormatDetailOut, 404: Problem}, auth=None)
@decorate_view(gzip_page)
def get_format(request: HttpRequest, format_id: str) -> dict[str, Any]:
    """One format, with the way to each of its targets and the options there. Anybody may ask."""
    switches.look()
    found = formats.get(format_id)
    if found not in routes.on_offer():
        raise NotFound
    return {**offered_format(found), "routes": offered_routes(found)}
