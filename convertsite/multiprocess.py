"""What many processes count, in one folder: prometheus_client's multiprocess mode, so that it bears restarts.

By itself it names a process's files after its pid, which comes back, and means another process in another container;
the files of the dead stay, and one that is made on a full disk kills its process (SIGBUS). Here a process has a name
that no other ever has and a lock that ends with it. Its files are made with the first count, so that a management
command leaves none, and their blocks are taken at once. What the dead have counted is added up ("folded") by whoever
comes next, in one step: before it the dead count, after it what was folded does.

Importing this changes prometheus_client, and must come before anything makes a series.
"""

import fcntl
import logging
import os
import secrets
import shutil
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from prometheus_client import values
from prometheus_client.metrics_core import Metric
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector

RESERVED = {"counter": 2**19, "histogram": 2**19, "gauge_livesum": 2**16, "gauge_livemax": 2**16}
"""Bytes of a process's files, by kind: some 1,500 series. Past them a file grows, and then a full disk would kill."""
AGAIN = 60.0  # seconds until a folder that could not be written is tried again
TRIES = 5
ALIVE, FOLDED, FOLDING, NAMES = ".alive", "folded-", ".folding-", "names"
logger = logging.getLogger(__name__)


class Member:
    """This process, as one of those that write into the folder."""

    def __init__(self) -> None:
        self.name = ""
        self._lock: int | None = None  # a descriptor
        self.tried_at = -AGAIN

    def joins(self) -> bool:
        """Whether it has files; they are made now if need be."""
        if not self.name and time.monotonic() >= self.tried_at + AGAIN:
            self.tried_at = time.monotonic()
            try:
                self._join(Path(settings.METRICS_DIR))
            except OSError as error:
                logger.warning("Nothing is counted in this process: %s", error)
                self.leave()
        return bool(self.name)

    def _join(self, folder: Path) -> None:
        fold(folder)
        name = f"{os.getpid()}-{secrets.token_hex(6)}"
        self._lock = _locked(folder, name)
        for kind, size in RESERVED.items():
            reserve(folder / f"{kind}_{name}.db", size)
        self.name = name

    def leave(self) -> None:
        """Be dead to the others; a forked child, whose name is its own, leaves its parent the lock that was both's."""
        if self._lock is not None:
            os.close(self._lock)
        self.name, self._lock = "", None


class Value:
    """A number, as prometheus_client's series keep theirs; it has its place in a file once any of them is counted.
    Whatever goes wrong, who counts goes on."""

    _multiprocess = True

    def __init__(self, *place: Any, **options: Any) -> None:
        self._place, self._options = place, options
        self._mapped: Any = None
        with _counting:
            _homeless.append(self)

    def map(self) -> None:
        """Take its place."""
        self._mapped = _Mapped(*self._place, **self._options)

    def inc(self, amount: float) -> None:
        """Add."""
        self._change("inc", amount)

    def set(self, value: float, timestamp: float | None = None) -> None:
        """Replace."""
        self._change("set", value, timestamp)

    def get(self) -> float:
        """What this process has counted."""
        with _counting:
            return float(self._mapped.get()) if self._mapped is not None and _member.joins() else 0.0

    def set_exemplar(self, exemplar: Any) -> None:
        """There are none across processes."""

    def get_exemplar(self) -> None:
        """There are none across processes."""

    def _change(self, how: str, *arguments: Any) -> None:
        with _counting:
            if not _member.joins():
                return
            try:
                while _homeless:
                    _homeless.pop().map()
                getattr(self._mapped, how)(*arguments)
            except Exception:  # what is counted goes on without
                logger.exception("A count is lost")


_member = Member()
_homeless: list[Value] = []  # until something is counted
_counting = threading.Lock()
_Mapped: Any = values.MultiProcessValue(lambda: _member.name)
setattr(values, "ValueClass", Value)  # noqa: B010 (mypy forbids the other way)


def _start_over() -> None:
    _member.leave()
    _member.tried_at = -AGAIN
    _counting.release()


# No other thread is in the middle of a count, then, whose locks a child would have for good.
os.register_at_fork(before=_counting.acquire, after_in_parent=_counting.release, after_in_child=_start_over)


def read(folder: Path) -> list[Metric]:
    """What all processes have counted, dead ones too, and how the living are now."""
    fold(folder)
    for _ in range(TRIES):
        newest = _newest(folder)
        with suppress(FileNotFoundError):
            found = list(MultiProcessCollector.merge(_files(folder, newest)))
            if _newest(folder) == newest:  # else another has folded meanwhile
                return found
    raise FileNotFoundError(f"{folder} is folded all the time")


def fold(folder: Path) -> None:
    """Add what died since to what had been folded, and remove its files. Does nothing while another does it, or while
    there is no room for it; may be killed at any moment."""
    try:
        with _alone(folder) as alone:
            if alone:
                _fold(folder)
    except OSError as error:
        logger.warning("What ended processes have counted is not added up yet: %s", error)


def _fold(folder: Path) -> None:
    before = _newest(folder)
    _remove_all_but(folder, before)
    if dead := [path.stem for path in folder.glob(f"*{ALIVE}") if _is_dead(path)]:
        _remove_all_but(folder, _folded(folder, before, dead))


def reserve(path: Path, size: int) -> None:
    """Make a file of zeros that are on the disk, all or none of it seen. Raises `OSError` if there is no room."""
    with path.with_suffix(".new").open("wb") as file:
        file.write(bytes(size))
    path.with_suffix(".new").rename(path)


def _locked(folder: Path, name: str) -> int:
    """The lock of a process, which is held when others can see it."""
    hidden = folder / f".{name}"
    file = os.open(hidden, os.O_CREAT | os.O_RDWR, 0o600)
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    hidden.rename(folder / f"{name}{ALIVE}")
    return file


@contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """Whether nobody else folds."""
    with (folder / "folding").open("wb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def _is_dead(alive: Path) -> bool:
    try:
        with alive.open("r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, FileNotFoundError):
        return False
    return True


def _newest(folder: Path) -> Path | None:
    """The last fold that was completed."""
    return max(folder.glob(f"{FOLDED}*"), default=None)


def _names(fold: Path | None) -> set[str]:
    """The processes that a fold took in, whose own files count no more."""
    return set((fold / NAMES).read_text().split()) if fold else set()


def _folded(folder: Path, before: Path | None, dead: Iterable[str]) -> Path:
    number = int(before.name.removeprefix(FOLDED)) + 1 if before else 1
    made = Path(tempfile.mkdtemp(prefix=FOLDING, dir=folder))
    for kind in ("counter", "histogram"):
        files = [folder / f"{kind}_{name}.db" for name in dead]
        _write_sums(made / f"{kind}_all.db", [*files, before / f"{kind}_all.db"] if before else files)
    (made / NAMES).write_text("\n".join(dead))
    return made.rename(folder / f"{FOLDED}{number:012}")


def _write_sums(target: Path, files: Iterable[Path]) -> None:
    sums: dict[str, float] = defaultdict(float)
    for file in files:
        if file.exists():  # its process may have died before it had it
            for key, value, *_ in MmapedDict.read_all_values_from_file(str(file)):
                sums[key] += value
    reserve(target, 64 + sum(len(key.encode()) + 64 for key in sums))
    written = MmapedDict(str(target))
    for key, value in sums.items():
        written.write_value(key, value, 0.0)
    written.close()


def _remove_all_but(folder: Path, newest: Path | None) -> None:
    """Remove older folds, those that were not completed, and the files of the processes that the newest took in."""
    for other in (*folder.glob(f"{FOLDED}*"), *folder.glob(f"{FOLDING}*")):
        if other != newest:
            shutil.rmtree(other)
    for name in _names(newest):
        for path in (*folder.glob(f"*_{name}.*"), folder / f"{name}{ALIVE}"):  # the lock, by which it is found, last
            path.unlink(missing_ok=True)


def _files(folder: Path, newest: Path | None) -> list[str]:
    gone = _names(newest)
    files = [path for path in folder.glob("*_*.db") if _member_of(path) not in gone]
    living = [path for path in files if not path.name.startswith("gauge") or not _has_died(path)]
    return [str(path) for path in (*living, *(newest.glob("*.db") if newest else ()))]


def _has_died(gauge: Path) -> bool:
    return _is_dead(gauge.with_name(f"{_member_of(gauge)}{ALIVE}"))


def _member_of(file: Path) -> str:
    return file.stem.split("_")[-1]
