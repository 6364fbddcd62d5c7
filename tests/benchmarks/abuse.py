"""What honest watchers notice of clients that harm: the age of their events when it is quiet, and beside each abuse."""

import asyncio
import json
import os
import subprocess
import sys
import time
from bisect import bisect
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil

from tests.benchmarks.abusers import KINDS
from tests.benchmarks.crowd import Crowd
from tests.benchmarks.deliveries import all_over, fates, quantile
from tests.benchmarks.results import Figures
from tests.benchmarks.servers import Server
from tests.waiting import await_for

QUIET, ABUSED = 4.0, 8.0
AFTER = 0.4
"""Seconds after the last abuse that still count as abused: the server clears up."""
STARTING = 3.0
"""Seconds that the publisher has for its own start."""
ADDRESSES = 10
"""Network addresses of the honest watchers."""
NOTHING = "nothing"


async def abuse(server: Server, watchers: int, sockets: int, rates: list[float]) -> dict[str, Figures]:
    """Each kind of abuse after a quiet phase, with the same crowd."""
    found: dict[str, Figures] = {}
    with apart(server), abusing(server, sockets) as abusers:
        async with Crowd(server, ADDRESSES) as crowd:
            await crowd.join(["board.0"] * watchers)
            for rate in rates:
                found |= await one_rate(crowd, abusers, rate)
    return found


async def one_rate(crowd: Crowd, abusers: "subprocess.Popen[str]", rate: float) -> dict[str, Figures]:
    """Quiet, abused, quiet, abused, while a publisher goes on."""
    crowd.start_over()
    seconds = len(KINDS) * (QUIET + ABUSED + AFTER) + STARTING
    publisher = crowd.server.publish(rate, seconds)
    prefer(publisher.pid)
    await await_for(lambda: crowd.arrivals.count, because="the first event")
    phases: list[tuple[float, str]] = []
    figures: dict[str, Figures] = {}
    for kind in KINDS:
        phases.append((time.time(), NOTHING))
        await asyncio.sleep(QUIET)
        phases.append((time.time(), kind))
        figures[kind] = await asyncio.to_thread(harm, crowd.server, abusers, kind)
        await asyncio.sleep(AFTER)
    phases.append((time.time(), NOTHING))
    await all_over(crowd, publisher)
    fate = fates(crowd, int(rate * seconds), 1)
    ages = by_phase(crowd, [start for start, _ in phases])
    for index, (_, kind) in enumerate(phases):
        if kind != NOTHING:
            figures[kind] = compared(ages[index], ages[index + 1]) | figures[kind]
            figures[kind] |= {"lost": fate.lost, "doubled": fate.doubled, "honest closed": crowd.lost}
    return {f"abuse {kind}, {rate:g}/s": found for kind, found in figures.items()}


def by_phase(crowd: Crowd, starts: list[float]) -> list[list[float]]:
    """The ages of the events that were published before the first phase, in it, in the next…, each in order of size."""
    found: list[list[float]] = [[] for _ in range(len(starts) + 1)]
    for published, age in crowd.arrivals.dated_ages():
        found[bisect(starts, published)].append(age)
    return [sorted(ages) for ages in found]


def compared(quiet: list[float], abused: list[float]) -> Figures:
    """Of one phase and the quiet one before it."""
    return {
        "quiet p50 ms": 1000 * quantile(quiet, 0.5),
        "quiet p99 ms": 1000 * quantile(quiet, 0.99),
        "abused p50 ms": 1000 * quantile(abused, 0.5),
        "abused p99 ms": 1000 * quantile(abused, 0.99),
        "times quiet": quantile(abused, 0.99) / quantile(quiet, 0.99),
    }


def harm(server: Server, abusers: "subprocess.Popen[str]", kind: str) -> Figures:
    """Let the abusers at it; how busy the server was, and what they did."""
    assert abusers.stdin is not None
    assert abusers.stdout is not None
    (before, _), start = server.usage(), time.perf_counter()
    abusers.stdin.write(f"{kind} {ABUSED}\n")
    abusers.stdin.flush()
    answers: dict[str, float] = json.loads(abusers.stdout.readline())
    seconds = time.perf_counter() - start
    return {"server busy %": 100 * (server.usage()[0] - before) / seconds, **answers}


@contextmanager
def abusing(server: Server, sockets: int) -> Iterator["subprocess.Popen[str]"]:
    """The program of the abusers; it ends with the `with`."""
    command = [sys.executable, "-m", "tests.benchmarks.abusers", str(server.port), str(sockets)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def prefer(pid: int) -> None:
    """Let a process go before others, if we may."""
    with suppress(psutil.AccessDenied):
        psutil.Process(pid).nice(-10)


@contextmanager
def apart(server: Server) -> Iterator[None]:
    """The server has a core of its own, so that it is its work that honest watchers wait for; this program, and what it
    starts, has the others. There Valkey and the publisher go first where that is allowed: they have little to do, and a
    wait of theirs would pass for the server's."""
    cores = os.sched_getaffinity(0)
    first, *others = sorted(cores)
    if others:
        psutil.Process(server.pid).cpu_affinity([first])
        prefer(server.valkey_pid)
        os.sched_setaffinity(0, others)
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)
