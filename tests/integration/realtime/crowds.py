"""Many connection records, as many processes would have written them."""

from datetime import timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from realtime.models import ConnectionRecord

MULTIPLY = """
INSERT INTO realtime_connectionrecord ({columns})
WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < %s)
SELECT {values} FROM realtime_connectionrecord, numbers WHERE connection_id = %s
"""


def crowd(number: int, name: str, ago: float = 0.0, **fields: Any) -> None:
    """So many records, whose ids begin with `name`, that were reported so many seconds ago; 100,000 take a second."""
    at = timezone.now() - timedelta(seconds=ago)
    moments = {"opened_at": at, "last_seen_at": at, "reported_at": at}
    ConnectionRecord.objects.create(connection_id=name, process="p", **{**moments, **fields})
    columns = [field.column for field in ConnectionRecord._meta.concrete_fields]
    values = [f"'{name}' || n" if column == "connection_id" else column for column in columns]
    with connection.cursor() as cursor:
        if number > 1:
            statement = MULTIPLY.format(columns=", ".join(columns), values=", ".join(values))
            cursor.execute(statement, [number - 1, name])
