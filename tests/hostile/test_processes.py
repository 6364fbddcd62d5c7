"""Converter processes that crash, hang and lie. Each is a real one."""

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from conversions.engines.engine import EngineFile
from conversions.errors import (
    ConversionsError,
    DamagedFile,
    EngineCrashed,
    OutOfMemory,
    OutputInvalid,
    OutputTooLarge,
    TimedOut,
)
from conversions.sandbox import folders, isolation, landlock, runner
from conversions.sandbox.job import Job
from conversions.sandbox.limits import Limits
from tests.processes import ROOT
from tests.waiting import wait_for

APART = pytest.mark.skipif(not isolation.available().namespaces, reason="this machine allows no namespaces")
QUICK = Limits(memory_bytes=512 * 1024**2, wall_seconds=20)


class Watch:
    """Looks on, and wants no more as soon as the file exists."""

    def __init__(self, until: Path | None = None) -> None:
        self.until = until
        self.seen: list[tuple[str, float]] = []

    def reached(self, stage: str, fraction: float) -> None:
        self.seen.append((stage, fraction))

    def goes_on(self) -> bool:
        return not (self.until and self.until.exists())


def run(folder: Path, do: str, limits: Limits = QUICK, watch: Watch | None = None) -> Path:
    target = EngineFile(folder / "output", "gif")
    runner.run(Job("tests.hostile.rogue", [], target, {"do": do}, limits), folder, watch or Watch())
    return target.path


def processes_of(folder: Path) -> list[psutil.Process]:
    """Those that have the folder in their command line; what is about to end has none any more."""
    return [each for each in psutil.process_iter(["cmdline"]) if str(folder) in str(each.info["cmdline"])]


def no_longer_runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_result_is_there_and_progress_was_told(tmp_path: Path) -> None:
    watch = Watch()
    assert run(tmp_path, "work", watch=watch).stat().st_size > 0
    assert watch.seen == [("reading", 0.5)]


@pytest.mark.parametrize(
    ("do", "error", "params"),
    [
        ("crash", EngineCrashed, {"how": "SIGSEGV"}),
        ("be killed", EngineCrashed, {"how": "SIGKILL"}),
        ("exit", EngineCrashed, {"how": "exit status 3"}),
        ("raise", EngineCrashed, {"how": "exit status 1", "words": "ZeroDivisionError: division by zero"}),
        ("give up", DamagedFile, {"reason": "it smells"}),
        ("report nonsense", EngineCrashed, {"how": "an unknown report"}),
        ("report endlessly", EngineCrashed, {"how": "an endless report"}),
        ("swap the log", EngineCrashed, {"how": "exit status 3"}),
        (
            "open many files",
            EngineCrashed,
            {"how": "exit status 1", "words": "OSError: [Errno 24] Too many open files: '…/output'"},
        ),
        ("curse", EngineCrashed, {"how": "exit status 3", "words": "at …/secret.txt  [31mand http://a.b/c"}),
        ("lose a program", EngineCrashed, {"how": "SIGKILL", "words": "last words"}),
        ("take all memory", OutOfMemory, {"limit": QUICK.memory_bytes}),
        ("be refused memory", OutOfMemory, {"limit": QUICK.memory_bytes}),
        ("crash without memory", OutOfMemory, {"limit": QUICK.memory_bytes}),
        ("write nothing", OutputInvalid, {"to": "GIF"}),
        ("write an empty file", OutputInvalid, {"to": "GIF"}),
        ("write something else", OutputInvalid, {"to": "GIF"}),
        ("link elsewhere", OutputInvalid, {"to": "GIF"}),
        ("make a folder", OutputInvalid, {"to": "GIF"}),
    ],
)
def test_misdeed_is_a_typed_error(
    tmp_path: Path, do: str, error: type[ConversionsError], params: dict[str, object]
) -> None:
    with pytest.raises(error) as caught:
        run(tmp_path, do)
    assert caught.value.params == params


@pytest.mark.parametrize("do", ["write for ever", "let a program write for ever"])
def test_output_past_the_limit_ends_the_process(tmp_path: Path, do: str) -> None:
    with pytest.raises(OutputTooLarge):
        run(tmp_path, do, Limits(output_bytes=5_000_000))
    assert (tmp_path / "output").stat().st_size <= 5_000_000


@pytest.mark.parametrize(
    ("do", "error", "params"),
    [
        ("fill the disk", OutputTooLarge, {"limit": 50_000_000}),
        ("litter", EngineCrashed, {"how": "more than 500 files"}),
        ("dig", EngineCrashed, {"how": "more than 500 files"}),
    ],
)
def test_process_that_fills_its_folder_is_ended(
    tmp_path: Path, do: str, error: type[ConversionsError], params: dict[str, object]
) -> None:
    with folders.private_folder(tmp_path) as folder, pytest.raises(error) as caught:
        run(folder, do, Limits(folder_bytes=50_000_000, files=500))
    assert caught.value.params == params
    assert list(tmp_path.iterdir()) == []


def test_folder_goes_however_deep_and_locked_it_is(tmp_path: Path) -> None:
    dig = (
        "import os\n"
        "for depth in range(3_000):\n"
        "    os.mkdir('deeper'); os.chdir('deeper')\n"
        "    if depth % 500 == 0:\n"
        "        os.makedirs('locked/within'); os.chmod('locked', 0)\n"
    )
    with folders.private_folder(tmp_path) as folder:
        subprocess.run([sys.executable, "-c", dig], cwd=folder, check=True)
    assert list(tmp_path.iterdir()) == []


def test_processor_time_past_the_limit_ends_the_process(tmp_path: Path) -> None:
    with pytest.raises(TimedOut) as caught:
        run(tmp_path, "spin", Limits(cpu_seconds=1))
    assert caught.value.params == {"limit": 1}


@pytest.mark.parametrize("do", ["hang", "ignore SIGTERM"])
def test_hang_is_ended_with_all_that_it_started(tmp_path: Path, do: str) -> None:
    with pytest.raises(TimedOut) as caught:
        run(tmp_path, do, Limits(wall_seconds=1.5))
    assert caught.value.params == {"limit": 1.5}
    for pid in (tmp_path / "pids").read_text().split():
        wait_for(lambda pid=pid: no_longer_runs(int(pid)), because="the process to end")


def test_process_that_closes_its_pipe_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "EXIT_PATIENCE", 0.2)
    with pytest.raises(EngineCrashed):
        run(tmp_path, "close the pipe")


def test_stop_ends_the_process_within_a_second(tmp_path: Path) -> None:
    with pytest.raises(runner.Stopped):
        run(tmp_path, "hang", watch=Watch(until=tmp_path / "pids"))
    pids = tmp_path / "pids"
    assert time.time() - pids.stat().st_mtime < 1
    for pid in pids.read_text().split():
        wait_for(lambda pid=pid: no_longer_runs(int(pid)), timeout=1, because="the process to end")


def test_process_has_nothing_to_give_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "s3cret")
    run(tmp_path, "tell")
    names, folder, own_session = (tmp_path / "told").read_text().split("|")
    allowed = {"HOME", "LANG", "LC_CTYPE", "LD_LIBRARY_PATH", "PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "TMPDIR"}
    assert set(names.split()) <= allowed
    assert Path(folder) == tmp_path
    assert own_session == "True"


@pytest.mark.skipif(landlock.version() < 6, reason="this kernel's Landlock is older than version 6, or off")
def test_process_gets_at_nothing_that_is_not_its_own(tmp_path: Path) -> None:
    folder, secret = tmp_path / "work", tmp_path / "secret"
    folder.mkdir()
    secret.write_text("s3cret")
    rights = secret.stat().st_mode & 0o777
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as neighbour:
        neighbour.bind(path := str(tmp_path / "neighbour"))
        neighbour.listen()
        port = server.getsockname()[1]
        wishes = {"secret": str(secret), "project": str(ROOT), "port": port, "neighbour": path}
        (folder / "wishes").write_text(json.dumps(wishes))
        run(folder, "reach out")
    had = json.loads((folder / "had").read_text())
    assert [deed for deed, succeeded in had.items() if succeeded] == []
    assert len(had) == 20
    assert not (tmp_path / "escaped").exists()
    assert secret.stat().st_mode & 0o777 == rights


def test_process_dies_with_its_parent(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from tests.hostile.test_processes import run;"
        "run(Path(sys.argv[1]), 'hang')"
    )
    parent = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], env={**os.environ, "PYTHONPATH": "."})
    pids = tmp_path / "pids"
    try:
        wait_for(lambda: pids.exists() and pids.read_text(), because="the converter process")
    finally:
        parent.kill()
        parent.wait()
    child, grandchild = map(int, pids.read_text().split())
    wait_for(lambda: no_longer_runs(child), timeout=2, because="the converter process to end")
    if isolation.available().namespaces:
        wait_for(lambda: no_longer_runs(grandchild), timeout=2, because="what it started to end")
    else:
        psutil.Process(grandchild).kill()


@APART
def test_what_belongs_to_nobody_ends_too(tmp_path: Path) -> None:
    run(tmp_path, "go away")
    orphan = int((tmp_path / "pids").read_text())
    wait_for(lambda: no_longer_runs(orphan), timeout=2, because="the orphan to end")


@APART
@pytest.mark.parametrize(
    ("do", "error", "limits"),
    [
        ("fill the disk namelessly", OutputTooLarge, Limits(folder_bytes=50_000_000)),
        ("take all memory together", OutOfMemory, QUICK),
    ],
)
def test_what_no_single_process_or_folder_shows_counts_too(
    tmp_path: Path, do: str, error: type[ConversionsError], limits: Limits
) -> None:
    with pytest.raises(error):
        run(tmp_path, do, limits)
    wait_for(lambda: not processes_of(tmp_path), because="all of them to end")


@APART
def test_a_process_that_becomes_too_many_is_ended(tmp_path: Path) -> None:
    with pytest.raises(EngineCrashed) as caught:
        run(tmp_path, "multiply", Limits(processes=20))
    assert caught.value.params == {"how": "more than 20 processes"}
    wait_for(lambda: not processes_of(tmp_path), because="all of them to end")


def test_nothing_stays_open(tmp_path: Path) -> None:
    before = psutil.Process().num_fds()
    run(tmp_path, "work")
    with pytest.raises(EngineCrashed):
        run(tmp_path, "exit")
    assert psutil.Process().num_fds() == before
