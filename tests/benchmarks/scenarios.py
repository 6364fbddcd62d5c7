"""What is measured: each scenario takes a running server and gives figures by name."""

import asyncio
import time

from tests.benchmarks.crowd import Crowd
from tests.benchmarks.deliveries import deliveries
from tests.benchmarks.results import Figures, until_right
from tests.benchmarks.servers import Server

SETTLE = 2.5
"""Seconds between the last connection and the first event: by then connection records are written."""
WARM_UP = 50
"""Watchers that come first, so that a server's own warming up is not counted as a connection's memory."""


async def fan_out(server: Server, watchers: int, rates: dict[float, float]) -> dict[str, Figures]:
    """All watch one topic. `rates`: events a second, and for how many seconds. A server that did not keep up with one
    rate is not asked for the next."""
    found = {}
    async with Crowd(server) as crowd:
        await crowd.join(["board.0"] * WARM_UP)
        await asyncio.sleep(SETTLE)
        _, before = server.usage()
        await crowd.join(["board.0"] * watchers)
        await asyncio.sleep(SETTLE)
        found["idle"] = {"KiB/connection": (server.usage()[1] - before) / watchers}
        for rate, seconds in rates.items():
            figures = found[f"{rate:g}/s"] = await deliveries(crowd, rate, seconds)
            if figures["behind"]:
                break
    return found


async def one_each(server: Server, topics: int, rate: float, seconds: float) -> dict[str, Figures]:
    """Each watches a topic of its own, as the product's pages do."""
    async with Crowd(server) as crowd:
        await crowd.join(f"board.{number}" for number in range(topics))
        await asyncio.sleep(SETTLE)
        return {"1 each": await deliveries(crowd, rate, seconds, topics)}


async def storm(server: Server, clients: int) -> dict[str, Figures]:
    """The web process is killed; all clients come back at once, each to its topic, where it has missed an event."""
    async with Crowd(server) as before:
        await before.join(f"board.{number}" for number in range(clients))
        await asyncio.sleep(SETTLE)
        server.kill()
        positions = [(watcher.topic, getattr(watcher, "position", None)) for watcher in before.watchers]
    if status := await asyncio.to_thread(server.publish(clients, 1, clients).wait):
        raise RuntimeError(f"The publisher failed with status {status}")
    async with Crowd(server) as after:
        starting = time.monotonic()
        returning = asyncio.gather(*(after.come_back(topic, since) for topic, since in positions))
        await asyncio.to_thread(server.start)
        listening = time.monotonic()
        await returning
        await after.settled(with_events=server.kind.is_ours)
        right = time.monotonic()
        caught_up = sum(bool(watcher.frames) for watcher in after.watchers)
        figures = {
            "s until right": until_right(right - listening, after.lost),
            "s from the start": until_right(right - starting, after.lost),
            "missed events seen %": 100 * caught_up / clients,
            "s of CPU": server.usage()[0],
            "closed": after.lost,
        }
        return {"storm": figures}


async def inbound(server: Server, watchers: int, rate: float, seconds: float) -> dict[str, Figures]:
    """What a frame from a client costs: an ack here, a message for a handler that does nothing elsewhere."""
    async with Crowd(server) as crowd:
        await crowd.join(["board.0"] * watchers)
        await asyncio.sleep(SETTLE)
        (before, _), start, sent = server.usage(), time.perf_counter(), 0
        while (passed := time.perf_counter() - start) < seconds:
            while sent < passed * rate:
                crowd.watchers[sent % watchers].say_something()
                sent += 1
            await asyncio.sleep(0.002)
        await _idle(server)
        figures = {"µs/frame": 1e6 * (server.usage()[0] - before) / sent, "frames/s": sent / passed}
        return {"inbound": {**figures, "closed": crowd.lost}}


async def _idle(server: Server) -> None:
    """Wait until the server has worked off what it was sent."""
    used = -1.0
    while (now := server.usage()[0]) > used + 0.02:
        used = now
        await asyncio.sleep(0.3)


async def enqueue(server: Server) -> dict[str, Figures]:
    """The median of a call of publish(), in bursts of 100 and of 10."""
    printed = await asyncio.to_thread(server.run, "tests.benchmarks.site.publish", "enqueue")
    hundred, ten = printed.split()
    return {"enqueue": {"µs/call": float(hundred), "in tens": float(ten)}}
