"""The watchers of a load test, as a process of its own: `python -m realtime.load_watchers`.

It reads one line of JSON: `url`, `headers`, `topic`, `connections`, `addresses` (of this machine, to connect from),
`faults` and `trusted` (the path of a certificate). It prints a `Tally` as a line of JSON each half second. A second
line, the number of events that were published, ends it as soon as all of them have come everywhere, or after a while.
"""

import asyncio
import json
import logging
import random
import resource
import ssl
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from realtime.client import Client, ClientError
from realtime.load import Ages, Fault, Tally, Watch

EVERY = 0.5  # seconds
SETTLED = 20.0  # seconds after the last event in which all are to come
AT_ONCE = 20  # handshakes
CUT_SHARE, SLOW_SHARE, PAUSE = 0.02, 0.05, 2.0


class Watcher(Client):
    """Follows the topic, and counts."""

    def __init__(self, url: str, topic: str, **options: Any) -> None:
        super().__init__(url, **options)
        self.watch, self.follows, self.refused = Watch(), False, False
        self._topic = topic
        self._awake = asyncio.Event()
        self._awake.set()

    async def run(self, ages: Ages) -> None:
        """Count what comes, until the client ends."""
        try:
            async for message in self.subscribe(self._topic):
                if message["type"] == "subscribed":
                    self.follows = True
                elif message["type"] == "tick":
                    ages.add((time.time() - message["sent_at"]) * 1000)
                    self.watch.take(message["number"])
        except ClientError:
            self.refused = True

    async def doze(self) -> None:
        """Read nothing for a while, as a program that is busy: the network fills up behind it."""
        self._awake.clear()
        await asyncio.sleep(PAUSE)
        self._awake.set()

    async def _room(self) -> None:
        await self._awake.wait()
        await super()._room()


class Said(logging.Handler):
    """Keeps what a client warned of last, instead of printing it thousands of times."""

    last = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it."""
        self.last = record.getMessage()


class Crowd:
    """All watchers of this process."""

    def __init__(self, order: dict[str, Any]) -> None:
        context = ssl.create_default_context() if order["url"].startswith("wss") else None
        if context and order["trusted"]:
            context.load_verify_locations(order["trusted"])
        addresses: Sequence[str] = order["addresses"]
        self.faults = [Fault(fault) for fault in order["faults"]]
        self.ages, self.lag, self.said = Ages(), 0.0, Said(logging.WARNING)
        logging.getLogger("realtime").addHandler(self.said)
        self.published: int | None = None
        self.watchers = [
            Watcher(
                order["url"],
                order["topic"],
                headers=order["headers"],
                transport={
                    "ssl": context,
                    "local_addr": (addresses[number % len(addresses)], 0) if addresses else None,
                },
            )
            for number in range(order["connections"])
        ]

    async def live(self) -> None:
        """Connect a few at a time, and count to the end."""
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(self._report()), tasks.create_task(self._listen())]
            running += [tasks.create_task(self._break(fault)) for fault in self.faults]
            for start in range(0, len(self.watchers), AT_ONCE):
                group = self.watchers[start : start + AT_ONCE]
                running += [tasks.create_task(self._watch(watcher)) for watcher in group]
                await self._until(lambda group=group: all(one.follows or one.refused for one in group), 10.0)
            await self._until(lambda: self.published is not None, float("inf"))
            await self._until(self._done, SETTLED)
            self._print(final=True)
            for task in running:
                task.cancel()

    async def _watch(self, watcher: Watcher) -> None:
        async with watcher:
            await watcher.run(self.ages)

    async def _until(self, condition: Any, patience: float) -> None:
        deadline = time.monotonic() + patience
        while not condition() and time.monotonic() < deadline:  # noqa: ASYNC110 (clients tell nobody)
            await asyncio.sleep(0.02)

    def _done(self) -> bool:
        return all(one.refused or one.watch.lost(self.published or 0) <= 0 for one in self.watchers)

    async def _listen(self) -> None:
        line = await asyncio.to_thread(sys.stdin.readline)
        self.published = int(line or 0)

    async def _break(self, fault: Fault) -> None:
        while self.published is None:
            await asyncio.sleep(1)
            following = [one for one in self.watchers if one.follows]
            if fault == Fault.CUT:
                for one in random.sample(following, round(len(following) * CUT_SHARE) or min(1, len(following))):
                    one.drop()
            else:
                slow = following[: round(len(following) * SLOW_SHARE) or 1]
                await asyncio.gather(*(one.doze() for one in slow))

    async def _report(self) -> None:
        while True:
            due = time.monotonic() + EVERY
            await asyncio.sleep(EVERY)
            self.lag = max(self.lag, time.monotonic() - due)
            self._print()

    def _print(self, *, final: bool = False) -> None:
        watches = [one.watch for one in self.watchers]
        published = self.published or 0
        tally = Tally(
            open=sum(one.state == "open" and one.follows for one in self.watchers),
            arrived=self.ages.buckets.total(),
            doubled=sum(watch.doubled for watch in watches),
            disordered=sum(watch.disordered for watch in watches),
            lost=sum(one.watch.lost(published) for one in self.watchers if one.follows) if final else 0,
            refused=sum(one.refused or not one.follows for one in self.watchers),
            reconnects=sum(one.reconnects for one in self.watchers),
            done=int(final),
            lag=self.lag,
            said=self.said.last,
            ages=dict(self.ages.buckets),
        )
        sys.stdout.write(json.dumps(asdict(tally)) + "\n")
        sys.stdout.flush()


def _allow_sockets() -> None:
    """As many as the system lets a process have: by default often 1,024, which is a watcher too few."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


if __name__ == "__main__":
    _allow_sockets()
    asyncio.run(Crowd(json.loads(sys.stdin.readline())).live())
