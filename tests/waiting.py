"""Waiting for a condition, never for a time."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")
PAUSE = 0.02


def wait_for(condition: Callable[[], T], timeout: float = 10, because: str = "the condition") -> T:
    """Call `condition` until what it returns is true, and return that; fail after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {timeout} s for {because}")
        time.sleep(PAUSE)
    return value


async def await_for(
    condition: Callable[[], T | Awaitable[T]],
    timeout: float = 10,  # noqa: ASYNC109 (the twin of wait_for)
    because: str = "the condition",
) -> T:
    """The same for asynchronous tests; `condition` may be a coroutine function."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if isinstance(value, Awaitable):
            value = await value
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {timeout} s for {because}")
        await asyncio.sleep(PAUSE)
