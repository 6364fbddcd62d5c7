"""Tells owners how their waiting conversions move up."""

from typing import Any

from conversions.jobs import turns
from conversions.jobs.announcements import send_queue_position
from conversions.jobs.states import State
from conversions.models import Conversion, Lane

_told: dict[Any, int] = {}  # by id, by this process, the only one of its kind


def tell_queue_places() -> None:
    """Tell each place that is not what was told last, also that others came before and it is no more known. Call it
    every two seconds in one process."""
    places = {pk: place for lane in Lane for pk, place in turns.places(lane).items()}
    news = [pk for pk in places | _told if _told.get(pk) != places.get(pk)]
    _told.clear()
    _told.update(places)
    for conversion in Conversion.objects.filter(pk__in=news, state=State.QUEUED).select_related("owner"):
        send_queue_position(conversion, places.get(conversion.pk))
