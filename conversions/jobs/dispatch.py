"""Sends a conversion to the workers, by the task's name. A broker that is away fails no request.

One that refuses connections delays it by less than two seconds, one that is frozen by the broker's time-out (three).
"""

import logging
from functools import partial
from typing import Any

from celery import current_app
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import ChannelError, OperationalError

from conversions.jobs.states import State
from conversions.models import Conversion, Lane

TASK = "conversions.convert"
QUEUES: dict[str, str] = {Lane.SHORT: "conversions", Lane.LONG: "conversions.long"}
"""By lane."""
logger = logging.getLogger(__name__)


def dispatch(conversion: Conversion) -> None:
    """Send the conversion's task when the transaction commits. What cannot be sent, beat sends again."""
    transaction.on_commit(partial(_send, conversion))


def waiting(lane: str) -> int | None:
    """How many messages of a lane no worker has taken yet; None if the broker is away."""
    try:
        with current_app.connection_for_read() as connection:
            channel: Any = connection.default_channel
            return int(channel.queue_declare(QUEUES[lane], passive=True).message_count)
    except ChannelError:  # an empty queue does not exist
        return 0
    except (OperationalError, OSError):
        return None


def _send(conversion: Conversion) -> None:
    """The message says that one more waits; who gets it takes what is next in turn (turns.py)."""
    sent_at, queue = timezone.now(), QUEUES[conversion.lane]
    try:
        task = [str(conversion.pk), conversion.attempt, conversion.lane]
        current_app.send_task(TASK, args=task, queue=queue, retry=False)
    except (OperationalError, OSError) as error:
        logger.warning("conversion %s is not sent yet, the broker is away: %s", conversion.pk, error)
        return
    Conversion.objects.filter(pk=conversion.pk, attempt=conversion.attempt, state=State.QUEUED).update(
        dispatched_at=sent_at
    )
