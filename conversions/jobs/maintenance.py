"""The read-only switch: while it is on, nothing new is taken in, and what runs or waits goes on and ends.

It is a row, asked for whenever something comes: so every process goes by it at once.
"""

from datetime import datetime, timedelta

from django.utils import timezone

from conversions.errors import UnderMaintenance
from conversions.models import Maintenance

ONLY = 1
SOON = timedelta(minutes=5)
"""When to try again where no end is expected, or its time has passed."""
REASON = "it will take a while"


def row() -> Maintenance:
    """The row, made if it is not there yet."""
    return Maintenance.objects.get_or_create(pk=ONLY)[0]


def switch(on: bool, text: str = "", until: datetime | None = None) -> Maintenance:
    """Switch it. `text` and `until` are told to who sends something: why, and when it may be over."""
    found = row()
    found.is_on, found.text, found.until = on, text, until
    found.save()
    return found


def refusal() -> UnderMaintenance | None:
    """What who sends something is told; None: it is taken in."""
    found = Maintenance.objects.filter(pk=ONLY, is_on=True).first()
    if found is None:
        return None
    text, now = found.text.strip().rstrip(".!") or REASON, timezone.now()
    if found.until is None or found.until <= now:
        return UnderMaintenance(text=text, when="in a few minutes", seconds=int(SOON.total_seconds()))
    when = f"after {found.until.day} {found.until:%B, %H:%M} UTC"
    return UnderMaintenance(text=text, when=when, seconds=int((found.until - now).total_seconds()) + 1)


def require_off() -> None:
    """Raise `UnderMaintenance` while it is on."""
    if told := refusal():
        raise told
