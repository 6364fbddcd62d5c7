"""The pages for what cannot be read, for what nobody foresaw, and for a database that cannot be used (a full disk)."""

import sys

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views.defaults import server_error

from conversions.api.problems import as_error

UNUSABLE = (
    "<!doctype html><html lang=en><meta charset=utf-8><title>Convertsite cannot be used now</title>"
    "<h1>Convertsite cannot keep anything just now</h1>"
    "<p>Its database does not take new entries; perhaps the disk is full. Try again in a few minutes; "
    "if it happens again, tell whoever runs this site.</p></html>"
)


def refused(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What is wrong with a request that no view could read, and what to do about it."""
    error = as_error(exception)
    # Without the request, of which context processors would read more.
    return HttpResponse(render_to_string("400.html", {"error": error.as_json()}), status=error.status)


def missing(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's own would read a form that is sent to no page, which may be one that cannot be read."""
    return HttpResponse(render_to_string("404.html", request=request), status=404)


def failed(request: HttpRequest) -> HttpResponse:
    """503 and a sentence if the database was the reason, else Django's 500. Needs neither database nor template."""
    if not isinstance(sys.exc_info()[1], DatabaseError):
        return server_error(request)
    return HttpResponse(UNUSABLE, status=503, headers={"Retry-After": "60", "Cache-Control": "no-store"})
