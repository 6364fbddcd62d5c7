"""Trying again while Valkey is away: exponential back-off with jitter."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

from redis.exceptions import RedisError

logger = logging.getLogger(__name__)
T = TypeVar("T")

AWAY = (RedisError, OSError, TimeoutError)
"""What a call raises while Valkey is away, frozen, loading or full. The outcome of the call is then unknown."""

FIRST, LONGEST = 0.05, 2.0


def pauses() -> Iterator[float]:
    """Seconds to wait before each next try, without end. The jitter keeps the processes apart."""
    longest = FIRST
    while True:
        yield longest * random.uniform(0.5, 1)  # noqa: S311 (no secret)
        longest = min(LONGEST, 2 * longest)


async def persistently(call: Callable[[], Awaitable[T]]) -> T:
    """The result of `call`, which is repeated while it raises one of `AWAY`; it must bear that."""
    for pause in pauses():
        try:
            return await call()
        except AWAY as error:
            logger.warning("Valkey is away, trying again in %.2f s: %s", pause, error)
            await asyncio.sleep(pause)
    raise AssertionError("pauses() never ends")
