"""The faults, one a function: what breaks, and for how long. Each returns when all is whole again."""

import asyncio
import math
import shutil
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.proxy import Weather
from tests.chaos.stage import FORGETFUL, Board, Stage

PAUSE = 1.0
"""Seconds from a death to the new start."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A line of the table."""

    name: str
    strike: Callable[[Stage, Board], Awaitable[None]]
    clients: int = 24
    direct: bool = False
    """Past the proxy, which would be the narrowest place."""
    rate: float = 20
    stage: dict[str, Any] = field(default_factory=dict)
    patience: float = 30
    """Seconds that clients have to be right again, once the worker has ended."""
    right_within: float = 2
    """Seconds after the fault within which the median client may have to be right again."""
    silent_within: float = math.inf
    """Seconds that no client may wait longer for an event."""


def weather(weather: Weather, seconds: float) -> Callable[[Stage, Board], Awaitable[None]]:
    """The network between clients and web is like this for so long."""

    async def strike(stage: Stage, board: Board) -> None:
        stage.proxy.become(weather)
        await asyncio.sleep(seconds)
        stage.proxy.become(Weather.FINE)

    return strike


async def web_killed(stage: Stage, board: Board) -> None:
    await stage.kill(stage.webs[0])
    await asyncio.sleep(PAUSE)
    stage.webs[0] = stage.start_web(stage.ports[0])
    await stage.listening(stage.ports[0])


async def web_stopped(stage: Stage, board: Board) -> None:
    await _freeze(stage.webs[0].send_signal, 20)


async def rolling_restart(stage: Stage, board: Board) -> None:
    for index, port in enumerate(stage.ports):
        await stage.terminate(stage.webs[index])
        stage.webs[index] = stage.start_web(port)
        await stage.listening(port)


async def valkey_killed(stage: Stage, board: Board) -> None:
    await stage.kill(stage.valkey)
    await asyncio.sleep(PAUSE)
    await stage.start_valkey()


async def valkey_killed_and_emptied(stage: Stage, board: Board) -> None:
    await stage.kill(stage.valkey)
    stage.empty_valkey()
    await asyncio.sleep(PAUSE)
    await stage.start_valkey()


async def valkey_flushed(stage: Stage, board: Board) -> None:
    """Emptied while it runs: the same run, but nothing in it."""
    stage.ask_valkey("FLUSHALL")
    await asyncio.sleep(PAUSE)


async def valkey_frozen(stage: Stage, board: Board) -> None:
    await _freeze(stage.valkey.send_signal, 20)


async def valkey_older(stage: Stage, board: Board) -> None:
    """It goes on from a snapshot that is 3 s old."""
    stage.ask_valkey("SAVE")
    await asyncio.to_thread(shutil.copy, stage.folder / "dump.rdb", stage.folder / "older.rdb")
    await asyncio.sleep(3)
    await stage.kill(stage.valkey)
    await asyncio.to_thread(shutil.copy, stage.folder / "older.rdb", stage.folder / "dump.rdb")
    await stage.start_valkey()


async def worker_killed(stage: Stage, board: Board) -> None:
    await stage.kill(board.worker)
    await asyncio.sleep(PAUSE)
    await board.start_again()


async def worker_killed_without_valkey(stage: Stage, board: Board) -> None:
    """It dies with a queue of finals that it could not publish."""
    stage.valkey.send_signal(signal.SIGSTOP)
    await asyncio.sleep(2)
    await stage.kill(board.worker)
    stage.valkey.send_signal(signal.SIGCONT)
    await board.start_again()


async def _freeze(send_signal: Callable[[int], None], seconds: float) -> None:
    send_signal(signal.SIGSTOP)
    await asyncio.sleep(seconds)
    send_signal(signal.SIGCONT)


CUT = Fault(name="client cut 3 s", strike=weather(Weather.CUT, 3))
WEB_KILLED = Fault(name="web killed, back after 1 s", strike=web_killed)
VALKEY_EMPTIED = Fault(name="Valkey killed, back empty", strike=valkey_killed_and_emptied)

FAULTS = (
    CUT,
    Fault(name="1 s delay for 10 s", strike=weather(Weather.DELAY, 10)),
    Fault(name="trickle for 10 s", strike=weather(Weather.TRICKLE, 10)),
    Fault(name="black hole 60 s", strike=weather(Weather.HOLE, 60)),
    WEB_KILLED,
    Fault(name="web stopped 20 s", strike=web_stopped),
    Fault(name="rolling restart of two", strike=rolling_restart, stage={"webs": 2}, silent_within=5),
    Fault(name="Valkey killed, back", strike=valkey_killed),
    VALKEY_EMPTIED,
    Fault(name="Valkey flushed", strike=valkey_flushed),
    Fault(name="Valkey frozen 20 s", strike=valkey_frozen),
    Fault(name="Valkey back, 3 s older", strike=valkey_older, stage={"valkey": FORGETFUL}),
    Fault(name="worker killed", strike=worker_killed),
    Fault(name="worker killed, Valkey frozen", strike=worker_killed_without_valkey),
    Fault(
        name="2,000 clients, web killed",
        strike=web_killed,
        clients=2_000,
        direct=True,
        rate=2,
        patience=60,
        right_within=5,
    ),
)
