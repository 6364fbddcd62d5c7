"""What several processes count is the sum of it, whoever ends, and however."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from convertsite import multiprocess
from tests.metrics import sample
from tests.processes import ROOT, environment


class Counting:
    """A process that counts; it ends with the `with`."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.convertsite.counting", str(folder)],
            cwd=ROOT,
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> "Counting":
        return self

    def do(self, line: str) -> "Counting":
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(line, file=self.process.stdin, flush=True)
        assert self.process.stdout.readline() == "done\n", self.process.stderr and self.process.stderr.read()
        return self

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def __exit__(self, *_: object) -> None:
        self.process.communicate()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def processes(folder: Path) -> Iterator[list[Counting]]:
    """Three that have counted 1, 2 and 4."""
    with ExitStack() as stack:
        made = [stack.enter_context(Counting(folder)) for _ in range(3)]
        for number, process in enumerate(made):
            process.do(str(2**number))
        yield made


def counted(folder: Path) -> tuple[float, float, float]:
    """The counter, the number of observations and the processes that live."""
    found = multiprocess.read(folder)
    return (
        sample("counted_total", of=found, by="itself") + sample("counted_total", of=found, by="child"),
        sample("sizes_count", of=found),
        sample("counting", of=found),
    )


def buckets(folder: Path) -> list[float]:
    found = multiprocess.read(folder)
    return [sample("sizes_bucket", of=found, le=bound) for bound in ("1.0", "10.0", "+Inf")]


def files(folder: Path) -> int:
    return len(list(folder.glob("*_*.db")))


def test_processes_add_up_also_those_that_ended_or_were_killed(folder: Path, processes: list[Counting]) -> None:
    assert counted(folder) == (7, 3, 3)
    processes[0].kill()
    processes[1].__exit__()
    assert counted(folder) == (7, 3, 1)
    assert files(folder) == len(multiprocess.RESERVED)
    with Counting(folder) as another:
        another.do("8")
        assert counted(folder) == (15, 4, 2)
    assert buckets(folder) == [1, 4, 4], "also one that nobody has observed anything in"
    processes[2].do("16")
    assert counted(folder) == (31, 5, 1)
    assert buckets(folder) == [1, 4, 5]


def test_many_restarts_leave_no_files_behind(folder: Path) -> None:
    for number in range(1, 5):
        with Counting(folder) as process:
            process.do("1")
        assert counted(folder) == (number, number, 0)
    left = sorted(path.name for path in folder.iterdir())
    assert left == ["folded-000000000004", "folding"]


def test_newcomer_adds_up_what_died_though_nobody_looks(folder: Path) -> None:
    for _ in range(3):
        with Counting(folder) as process:
            process.do("1")
    assert files(folder) == len(multiprocess.RESERVED), "those of the last one"


def test_forked_child_counts_for_itself_and_lives_no_longer(folder: Path) -> None:
    with Counting(folder) as process:
        process.do("1").do("fork 2").do("fork 4").do("8")
        assert counted(folder) == (15, 4, 1)


@pytest.mark.parametrize("removed", [0, 3])
def test_who_is_killed_while_adding_up_spoils_nothing(
    folder: Path, processes: list[Counting], removed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for process in processes:
        process.kill()
    gone: list[Path] = []

    def unlink(path: Path, missing_ok: bool = False) -> None:
        if len(gone) == removed:
            raise KeyboardInterrupt
        gone.append(path)
        path.rename(path.with_name("away"))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", unlink)
        with pytest.raises(KeyboardInterrupt):
            multiprocess.fold(folder)
    assert counted(folder) == (7, 3, 0)
    assert counted(folder) == (7, 3, 0)
    assert files(folder) == 0


def test_sum_that_was_not_completed_counts_for_nothing(folder: Path, processes: list[Counting]) -> None:
    processes[0].kill()
    unfinished = folder / f"{multiprocess.FOLDING}x"
    unfinished.mkdir()
    multiprocess.reserve(unfinished / "counter_all.db", 4096)
    assert counted(folder) == (7, 3, 2)
    assert not unfinished.exists()


def test_while_another_adds_up_the_dead_count_still_and_live_no_more(folder: Path, processes: list[Counting]) -> None:
    processes[0].kill()
    with multiprocess._alone(folder) as alone:
        assert alone
        assert counted(folder) == (7, 3, 2)
    assert counted(folder) == (7, 3, 2)


def test_looking_during_restarts_finds_never_less(folder: Path) -> None:
    found: list[list[float]] = [[], []]
    ended = threading.Event()

    def look(mine: list[float]) -> None:
        while not ended.wait(0.01):
            mine.append(counted(folder)[0])

    lookers = [threading.Thread(target=look, args=[mine]) for mine in found]
    for looker in lookers:
        looker.start()
    try:
        for _ in range(4):
            with Counting(folder) as process:
                process.do("1")
    finally:
        ended.set()
        for looker in lookers:
            looker.join()
    assert counted(folder) == (4, 4, 0)
    for mine in found:
        assert len(set(mine)) > 1
        assert mine == sorted(mine)


def test_process_that_finds_no_room_works_on_uncounted(folder: Path) -> None:
    with Counting(folder) as process:
        process.do("fill").do("1").do("2")
        assert counted(folder) == (0, 0, 0)
        process.kill()
    assert counted(folder) == (0, 0, 0)
    assert files(folder) == 0


@pytest.mark.parametrize("folded_before", [False, True])
def test_what_is_added_up_while_somebody_looks_is_not_missed(
    folder: Path, processes: list[Counting], folded_before: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    glob, looked = Path.glob, []
    if folded_before:
        processes[1].kill()
        assert counted(folder) == (7, 3, 2)

    def look(path: Path, pattern: str) -> Iterator[Path]:
        if pattern == "*_*.db" and not looked:
            looked.append(pattern)
            processes[0].kill()
            multiprocess.fold(folder)
        return glob(path, pattern)

    monkeypatch.setattr(Path, "glob", look)
    assert counted(folder) == (7, 3, 1 if folded_before else 2)
    assert looked
