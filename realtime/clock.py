"""The time of day that all processes share. Clocks of machines may differ by minutes, and a record of one is judged on
another: so the database's counts."""

from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone


def ahead() -> timedelta:
    """How far the shared clock is ahead of this machine's, true to some milliseconds. One query, where the database is
    a server with a clock of its own."""
    if connection.vendor != "postgresql":
        return timedelta(0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (moment,) = cursor.fetchone()
    found: timedelta = moment - timezone.now()
    return found


def now() -> datetime:
    """The time of day there."""
    return timezone.now() + ahead()
