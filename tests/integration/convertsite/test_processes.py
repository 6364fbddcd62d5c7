"""The supervisor with small processes of its own: real signals, real ends."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.processes import ROOT, environment, stop
from tests.waiting import wait_for

NAMES = ("store", "eager", "steady")


class Supervised:
    """A running supervisor: its log, and the processes it keeps."""

    def __init__(self, folder: Path, manner: str = "willing") -> None:
        self.folder, self.log = folder, folder / "log"
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.integration.convertsite.supervised", str(folder), manner],
                cwd=ROOT,
                env=environment(),
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        wait_for(lambda: self.said("up: ready"), because="the start")

    def said(self, text: str) -> bool:
        return text in self.log.read_text()

    def place(self, text: str) -> int:
        return self.log.read_text().index(text)

    def child(self, name: str) -> int:
        return int((self.folder / name).read_text())

    def children(self) -> list[int]:
        return [self.child(name) for name in NAMES]


@pytest.fixture
def supervised(tmp_path: Path) -> Iterator[Supervised]:
    running = Supervised(tmp_path)
    yield running
    stop(running.process)


@pytest.fixture
def stubborn(tmp_path: Path) -> Iterator[Supervised]:
    """Its processes ignore SIGTERM."""
    running = Supervised(tmp_path, "stubborn")
    yield running
    stop(running.process)


def lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_parts_start_in_order_and_their_lines_carry_their_names(supervised: Supervised) -> None:
    wait_for(lambda: all(supervised.said(f"{name}: runs") for name in NAMES))
    assert supervised.place("store: runs") < min(supervised.place("eager: runs"), supervised.place("steady: runs"))


def test_a_process_that_is_killed_is_started_again(supervised: Supervised) -> None:
    others = [supervised.child("store"), supervised.child("steady")]
    killed = supervised.child("eager")
    psutil.Process(killed).kill()
    wait_for(lambda: supervised.child("eager") != killed and lives(supervised.child("eager")), because="a new process")
    assert supervised.said("eager ended (SIGKILL); starting it again in 0.25 s")
    assert [supervised.child("store"), supervised.child("steady")] == others


def test_a_process_that_ends_again_and_again_is_started_later_each_time(supervised: Supervised) -> None:
    for pause in ("0.25", "0.5", "1"):
        killed = supervised.child("eager")
        wait_for(lambda pid=killed: lives(pid))
        psutil.Process(killed).kill()
        wait_for(lambda text=f"starting it again in {pause} s": supervised.said(text), because=f"a pause of {pause} s")
        wait_for(lambda pid=killed: supervised.child("eager") != pid, because="a new process")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_stops_all_in_order(supervised: Supervised, number: signal.Signals) -> None:
    children = supervised.children()
    supervised.process.send_signal(number)
    assert supervised.process.wait(5) == 0
    assert not any(lives(pid) for pid in children)
    stops = [supervised.place(f"{name}: was asked to stop") for name in ("eager", "steady", "store")]
    assert stops == sorted(stops)
    assert supervised.place("up: ended") > stops[-1]


def test_the_echo_of_a_signal_does_not_hurry_the_stop(supervised: Supervised) -> None:
    supervised.process.send_signal(signal.SIGINT)
    supervised.process.send_signal(signal.SIGTERM)
    assert supervised.process.wait(5) == 0
    assert supervised.said("store: was asked to stop")


def test_a_process_that_ignores_the_stop_is_killed_when_its_patience_is_over(stubborn: Supervised) -> None:
    children = stubborn.children()
    stubborn.process.send_signal(signal.SIGTERM)
    assert stubborn.process.wait(5) == 0
    assert not any(lives(pid) for pid in children)
    assert stubborn.said("steady did not stop within 0.5 s and was killed")


def test_a_stop_while_a_process_waits_to_be_started_again_does_not_wait_for_it(supervised: Supervised) -> None:
    psutil.Process(supervised.child("eager")).kill()
    wait_for(lambda: supervised.said("starting it again"))
    supervised.process.send_signal(signal.SIGTERM)
    assert supervised.process.wait(5) == 0


def test_nothing_is_left_when_the_supervisor_is_killed(supervised: Supervised) -> None:
    children = supervised.children()
    supervised.process.kill()
    supervised.process.wait()
    wait_for(lambda: not any(lives(pid) for pid in children), timeout=5, because="the end of all processes")
