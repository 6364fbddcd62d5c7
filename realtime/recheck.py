"""Who may stay: a connection ends with the session or token that it was opened with."""

import logging
from collections.abc import Collection, Hashable

from channels.db import database_sync_to_async
from django.utils.module_loading import import_string

from realtime.conf import conf
from realtime.connection import Connection
from realtime.errors import SessionEnded

logger = logging.getLogger(__name__)
INTERVAL = 2.0  # with a slow answer still within the 5 s that docs/protocol.md promises
AT_ONCE = 5_000  # credentials in one question: databases limit the values of a statement


async def recheck(connections: Collection[Connection]) -> None:
    """Close with 4401 those whose credential `REALTIME_RECHECK` no longer finds valid. Connections may come and go
    meanwhile. Where there is no answer, all stay."""
    held = {connection.credential for connection in connections if connection.close_code is None} - {None}
    if not (conf.RECHECK and held):
        return
    try:
        # Not in the thread that Django's views share: it would wait for them.
        ended = await database_sync_to_async(_ended, thread_sensitive=False)(list(held))
    except Exception as error:  # noqa: BLE001 (a database that is away must not send everybody away)
        logger.warning("Sessions and tokens could not be rechecked: %s", error)
        return
    for connection in [connection for connection in connections if connection.credential in ended]:
        connection.refuse(SessionEnded())


def _ended(held: list[Hashable]) -> set[Hashable]:
    valid = import_string(conf.RECHECK)
    parts = (held[start : start + AT_ONCE] for start in range(0, len(held), AT_ONCE))
    return set().union(*(set(part).difference(valid(part)) for part in parts))
