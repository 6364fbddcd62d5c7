"""`/api/v1/formats`: what converts to what."""

from typing import Any

from django.http import HttpRequest
from ninja import Router

from conversions.api.schemas import FormatList
from conversions.uploads.offer import offered_formats

router = Router(tags=["formats"])


@router.get("/formats", response=FormatList, auth=None)
def list_formats(request: HttpRequest) -> dict[str, Any]:
    """All formats, and what each can be converted to. Anybody may ask."""
    items = offered_formats()
    return {"items": items, "count": len(items)}
