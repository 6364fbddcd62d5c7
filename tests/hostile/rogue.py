"""An engine that misbehaves as its options say, for tests of what holds converter processes."""

import ctypes
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any

from conversions.engines import programs
from conversions.engines.engine import EngineFile, Report
from conversions.errors import DamagedFile, EngineFailed

GIF = bytes.fromhex("47494638396101000100800000ffffff0000002c00000000010001000002024401003b")


def convert(sources: Sequence[EngineFile], target: EngineFile, options: Mapping[str, Any], report: Report) -> None:
    report(0.5, "reading")
    DEEDS[options["do"]](target.path)


def _hang(path: Path) -> None:
    """With a process of its own, which must go too. Tells both ids."""
    tell = "import os, time; print(os.readlink('/proc/self'), flush=True); time.sleep(600)"
    other = subprocess.Popen([sys.executable, "-c", tell], stdout=subprocess.PIPE)
    assert other.stdout
    path.with_name("pids").write_text(f"{Path('/proc/self').readlink()} {other.stdout.readline().decode()}")
    time.sleep(600)


def _go_away(path: Path) -> None:
    """Leave a process behind that belongs to nobody, and be done."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            path.with_name("pids").write_text(str(Path("/proc/self").readlink()))
            os.close(int(sys.argv[2]))
            time.sleep(600)
        os._exit(0)
    while not path.with_name("pids").exists():
        time.sleep(0.01)
    path.write_bytes(GIF)


def _multiply(path: Path) -> None:
    while True:
        if os.fork() == 0:
            time.sleep(600)
        time.sleep(0.001)


def _spin(path: Path) -> None:
    while True:
        pass


def _write_for_ever(path: Path) -> None:
    with path.open("wb") as file:
        while True:
            file.write(GIF * 10_000)


def _fill_the_disk(path: Path) -> None:
    for number in count():
        path.with_name(f"part{number}").write_bytes(GIF * 500_000)


def _fill_the_disk_namelessly(path: Path) -> None:
    """By files that no folder names any more."""
    kept = []
    for number in count():
        kept.append(path.with_name(f"part{number}").open("wb"))
        path.with_name(f"part{number}").unlink()
        kept[-1].write(GIF * 500_000)


def _litter(path: Path) -> None:
    for number in count():
        path.with_name(f"bit{number}").touch()


def _dig(path: Path) -> None:
    """Folders in folders, deeper than any path may be."""
    while True:
        os.mkdir("deeper")  # noqa: PTH102 (a path would become too long)
        os.chdir("deeper")


def _swap_the_log(path: Path) -> None:
    """For a pipe that nobody writes to."""
    path.with_name("log").unlink()
    os.mkfifo(path.with_name("log"))
    os._exit(3)


def _ignore_sigterm(path: Path) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    _hang(path)


def _curse(path: Path) -> None:
    os.write(2, f"first words\nat {path.with_name('secret.txt')} \x1b[31mand http://a.b/c\n\n".encode())
    os._exit(3)


def _take_all_memory(path: Path) -> None:
    taken = []
    while True:
        taken.append(bytearray(50_000_000))


def _take_all_memory_together(path: Path) -> None:
    """Each process less than one may have."""
    for _ in range(8):
        if os.fork() == 0:
            break
    taken = bytearray(b"x") * 100_000_000
    time.sleep(600)
    raise AssertionError(taken)


def _open_many(path: Path) -> None:
    files = [path.open("ab") for _ in range(1_000)]
    raise AssertionError(files)


def _write_to_the_pipe(what: bytes) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        while True:
            os.write(int(sys.argv[2]), what)

    return write


def _close_the_pipe(path: Path) -> None:
    os.close(int(sys.argv[2]))
    time.sleep(600)


def _tell(path: Path) -> None:
    """What the process has of the outside."""
    names = " ".join(sorted(os.environ))
    path.with_name("told").write_text(f"{names}|{Path.cwd()}|{os.getsid(0) in (0, os.getpid())}")
    path.write_bytes(GIF)


def _give_up(path: Path) -> None:
    raise DamagedFile(reason="it smells")


def _link_elsewhere(path: Path) -> None:
    elsewhere = path.with_name("elsewhere")
    elsewhere.write_bytes(GIF)
    path.symlink_to(elsewhere)


def _lose_a_program(path: Path) -> None:
    """As when somebody kills it."""
    ended = subprocess.run(["/bin/sh", "-c", "echo last words; kill -9 $$"], capture_output=True, check=False)
    programs.check_end(ended.returncode, ended.stdout.decode())


def _let_a_program_write_for_ever(path: Path) -> None:
    with path.open("wb") as file:
        programs.check_end(subprocess.run(["/bin/cat", "/dev/zero"], stdout=file, check=False).returncode, "")


def _be_refused_memory(path: Path) -> None:
    raise EngineFailed(reason="heif: Memory allocation error: Unspecified: Allocating 196099215 bytes failed (6.0)")


def _crash_without_memory(path: Path) -> None:
    os.write(2, b"x265 [error]: malloc of size 295219200 failed\n")
    os.kill(os.getpid(), signal.SIGSEGV)


def _call(function: str, *arguments: int | None) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, function)(*arguments) < 0:
        raise OSError(ctypes.get_errno(), function)


def _reach_out(path: Path) -> None:
    """For what is not its own. Tells of each whether it was had."""
    wishes = json.loads(path.with_name("wishes").read_text())

    def dial(kind: int, port: int) -> None:
        with socket.socket(socket.AF_INET, kind) as out:
            out.connect(("127.0.0.1", port))
            out.send(b"hello")

    def dial_a_path() -> None:
        with socket.socket(socket.AF_UNIX) as out:
            out.connect(wishes["neighbour"])

    deeds: dict[str, Callable[[], object]] = {
        "read a file of its user": lambda: Path(wishes["secret"]).read_text(),
        "read the machine's accounts": lambda: Path("/etc/passwd").read_text(),
        "list the project": lambda: list(Path(wishes["project"]).iterdir()),
        "write beside its folder": lambda: path.parent.with_name("escaped").write_text("x"),
        "write into the project": lambda: Path(wishes["project"], "escaped").write_text("x"),
        "link a file of its user": lambda: os.link(wishes["secret"], path.with_name("link")),
        "dial by TCP": lambda: dial(socket.SOCK_STREAM, wishes["port"]),
        "dial by UDP": lambda: dial(socket.SOCK_DGRAM, wishes["port"]),
        "dial a neighbour's path": dial_a_path,
        "make a device": lambda: os.mknod(path.with_name("device"), stat.S_IFCHR | 0o600, os.makedev(1, 5)),
        "set the clock": lambda: time.clock_settime(time.CLOCK_REALTIME, time.time()),
        "read another process": lambda: _call("process_vm_readv", os.getppid(), None, 0, None, 0, 0),
        "take memory that outlives it": lambda: _call("shmget", 0, 1_000_000, 0o1600),
        "take memory that nobody counts": lambda: os.memfd_create("x"),
        "lock a file of its user": lambda: Path(wishes["secret"]).chmod(0),
        "lock its own code": lambda: Path(__file__).chmod(Path(__file__).stat().st_mode),
        "give a file of its user away": lambda: os.chown(wishes["secret"], os.getuid(), os.getgid()),
        "mark a file of its user": lambda: os.setxattr(wishes["secret"], "user.x", b"x"),
        "end its parent": lambda: os.kill(os.getppid(), 0),
        "read by a program": lambda: subprocess.run(["/bin/cat", wishes["secret"]], check=True, capture_output=True),
    }
    had = {}
    for name, deed in deeds.items():
        try:
            deed()
            had[name] = True
        except (OSError, subprocess.CalledProcessError):
            had[name] = False
    path.with_name("had").write_text(json.dumps(had))
    path.write_bytes(GIF)


DEEDS: dict[str, Callable[[Path], object]] = {
    "work": lambda path: path.write_bytes(GIF),
    "reach out": _reach_out,
    "hang": _hang,
    "go away": _go_away,
    "multiply": _multiply,
    "spin": _spin,
    "crash": lambda path: os.kill(os.getpid(), signal.SIGSEGV),
    "be killed": lambda path: os.kill(os.getpid(), signal.SIGKILL),
    "exit": lambda path: os._exit(3),
    "raise": lambda path: 1 / 0,
    "give up": _give_up,
    "lose a program": _lose_a_program,
    "let a program write for ever": _let_a_program_write_for_ever,
    "be refused memory": _be_refused_memory,
    "crash without memory": _crash_without_memory,
    "write for ever": _write_for_ever,
    "fill the disk": _fill_the_disk,
    "fill the disk namelessly": _fill_the_disk_namelessly,
    "litter": _litter,
    "dig": _dig,
    "swap the log": _swap_the_log,
    "ignore SIGTERM": _ignore_sigterm,
    "curse": _curse,
    "take all memory": _take_all_memory,
    "take all memory together": _take_all_memory_together,
    "open many files": _open_many,
    "write nothing": lambda path: None,
    "write an empty file": lambda path: path.write_bytes(b""),
    "write something else": lambda path: path.write_bytes(b"<script>alert(1)</script>"),
    "link elsewhere": _link_elsewhere,
    "make a folder": lambda path: path.mkdir(),
    "report nonsense": _write_to_the_pipe(b"nonsense\n"),
    "report endlessly": _write_to_the_pipe(b"x" * 4_096),
    "close the pipe": _close_the_pipe,
    "tell": _tell,
}
