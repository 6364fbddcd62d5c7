"""Trying again while Valkey is away: exponential back-off with jitter."""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

from redis.exceptions import RedisError

from realtime.counts import counts

logger = logging.getLogger(__name__)
T = TypeVar("T")

AWAY = (RedisError, OSError, TimeoutError)
"""What a call raises while Valkey is away, frozen, loading or full. The outcome of the call is then unknown."""

FIRST, LONGEST = 0.05, 2.0
QUIET = 10.0  # seconds between warnings, however many wait


def pauses() -> Iterator[float]:
    """Seconds to wait before each next try, without end. The jitter keeps the processes apart."""
    longest = FIRST
    while True:
        yield longest * random.uniform(0.5, 1)  # noqa: S311 (no secret)
        longest = min(LONGEST, 2 * longest)


async def persistently(call: Callable[[], Awaitable[T]]) -> T:
    """The result of `call`, which is repeated while it raises one of `AWAY`; it must bear that."""
    pause = pauses()
    while True:
        try:
            found = await call()
        except AWAY as error:
            warn_of_outage(error)
            await asyncio.sleep(next(pause))
        else:
            heed_cancellation()
            return found


def warn_of_outage(error: BaseException) -> None:
    """Count that Valkey is away, and log it now and then."""
    global _warned_at  # noqa: PLW0603 (many wait for one Valkey)
    counts.valkey_errors["hub"] += 1
    if time.monotonic() >= _warned_at + QUIET:
        _warned_at = time.monotonic()
        logger.warning("Valkey is away, trying again: %s", error)


_warned_at = -QUIET


def heed_cancellation() -> None:
    """Called after each call of Valkey in a loop without end. Before Python 3.12 `asyncio.wait_for`, by which redis-py
    sends, swallows a cancellation that comes as it ends."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
