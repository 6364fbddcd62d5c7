"""What may be away for a while, the database, the storage, or room on the disk, is tried again before it counts."""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import InterfaceError, InternalError, OperationalError, close_old_connections

WAITS = (1.0, 2.0, 4.0, 8.0, 15.0)  # seconds; the longest is far below a lease, which nobody renews meanwhile
AWAY = (OperationalError, InterfaceError, InternalError)
"""What a database raises that is away, locked, full, or not to be written to: the fault of no query."""
logger = logging.getLogger(__name__)
T = TypeVar("T")
U = TypeVar("U")


def patiently(act: Callable[[], T], *passing: type[Exception]) -> T:
    """What `act` returns, called again after each of `WAITS` while it raises one of `passing`, and then raised."""
    for wait in WAITS:
        try:
            return act()
        except passing as error:
            logger.warning("%s; trying again in %g s", error, wait)
            close_old_connections()  # one that has broken stays broken
            time.sleep(wait)
    return act()


def leniently(act: Callable[[], T], otherwise: U) -> T | U:
    """What `act` returns, or `otherwise` while the database is away: for what a conversion can do without."""
    try:
        return act()
    except AWAY as error:
        logger.warning("the database does not answer, and the conversion goes on: %s", error)
        close_old_connections()
        return otherwise
