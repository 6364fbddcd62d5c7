"""The pages. Without JavaScript they are a plain form and a list; with it, the client takes over from `config`."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_http_methods

from conversions.accounts.owners import conversions_of, owner_of, topic_of
from conversions.api import problems
from conversions.catalog import routes
from conversions.catalog.formats import KINDS
from conversions.errors import ConversionsError, FileRequired, UnderMaintenance
from conversions.jobs import maintenance, switches
from conversions.jobs.lifecycle import MOST_SOURCES
from conversions.jobs.representation import list_as_json
from conversions.jobs.states import ENDED, State
from conversions.names import MAX_LENGTH
from conversions.uploads import multipart
from conversions.uploads.offer import max_file_bytes, offered_formats, offered_joins
from realtime import client_version

NEWEST = 200


@gzip_page
@ensure_csrf_cookie
@require_http_methods(["GET", "HEAD", "POST"])
def convert(request: HttpRequest) -> HttpResponse:
    """The convert page; a POST of its form queues the files and comes back."""
    if not (settings.ANONYMOUS or request.user.is_authenticated):
        return redirect("login")
    if request.method != "POST":
        return _page(request)
    try:
        _convert_all(request)
    except ConversionsError as error:
        return _page(request, error)
    return redirect(f"{reverse('convert')}?watch")


def _convert_all(request: HttpRequest) -> None:
    files = request.FILES.getlist("file")
    if not files:
        raise FileRequired
    owner = owner_of(request)
    to, options = request.POST.get("to", ""), request.POST.get("options", "")
    if "combine" in request.POST:
        multipart.convert(owner, files, to, options, combine=True)
    else:
        multipart.convert_all(owner, files, to, options)


def _page(request: HttpRequest, error: ConversionsError | None = None) -> HttpResponse:
    switches.look()
    formats = offered_formats()
    readable = [each for each in formats if each["targets"]]
    written = {*routes.joins(), *(to for each in formats for to in each["targets"])}
    conversions = list_as_json(conversions_of(request).filter(deleted_at=None)[:NEWEST])
    config = _config(request)
    completed = [each for each in conversions if each["state"] == State.COMPLETED]
    closed = error if isinstance(error, UnderMaintenance) else maintenance.refusal()
    is_active = any(each["state"] not in ENDED for each in conversions)
    context = {
        "config": {**config, "formats": formats},
        "conversions": conversions,
        "expired": {each["id"] for each in completed if each["expires_at"] <= config["serverTime"]},
        "is_active": is_active,
        # A page that renews itself has no form, which it would empty, and no error, which it would forget.
        "renews": is_active and "watch" in request.GET and error is None,
        "readable": _by_kind(readable),
        "readable_kinds": routes.readable_kinds(),
        "readable_count": len(readable),
        "writable": _by_kind([each for each in formats if each["id"] in written]),
        "closed": closed.as_json() if closed else None,
        "error": error.as_json() if error and error is not closed else None,
    }
    response = render(request, "conversions/convert.html", context, status=error.status if error else 200)
    response["Cache-Control"] = "private, no-store"  # Back shows the list as it is, not as it was
    return problems.dressed(response, error) if error else response


def _by_kind(formats: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for each in formats:
        groups.setdefault(KINDS[each["kind"]], []).append(each)
    return groups


def _config(request: HttpRequest) -> dict[str, Any]:
    return {
        "api": "/api/v1",
        "csrfCookie": settings.CSRF_COOKIE_NAME,
        "events": "/ws/events/",
        "topic": topic_of(request, begin=True),
        "maxUploadBytes": max_file_bytes(),
        "maxNameLength": MAX_LENGTH,
        "kinds": KINDS,
        "joins": offered_joins(),
        "maxSources": MOST_SOURCES,
        "retentionHours": settings.RETENTION_HOURS,
        "clientVersion": client_version(),
        "serverTime": int(timezone.now().timestamp() * 1000),
    }
