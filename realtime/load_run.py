"""A load test: watchers in processes of their own, events from this one, and a look at the site's process meanwhile."""

import asyncio
import ipaddress
import json
import math
import os
import socket
import sys
import time
from asyncio import StreamReader, StreamWriter
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import psutil

from realtime.conf import conf
from realtime.load import Fault, Figures, Tally
from realtime.publisher import flush, publish
from realtime.trial import Tick, new_topic

ROOT = Path(__file__).resolve().parent.parent
FEW = 200  # watchers for which one process is enough
GRACE = 30.0  # seconds that connecting may take beside what the number of connections explains
MARGIN = 600  # seconds that the topic lives longer than the events take
LEAVING = 40.0  # seconds in which watchers are to end after the last event

Tell = Callable[[str, float, float], None]
"""Hears which phase (`connecting`, `publishing`, `delivered`) has come how far of how much."""


class LoadError(Exception):
    """The load test cannot be made; `suggestion` says what to do."""

    def __init__(self, message: str, suggestion: str) -> None:
        self.suggestion = suggestion
        super().__init__(message)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is to be done: `rate` events a second for so many seconds, each to all connections."""

    url: str
    connections: int
    rate: float
    seconds: float
    faults: tuple[Fault, ...] = ()
    token: str = ""
    trusted: str = ""

    @property
    def host(self) -> str:
        """The name or address in the URL."""
        return urlsplit(self.url).hostname or ""


def is_here(host: str) -> bool:
    """Whether all that a name stands for are addresses of this machine; a name that stands for none is not here."""
    try:
        found = {str(info[4][0]).partition("%")[0] for info in socket.getaddrinfo(host, None)}
    except OSError:
        return False
    own = {address.address.partition("%")[0] for addresses in psutil.net_if_addrs().values() for address in addresses}
    return bool(found) and all(address in own or ipaddress.ip_address(address).is_loopback for address in found)


async def run(plan: Plan, tell: Tell) -> Figures:
    """Make the test; takes the plan's seconds, and some more. Raises `LoadError`."""
    topic, site = new_topic(plan.seconds + MARGIN), Site(plan)
    memory = site.memory()
    groups = [await Group.start(plan, topic, share) for share in shares(plan.connections, processes(plan.connections))]
    try:
        await _connected(plan, groups, tell)
        held, cpu = site.memory(), site.cpu()
        published = await _publish(plan, topic, groups, tell)
        tally = Tally.together(await asyncio.gather(*(group.finish(published) for group in groups)))
        used = _difference(site.cpu(), cpu)
    finally:
        await asyncio.gather(*(group.stop() for group in groups))
    following = max(1, plan.connections - tally.refused)
    grown = _difference(held, memory)
    return Figures(
        connections=plan.connections,
        rate=plan.rate,
        seconds=plan.seconds,
        faults=plan.faults,
        published=published,
        tally=tally,
        cpu_percent=None if used is None else 100 * used / plan.seconds,
        cpu_us_per_delivery=None if used is None else 1e6 * used / max(1, tally.arrived),
        memory_kib_per_connection=None if grown is None else grown / 1024 / following,
    )


def processes(connections: int) -> int:
    """How many processes the watchers share."""
    return min(os.cpu_count() or 1, math.ceil(connections / FEW))


def shares(total: int, parts: int) -> list[int]:
    """The total in parts that differ by one at most."""
    return [total // parts + (number < total % parts) for number in range(parts)]


def local_addresses(plan: Plan) -> list[str]:
    """Addresses of the loopback to connect from, so many that the site's limits for one address do not count; none
    where the site is not on the loopback, or the system has one such address only."""
    try:
        with socket.socket() as trying:
            trying.bind(("127.77.0.1", 0))
        reached = {str(info[4][0]) for info in socket.getaddrinfo(plan.host, None, socket.AF_INET)}
    except OSError:
        return []
    if not all(ipaddress.ip_address(address).is_loopback for address in reached):
        return []
    needed = math.ceil(plan.connections / max(1, conf.MAX_CONNECTIONS_PER_ADDRESS // 2))
    return [f"127.77.{number // 250}.{1 + number % 250}" for number in range(needed)]


async def _connected(plan: Plan, groups: list["Group"], tell: Tell) -> None:
    """Return when all watchers follow, or those that are still missing will not come."""
    deadline = time.monotonic() + GRACE + plan.connections / 50
    while (tally := Tally.together(group.tally for group in groups)).open < plan.connections:
        tell("connecting", tally.open, plan.connections)
        if time.monotonic() > deadline or all(group.process.returncode is not None for group in groups):
            break
        await asyncio.sleep(0.1)
    tell("connecting", tally.open, plan.connections)
    if not tally.open:
        raise LoadError(
            f"Nobody could follow the events at {plan.url}. {tally.said}".rstrip(),
            "Run it with the settings of that very site (SECRET_KEY and REDIS_URL), give a --token where it serves no "
            "strangers, and see whether it is well: manage.py realtime_check.",
        )


async def _publish(plan: Plan, topic: str, groups: list["Group"], tell: Tell) -> int:
    """Publish at the plan's rate; returns how many events that were."""
    begun, total = time.monotonic(), max(1, round(plan.rate * plan.seconds))
    for number in range(total):
        await asyncio.sleep(max(0.0, begun + number / plan.rate - time.monotonic()))
        publish(topic, Tick(number=number, sent_at=time.time()))
        if number % max(1, round(plan.rate / 4)) == 0:
            tell("publishing", number, total)
            tell("delivered", Tally.together(group.tally for group in groups).arrived, total * plan.connections)
    tell("publishing", total, total)
    if not await asyncio.to_thread(flush, GRACE):
        raise LoadError("The events did not leave.", "See whether Valkey answers, and REDIS_URL.")
    return total


def _difference(after: float | None, before: float | None) -> float | None:
    return None if after is None or before is None else after - before


class Site:
    """The processes of this machine that listen at the site's port; none where they cannot be seen."""

    def __init__(self, plan: Plan) -> None:
        parts = urlsplit(plan.url)
        port = parts.port or {"http": 80}.get(parts.scheme, 443)
        try:
            listening = [one for one in psutil.net_connections("inet") if one.status == psutil.CONN_LISTEN]
            pids = {one.pid for one in listening if getattr(one.laddr, "port", 0) == port and one.pid}
            self._processes = [psutil.Process(pid) for pid in pids] if is_here(plan.host) else []
        except psutil.Error:
            self._processes = []

    def memory(self) -> float | None:
        """Bytes."""
        return self._sum(lambda process: float(process.memory_info().rss))

    def cpu(self) -> float | None:
        """Seconds."""
        return self._sum(lambda process: process.cpu_times().user + process.cpu_times().system)

    def _sum(self, figure: Callable[[psutil.Process], float]) -> float | None:
        try:
            return sum(map(figure, self._processes)) if self._processes else None
        except psutil.Error:
            return None


class Group:
    """A process of watchers."""

    def __init__(self, process: Process) -> None:
        self.process, self.tally = process, Tally()
        self._input, self._output = cast(StreamWriter, process.stdin), cast(StreamReader, process.stdout)
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def start(cls, plan: Plan, topic: str, connections: int) -> "Group":
        """Start it, and let the watchers connect."""
        order: dict[str, Any] = {
            "url": plan.url.rstrip("/").replace("http", "ws", 1) + "/ws/events/",
            "headers": {"Authorization": f"Bearer {plan.token}"} if plan.token else {},
            "topic": topic,
            "connections": connections,
            "addresses": local_addresses(plan),
            "faults": plan.faults,
            "trusted": plan.trusted,
        }
        command = (sys.executable, "-m", "realtime.load_watchers")
        process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdin=PIPE, stdout=PIPE, limit=2**20)
        group = cls(process)
        group._write(json.dumps(order))
        return group

    def _write(self, line: str) -> None:
        self._input.write(f"{line}\n".encode())

    async def _read(self) -> None:
        async for line in self._output:
            self.tally = Tally.of(json.loads(line))

    async def finish(self, published: int) -> Tally:
        """Say how many events there were; returns what was seen of them."""
        self._write(f"{published}")
        await asyncio.wait([self._reading], timeout=LEAVING)
        if not self.tally.done:
            raise LoadError("Some watchers ended before they could tell what they saw.", "See what they printed.")
        return self.tally

    async def stop(self) -> None:
        """Let the process end, which it does once it has told all; or end it, whatever it does."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LEAVING if self.tally.done else 0):
                await self.process.wait()
        if self.process.returncode is None:
            self.process.kill()
            await self.process.wait()
        self._reading.cancel()
