"""`/healthz`: the process lives. `/readyz`: everything that a conversion needs answers."""

import time
from collections.abc import Callable

import redis
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache

from convertsite import liveness

OK = "ok"
GRACE = 30.0
"""Seconds after this process's start in which the worker for long work, which starts last, is not missed."""
_started_at = time.monotonic()


@never_cache
async def healthz(request: HttpRequest) -> HttpResponse:
    """Always 200: that it answers is the answer. Touches neither the database nor Valkey."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when all parts answer, else 503: `{status, checks}`, where a check is "ok" or a sentence."""
    checks = {name: check() for name, check in CHECKS.items()}
    ready = all(result == OK for result in checks.values())
    body = {"status": "ready" if ready else "not ready", "checks": checks}
    response = JsonResponse(body, status=200 if ready else 503)
    # Django would log an error for each 503, and whoever watches this asks every few seconds.
    setattr(response, "_has_been_logged", True)  # noqa: B010 (a private name that Django's stubs do not know)
    return response


def check_database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM django_migrations LIMIT 1")
    except DatabaseError:
        return "The database does not answer, or was never migrated."
    return OK


def check_valkey() -> str:
    try:
        liveness.valkey().ping()
    except redis.RedisError:
        return "Valkey does not answer."
    return OK


def check_part(part: str, grace: float = 0.0) -> Callable[[], str]:
    """The check of a part that leaves signs of life in Valkey, once this process is so many seconds old."""

    def check() -> str:
        if time.monotonic() < _started_at + grace:
            return OK
        try:
            alive = liveness.is_alive(part)
        except redis.RedisError:
            return f"Valkey does not answer, so nothing is known of {part}."
        return OK if alive else f"No sign of life from {part} in the last {liveness.KEPT_FOR} seconds."

    return check


CHECKS: dict[str, Callable[[], str]] = {
    "database": check_database,
    "valkey": check_valkey,
    "worker": check_part("worker"),
    "housekeeping": check_part("housekeeping"),
    "long": check_part("long", GRACE),
    "beat": check_part("beat"),
}
CONSEQUENCES = {
    "database": (True, "Look whether the database runs and has room; DATABASE_URL names it."),
    "valkey": (True, "Start Valkey again, or look at REDIS_URL; its log says why it stopped."),
    "worker": (True, "Start the worker again: nothing is converted without it. Its log says why it stopped."),
    "housekeeping": (False, "Start the worker of the queue housekeeping again: lost conversions are not taken up."),
    "long": (False, "Start the worker of the queue conversions.long again: films wait."),
    "beat": (False, "Start beat again: nothing is cleaned up, and lost conversions are not found."),
}
"""Whether people notice at once when a part is silent, and what to do."""
