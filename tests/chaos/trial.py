"""One fault, from a quiet start to the verdict."""

import asyncio
import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from tests.chaos.faults import Fault
from tests.chaos.stage import Board, Stage, Watcher, watching
from tests.chaos.verdict import Truth
from tests.waiting import await_for

BEFORE, AFTER = 2.0, 3.0
"""Seconds of work before the fault, and after it."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a fault did; numbers are of all clients together, seconds count from the end of the fault."""

    fault: Fault
    clients: int
    published: int
    lost: int
    doubled: int
    out_of_order: int
    right_again: float | None
    """Seconds until a client had all that had happened by the end of the fault: the median; None: one never had."""
    slowest: float | None
    longest_silence: float
    reconnects: int
    snapshots: int
    errors: int
    """Lines of the processes' logs."""

    @property
    def flawless(self) -> bool:
        """Whether nothing was lost, doubled or out of order, clients were right again in time, and no process
        complained."""
        wrong = self.lost or self.doubled or self.out_of_order or self.errors
        return self.published > 0 and not wrong and self.in_time

    @property
    def in_time(self) -> bool:
        """Whether nobody waited longer than the fault allows."""
        right = self.right_again is not None and self.right_again <= self.fault.right_within
        return right and self.longest_silence <= self.fault.silent_within


async def run(fault: Fault) -> Outcome:
    """Let a fault strike a stage of its own."""
    async with Stage(**fault.stage) as stage:
        return await strike(stage, fault)


async def strike(stage: Stage, fault: Fault) -> Outcome:
    """Let a fault strike; it leaves the stage whole."""
    before = len(stage.errors())
    board = Board(stage, f"{time.monotonic_ns()}", fault.rate)
    with watching(stage.url(direct=fault.direct), board.topic, fault.clients) as watchers:
        await await_for(lambda: all(_knows(watcher) for watcher in watchers), 60, "all clients to see the board")
        await asyncio.sleep(BEFORE)
        await fault.strike(stage, board)
        over = time.time()
        await asyncio.sleep(AFTER)
        assert await board.stop(), "the worker could not publish all that it had"
        truth = board.truth()
        await _settle(watchers, truth, fault.patience)
        return judge(fault, watchers, truth, over, len(stage.errors()) - before)


async def _settle(watchers: Sequence[Watcher], truth: Truth, patience: float) -> None:
    """Wait until all clients are right; after `patience` seconds judge them as they are."""
    with contextlib.suppress(AssertionError):
        await await_for(lambda: not any(watcher.sight.lost(truth) for watcher in watchers), patience)
    await asyncio.sleep(1)  # for what comes too much


def judge(fault: Fault, watchers: Sequence[Watcher], truth: Truth, over: float, errors: int) -> Outcome:
    """The outcome of a fault that was over at this moment (Unix seconds)."""
    sights = [watcher.sight for watcher in watchers]
    moments = [sight.right_at(truth, over) for sight in sights]
    seconds = [max(0.0, moment - over) for moment in moments if moment is not None]
    return Outcome(
        fault=fault,
        clients=len(watchers),
        published=len(truth.jobs),
        lost=sum(sight.lost(truth) for sight in sights),
        doubled=sum(sight.doubled for sight in sights),
        out_of_order=sum(sight.out_of_order for sight in sights),
        right_again=median(seconds) if len(seconds) == len(moments) else None,
        slowest=max(seconds) if len(seconds) == len(moments) else None,
        longest_silence=max(sight.longest_silence for sight in sights),
        reconnects=sum(watcher.client.reconnects for watcher in watchers),
        snapshots=sum(sight.snapshots for sight in sights) - len(watchers),
        errors=errors,
    )


def _knows(watcher: Watcher) -> bool:
    return bool(watcher.sight.gauges)
