"""Removes files whose time is over, and later the rows."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from conversions import storage
from conversions.catalog import options
from conversions.jobs.lifecycle import RESTORE
from conversions.jobs.states import ENDED
from conversions.models import Conversion, Source
from conversions.sandbox.folders import remove_abandoned

HISTORY = timedelta(days=30)  # a row stays so long after its files have gone
BATCH = 500


def delete_expired() -> dict[str, int]:
    """Deleted conversions go for good, expired ones lose their files and passwords, old ones their row, and what killed
    processes left in the work folder goes. Returns how many of each went."""
    now = timezone.now()
    ended = Conversion.objects.filter(state__in=ENDED)
    return {
        "deleted": _delete_rows(ended.filter(deleted_at__lt=now - RESTORE)),
        "old": _delete_rows(ended.filter(expires_at__lt=now - HISTORY)),
        "expired": _delete_files(
            ended.filter(Q(sources__file__gt="") | Q(output__gt=""), expires_at__lt=now).distinct()
        ),
        "abandoned": remove_abandoned(settings.WORK_DIR),
    }


def _delete_rows(conversions: QuerySet[Conversion]) -> int:
    """The row goes last: if we die before, the next run finds the row again and does the rest."""
    rows = list(conversions.prefetch_related("sources")[:BATCH])
    for conversion in rows:
        storage.remove(_names(conversion))
        conversion.delete()
    return len(rows)


def _delete_files(conversions: QuerySet[Conversion]) -> int:
    """The names go first: a retry that comes between is refused, rather than started without its files."""
    expired = 0
    for conversion in conversions.prefetch_related("sources")[:BATCH]:
        names = _names(conversion)
        with transaction.atomic():
            still = Conversion.objects.filter(pk=conversion.pk, attempt=conversion.attempt, state__in=ENDED)
            if not still.update(output="", options=options.told(conversion.options)):
                continue
            Source.objects.filter(conversion=conversion).update(file="")
        storage.remove(names)
        expired += 1
    return expired


def _names(conversion: Conversion) -> list[str]:
    return [conversion.output.name or "", *(source.file.name or "" for source in conversion.sources.all())]
