"""Looking after the connection records: what beat's tasks do, as plain functions."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from realtime.conf import conf
from realtime.models import ConnectionRecord, ConnectionState

CLOSED_KEPT = timedelta(days=1)


def check_connections() -> int:
    """Mark as stale what its process has not reported for an interval and a half; returns how many."""
    silent = timezone.now() - timedelta(seconds=1.5 * conf.HEALTH_CHECK_INTERVAL)
    return ConnectionRecord.objects.filter(state=ConnectionState.OPEN, reported_at__lt=silent).update(
        state=ConnectionState.STALE
    )


def clean_stale_connections() -> int:
    """Delete what was closed a day ago, and what its process has not reported for two intervals: the process is dead.
    A process that was only paused writes its records anew. Returns how many."""
    now = timezone.now()
    dead = Q(reported_at__lt=now - timedelta(seconds=2 * conf.HEALTH_CHECK_INTERVAL)) & ~Q(state=ConnectionState.CLOSED)
    return ConnectionRecord.objects.filter(dead | Q(closed_at__lt=now - CLOSED_KEPT)).delete()[0]
