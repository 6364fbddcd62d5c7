"""Looks for trouble once a minute, and tells operators of each once, and once when it is over.

Beat's task looks. Where no look was taken for longer, as when beat is silent itself, a web process takes it. What was
told stands in the database and changes by conditional updates: two that look at once do not tell twice.
"""

import logging
import threading
from datetime import datetime, timedelta

from django.db import DatabaseError, close_old_connections
from django.db.models import Q
from django.utils import timezone

from convertsite import telling
from convertsite.models import Alert, Look
from convertsite.telling import News
from convertsite.troubles import TROUBLES, Trouble

OFTEN = timedelta(seconds=30)
"""A look of less than this ago was another beat's."""
UNWATCHED = timedelta(seconds=75)
"""A look of longer ago than this means that beat's do not come."""
PATIENCE = timedelta(seconds=50)
"""Trouble is told when it is there for longer: at the second look, since a restart is none."""
TELLING = timedelta(minutes=1)  # longer than all ways of telling together may take
ONLY = 1
logger = logging.getLogger(__name__)


def look(unless_within: timedelta = OFTEN) -> bool:
    """Look at everything, and tell of what changed, unless somebody looked so recently or there is nobody to tell.
    Whether it was done."""
    if not (telling.is_wanted() and _is_ours(timezone.now(), unless_within)):
        return False
    for name, trouble in TROUBLES.items():
        try:
            problem = trouble.look()
        except (DatabaseError, OSError) as error:
            logger.warning("Nothing is known of %s: %s", name, error)
            continue
        if problem is not None:
            _judge(name, trouble, problem, timezone.now())
    return True


def _is_ours(now: datetime, unless_within: timedelta) -> bool:
    """Whether this look is ours to take. A look in the future was one of a wrong clock."""
    row, made = Look.objects.get_or_create(pk=ONLY)
    if made:
        return True
    due = Q(looked_at__lte=now - unless_within) | Q(looked_at__gt=now + unless_within)
    looked = Look.objects.filter(due, pk=ONLY, looked_at=row.looked_at)
    return looked.exists() and bool(looked.update(looked_at=now))


def _judge(name: str, trouble: Trouble, problem: str, now: datetime) -> None:
    alert = Alert.objects.get_or_create(name=name)[0]
    row = Alert.objects.filter(pk=name)
    if problem and alert.since is None:
        row.filter(since=None).update(since=now, summary=problem)
    elif problem and not alert.told and alert.since is not None and alert.since <= now - PATIENCE:
        _tell(alert, News(name, problem, trouble.advice, alert.since, over=False), now)
    elif not problem and alert.told:
        _tell(alert, News(name, alert.summary, trouble.advice, alert.since or now, over=True), now)
    elif not problem and alert.since is not None:
        row.filter(told=False).update(since=None)


def _tell(alert: Alert, news: News, now: datetime) -> None:
    """If nobody else does, and again at the next look if it does not work."""
    row = Alert.objects.filter(pk=alert.pk, told=news.over)
    if not row.filter(Q(telling_until=None) | Q(telling_until__lt=now)).update(telling_until=now + TELLING):
        return
    told = telling.tell(news)
    changes = {"told": not news.over, "summary": news.summary, "since": None if news.over else news.since}
    row.update(telling_until=None, **(changes if told else {}))


class Watcher(threading.Thread):
    """Takes the look where beat's do not come; each web process has one."""

    def __init__(self, interval: float = 15.0) -> None:
        super().__init__(name="alerts", daemon=True)
        self._interval = interval
        self._stopped = threading.Event()

    def run(self) -> None:
        """Look from time to time, until stopped."""
        while not self._stopped.wait(self._interval):
            try:
                look(UNWATCHED)
            except Exception as error:  # noqa: BLE001 (the next time may do)
                logger.warning("Nobody could look for trouble: %s", error)
            finally:
                close_old_connections()

    def stop(self) -> None:
        """Look no more."""
        self._stopped.set()
