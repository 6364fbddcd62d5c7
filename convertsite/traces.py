"""Gives each request and each run of a task an id, which the log's lines carry from there on."""

import logging
import time
from collections.abc import Callable
from typing import Any

import structlog
from celery.signals import task_prerun
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from conversions.tracing import DIGITS, new_request_id

logger = logging.getLogger(__name__)
HEADER = "X-Request-ID"


def request_ids(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: an id of our own, in the answer's `X-Request-ID` too, and a line for what changed or went wrong."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        request_id, began = new_request_id(), time.monotonic()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        response = get_response(request)
        response[HEADER] = request_id
        _tell(request, response, time.monotonic() - began)
        return response

    return middleware


def _tell(request: HttpRequest, response: HttpResponseBase, seconds: float) -> None:
    reads, failed = request.method in ("GET", "HEAD"), response.status_code >= 400
    told = {
        "method": request.method,
        # Not the path, in which anything may stand.
        "route": request.resolver_match.route if request.resolver_match else "",
        "status": response.status_code,
        "seconds": round(seconds, 3),
    }
    if not getattr(response, "_has_been_logged", False) or not failed:
        logger.log(logging.DEBUG if reads else logging.INFO, "request", extra=told)


@task_prerun.connect
def bind_task(task_id: str, task: Any, **kwargs: Any) -> None:
    """What a task logs carries its name and an id of the run, until it says whose request it works for."""
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=task_id.replace("-", "")[:DIGITS], task=task.name)
