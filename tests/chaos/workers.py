"""The whole site under load while its workers are killed at random: is each conversion completed, and once?"""

import asyncio
import contextlib
import json
import random
import time
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from io import BytesIO

import psutil
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from PIL import Image

from conversions.errors import WorkerLost
from conversions.jobs.states import MOST_ATTEMPTS
from realtime.client import Client
from tests.integration.conversions.program import Program
from tests.integration.conversions.web import API, upload
from tests.stack import Site
from tests.waiting import await_for

NAME = "workers killed at random"
SECONDS = 180.0
OWNERS = 4
PAUSES = 4.0, 9.0
"""Seconds between two kills, from and to."""
EVERY = 3.0
"""Seconds between two files of an owner, each of which keeps a processor busy for about one."""
PATIENCE = 240.0
"""Seconds for the last to end: one may lose its worker twice more, and waits up to 60 s each time."""
COMPLETED, LOST = "completed once", f"failed ({WorkerLost.code})"


@dataclass(frozen=True, kw_only=True)
class Toll:
    """What became of the conversions, by what their owners were told and by what was kept."""

    asked: int
    kills: int
    taken_up: int
    ends: Mapping[str, int]
    """How many conversions ended how often, and in which way."""
    run_again: int
    """Those which the kills met in all of their attempts: they said so, and were asked for once more."""
    kept: int
    """Results in the storage."""
    seconds: float
    """From the last kill until all had ended."""

    @property
    def flawless(self) -> bool:
        """Whether each was completed once, and left one result; and whether there was anything to survive."""
        expected = {COMPLETED: self.asked - self.run_again, f"{COMPLETED} and {LOST} once": self.run_again}
        ended_well = self.ends == {how: count for how, count in expected.items() if count}
        return ended_well and self.kept == self.asked and self.taken_up > 0

    def __str__(self) -> str:
        ends = ", ".join(f"{count} {how}" for how, count in sorted(self.ends.items()))
        return (
            f"{NAME:30} {self.asked} conversions, {self.kills} kills in {SECONDS:g} s, {self.taken_up} taken up again: "
            f"{ends}; {self.run_again} run again after {MOST_ATTEMPTS} kills; {self.kept} results kept; "
            f"all ended {self.seconds:.0f} s after the last kill"
        )


class Owner:
    """Sends files, and counts what it is told of their ends."""

    def __init__(self, site: Site, name: str, content: bytes) -> None:
        self.program = Program(site, name)
        self.ends: dict[str, Counter[str]] = {}
        self.recovered: Counter[str] = Counter()
        form = encode_multipart(BOUNDARY, {"file": upload(content), "to": "avif"})
        self._ask = "POST", f"{API}/conversions", form
        self._url = f"{site.url.replace('http', 'ws', 1)}/ws/events/"

    async def send(self, enough: asyncio.Event) -> None:
        """A file now and then, until it is enough."""
        while not enough.is_set():
            status, body = await asyncio.to_thread(self.program.ask, *self._ask, **{"Content-Type": MULTIPART_CONTENT})
            assert status == 201, body
            self.ends.setdefault(json.loads(body)["id"], Counter())
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(enough.wait(), EVERY)

    async def listen(self) -> None:
        """Until cancelled."""
        topic = await asyncio.to_thread(self.program.topic)
        async with Client(self._url, headers=self.program.headers) as client:
            async for message in client.subscribe(topic):
                if message["type"] in ("conversion_completed", "conversion_failed", "conversion_cancelled"):
                    told = self.ends.setdefault(message["conversion_id"], Counter())
                    why = f" ({message['error']['code']})" if "error" in message else ""
                    told[message["type"].removeprefix("conversion_") + why] += 1
                self.recovered[message.get("conversion_id", "")] += message["type"] == "recovery_attempt"

    def run_again(self) -> list[str]:
        """Ask once more for what the kills met in all of its attempts, as a person would; returns which."""
        lost = [id for id, ends in self.ends.items() if ends == {LOST: 1} and self.recovered[id] == MOST_ATTEMPTS - 1]
        for id in lost:
            status, body = self.program.ask("POST", f"{API}/conversions/{id}/retry")
            assert status == 200, body
        return lost

    def has_ended(self, again: Collection[str] = ()) -> bool:
        """Whether it was told of the end of each, and of a second one of those."""
        return all(sum(ends.values()) > (id in again) for id, ends in self.ends.items())


async def run() -> Toll:
    """Kill for `SECONDS`, then wait until all has ended."""
    with Site() as site:
        content = _picture()
        owners = [await asyncio.to_thread(Owner, site, f"owner{i}", content) for i in range(OWNERS)]
        listening = [asyncio.create_task(owner.listen()) for owner in owners]
        enough = asyncio.Event()
        sending = [asyncio.create_task(owner.send(enough)) for owner in owners]
        kills = await _kill_for(site, SECONDS)
        over = time.monotonic()
        enough.set()
        await asyncio.gather(*sending)
        with contextlib.suppress(AssertionError):  # judged as it is
            await await_for(lambda: all(owner.has_ended() for owner in owners), PATIENCE)
        again = {id for owner in owners for id in await asyncio.to_thread(owner.run_again)}
        with contextlib.suppress(AssertionError):
            await await_for(lambda: all(owner.has_ended(again) for owner in owners), PATIENCE)
        seconds = time.monotonic() - over
        for task in listening:
            task.cancel()
        for ended in await asyncio.gather(*listening, return_exceptions=True):
            if not isinstance(ended, asyncio.CancelledError):
                raise AssertionError("an owner stopped listening") from ended
        return _toll(site, owners, kills, len(again), seconds)


async def _kill_for(site: Site, seconds: float) -> int:
    chance = random.Random(0)
    end, kills = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        await asyncio.sleep(chance.uniform(*PAUSES))
        with contextlib.suppress(LookupError, psutil.Error):  # it is on its way back
            worker = site.child("worker")
            pool = [each for each in worker.children() if "sandbox" not in " ".join(each.cmdline())]
            chance.choice([worker, *pool]).kill()
            kills += 1
    return kills


def _toll(site: Site, owners: list[Owner], kills: int, run_again: int, seconds: float) -> Toll:
    told = [ends for owner in owners for ends in owner.ends.values()]
    kept = site.data_dir / "media" / "outputs"
    return Toll(
        asked=len(told),
        kills=kills,
        taken_up=sum(sum(owner.recovered.values()) for owner in owners),
        ends=Counter(_in_words(ends) for ends in told),
        run_again=run_again,
        kept=sum(1 for path in kept.rglob("*") if path.is_file()),
        seconds=seconds,
    )


def _in_words(ends: Counter[str]) -> str:
    if not ends:
        return "never ended"
    return " and ".join(f"{how} {'once' if count == 1 else f'{count} times'}" for how, count in sorted(ends.items()))


def _picture() -> bytes:
    """A PNG whose AVIF takes about a second."""
    file = BytesIO()
    Image.effect_noise((800, 800), 60).save(file, "PNG", compress_level=1)
    return file.getvalue()
