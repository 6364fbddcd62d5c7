"""Removes what nobody will ask for: kept files that no row names, and sessions that are over.

A file has no row where a process was killed after it kept the file and before it wrote the row.

The storage must be this site's alone: another site's files in the same folder or bucket have no row here either, and
would be deleted.
"""

from datetime import timedelta

from django.core.management import call_command
from django.db.models import Model
from django.utils import timezone

from conversions import storage
from conversions.models import Conversion, Source

UNNAMED_AFTER = timedelta(hours=1)  # far longer than from keeping a file to writing the row
BATCH = 500
NAMED_BY: dict[str, tuple[type[Model], str]] = {
    storage.SOURCES: (Source, "file"),
    storage.OUTPUTS: (Conversion, "output"),
}


def remove_leftovers() -> int:
    """Remove them, and return how many files that were. Looks at each kept file and asks the rows in batches, so it is
    for once an hour."""
    removed = 0
    for folder in NAMED_BY:
        old = storage.kept_before(folder, timezone.now() - UNNAMED_AFTER)
        for start in range(0, len(old), BATCH):
            names = old[start : start + BATCH]
            unnamed = set(names) - _named(folder, names)
            storage.remove(unnamed)
            removed += len(unnamed)
    call_command("clearsessions")
    return removed


def _named(folder: str, names: list[str]) -> set[str]:
    model, field = NAMED_BY[folder]
    return set(model._default_manager.filter(**{f"{field}__in": names}).values_list(field, flat=True))
