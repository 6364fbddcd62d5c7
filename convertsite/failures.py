"""The page for what nobody foresaw, and for a database that cannot be used, as on a full disk."""

import sys

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.views.defaults import server_error

UNUSABLE = (
    "<!doctype html><html lang=en><meta charset=utf-8><title>Convertsite cannot be used now</title>"
    "<h1>Convertsite cannot keep anything just now</h1>"
    "<p>Its database does not take new entries; perhaps the disk is full. Try again in a few minutes; "
    "if it happens again, tell whoever runs this site.</p></html>"
)


def failed(request: HttpRequest) -> HttpResponse:
    """503 and a sentence if the database was the reason, else Django's 500. Needs neither database nor template."""
    if not isinstance(sys.exc_info()[1], DatabaseError):
        return server_error(request)
    return HttpResponse(UNUSABLE, status=503, headers={"Retry-After": "60", "Cache-Control": "no-store"})
