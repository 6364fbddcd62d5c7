"""What visitors may send and what it can become, told before they try."""

from typing import Any

from django.conf import settings

from conversions.catalog import routes

FORM_BYTES = 16 * 1024  # what a form has beside the file's content: boundaries, names, options


def max_file_bytes() -> int:
    """The largest file that a multipart form may carry."""
    return int(min(settings.MAX_UPLOAD_BYTES, settings.MAX_MULTIPART_BYTES - FORM_BYTES))


def offered_formats() -> list[dict[str, Any]]:
    """The formats as the API and the page's configuration show them."""
    return [
        {
            "id": each.id,
            "name": each.name,
            "extensions": list(each.extensions),
            "media_type": each.media_type,
            "kind": each.kind,
            "targets": [target.id for target in routes.targets(each)],
        }
        for each in routes.on_offer()
    ]
