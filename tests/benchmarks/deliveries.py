"""Events to a crowd: what arrived, when, and what it cost the server."""

import asyncio
import subprocess
import time

from tests.benchmarks.arrivals import Fate, fate
from tests.benchmarks.crowd import Crowd
from tests.benchmarks.pace import FINAL_EVERY, KEYS
from tests.benchmarks.results import Figures

QUIET = 1.5
"""So many seconds without an event, after the publisher's end, are the end."""
TOO_LATE = 20.0
"""Seconds after the publisher's end after which a server that is still sending has not kept up."""


async def deliveries(crowd: Crowd, rate: float, seconds: float, topics: int = 1) -> Figures:
    """Publish to the crowd, and reckon up."""
    crowd.start_over()
    cpu_before, _ = crowd.server.usage()
    own_before, start = time.process_time(), time.time()
    behind = await all_over(crowd, crowd.server.publish(rate, seconds, topics))
    cpu, own = crowd.server.usage()[0] - cpu_before, time.process_time() - own_before
    count, arrived = int(rate * seconds), crowd.arrivals.count
    ages, total = crowd.arrivals.ages(), fates(crowd, count, topics)
    return {
        "µs/event": 1e6 * cpu / max(1, arrived),
        "p50 ms": 1000 * quantile(ages, 0.5),
        "p99 ms": 1000 * quantile(ages, 0.99),
        "delivered %": 100 * arrived * topics / (count * len(crowd.watchers)),
        "events/frame": arrived / max(1, sum(len(watcher.frames) for watcher in crowd.watchers)),
        "lost": float("nan") if behind else total.lost,  # what is late may come yet
        "doubled": total.doubled,
        "disordered": total.disordered,
        "closed": crowd.lost,
        "client busy %": 100 * own / max(seconds, crowd.arrivals.last_at - start),
        "behind": behind,
    }


def quantile(ordered: list[float], share: float) -> float:
    """The value below which that share of the others is; not a number if there are none."""
    return ordered[int(len(ordered) * share)] if ordered else float("nan")


async def all_over(crowd: Crowd, publisher: "subprocess.Popen[bytes]") -> bool:
    """Wait until no more arrives; whether that takes too long."""
    if status := await asyncio.to_thread(publisher.wait):
        raise RuntimeError(f"The publisher failed with status {status}")
    ended = time.time()
    while (now := time.time()) < max(ended, crowd.arrivals.last_at) + QUIET:
        if now > ended + TOO_LATE:
            return True
        await asyncio.sleep(0.1)
    return False


def fates(crowd: Crowd, count: int, topics: int) -> Fate:
    """What became of the events, over all watchers. Only this layer may replace a keyed event by a newer one."""
    conflates = crowd.server.kind.is_ours
    total = Fate()
    for watcher in crowd.watchers:
        first = int(watcher.topic.partition(".")[2])
        published = [
            (number, f"c{number % KEYS}" if conflates and number % FINAL_EVERY else None)
            for number in range(first, count, topics)
        ]
        total += fate(published, watcher.frames)
    return total
