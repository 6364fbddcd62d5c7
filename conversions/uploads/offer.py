"""What visitors may send and what it can become, told before they try."""

from typing import Any

from django.conf import settings

from conversions.catalog import options, routes
from conversions.catalog.formats import Format

FORM_BYTES = 16 * 1024  # what a form has beside the file's content: boundaries, names, options


def max_file_bytes() -> int:
    """The largest file that a multipart form may carry."""
    return int(min(settings.MAX_UPLOAD_BYTES, settings.MAX_MULTIPART_BYTES - FORM_BYTES))


def offered_formats() -> list[dict[str, Any]]:
    """The formats as the API and the page's configuration show them."""
    return [offered_format(each) for each in routes.on_offer()]


def offered_format(format: Format) -> dict[str, Any]:
    """One of them."""
    return {
        "id": format.id,
        "name": format.name,
        "extensions": list(format.extensions),
        "media_type": format.media_type,
        "kind": format.kind,
        "targets": [target.id for target in routes.targets(format)],
    }


def offered_joins() -> list[dict[str, Any]]:
    """What several files together can become: what each of them may be, None: anything, and the options there."""
    return [
        {
            "to": to,
            "sources": None if parts is None else [each.id for each in parts],
            "options": options.json_schema(routes.Route((join,))),
        }
        for to, join in routes.joins().items()
        for parts in [routes.joinable(join)]
    ]


def offered_routes(source: Format) -> list[dict[str, Any]]:
    """The way to each target: the formats on it, from the first to the last, and its options as a JSON Schema."""
    found = (routes.find(source, target.id) for target in routes.targets(source))
    return [{"to": each.target.id, "steps": each.format_ids, "options": options.json_schema(each)} for each in found]
