"""Trying again while Valkey is away."""

import asyncio
import contextlib
from itertools import islice

import pytest
from redis.exceptions import ConnectionError as Away

from realtime.backoff import LONGEST, pauses, persistently


def test_pauses_grow_to_a_bound() -> None:
    first, *_, last = islice(pauses(), 30)
    assert first <= 0.05
    assert LONGEST / 2 <= last <= LONGEST


async def test_call_is_repeated_until_valkey_is_back() -> None:
    outcomes = iter([Away(), TimeoutError(), OSError(), "here"])

    async def call() -> str:
        outcome = next(outcomes)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    assert await persistently(call) == "here"


async def test_other_errors_are_not_swallowed() -> None:
    async def call() -> None:
        raise ValueError("ours")

    with pytest.raises(ValueError, match="ours"):
        await persistently(call)


async def test_cancellation_that_the_call_swallows_still_ends_the_task() -> None:
    started = asyncio.Event()

    async def call() -> str:
        started.set()
        with contextlib.suppress(asyncio.CancelledError):  # as asyncio.wait_for did before Python 3.12
            await asyncio.sleep(60)
        return "done"

    task = asyncio.create_task(persistently(call))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
