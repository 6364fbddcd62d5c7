"""Runs pandoc, which here reads its one source and no other file, whatever that names (`--sandbox`)."""

import re
import resource
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from conversions.engines import limits, programs
from conversions.engines.documents.sources import prepared, unpacked_size
from conversions.engines.engine import EngineFile
from conversions.errors import ConversionsError, DamagedFile, EngineFailed, OtherFileNeeded, OutOfMemory, TimedOut

MEMORY_MIB = 512
_READERS = {"md": "commonmark_x+autolink_bare_uris", "txt": "html", "html": "html-native_divs-native_spans"}
_WRITERS = {"md": "gfm", "txt": "plain", "html": "html5", "epub": "epub3", "docbook": "docbook5"}
_ARGUMENTS = {"html": ["--embed-resources"]}
_FILTER = Path(__file__).with_name("filter.lua")
# Its exit statuses for what it cannot read: https://pandoc.org/MANUAL.html#exit-codes.
_UNREADABLE = frozenset({44, 63, 64, 65, 66, 91, 92, 93, 94, 95})
_HEAP_EXHAUSTED = 251
_MISSING = re.compile(
    r"^(?:File (.*) not found in resource path|\[WARNING\] Could not load include file (\S+))", re.MULTILINE
)


def run(source: EngineFile, target: EngineFile, *arguments: str, folder: Path = Path()) -> None:
    """Have the target written. Other files that `arguments` ask for go to the folder. Raises a `ConversionsError`."""
    source = prepared(source)
    command, seconds = [*_command(source, target), *arguments], _seconds(source)
    log = Path("pandoc.log")
    with (
        log.open("wb") as words,
        subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=words, stderr=words, cwd=folder) as process,
    ):
        _limit(process.pid, seconds)
    status, told = process.returncode, log.read_text(encoding="utf-8", errors="replace")
    if found := _MISSING.search(told):
        raise OtherFileNeeded(name=(found[1] or found[2]).rpartition("/")[2][:100])
    if status == -signal.SIGXCPU:
        raise TimedOut(limit=seconds)
    programs.check_end(status, told)
    if status:
        raise _error(status, told)


def _seconds(source: EngineFile) -> int:
    """The processor time that it may take: some of its readers take the square of the levels in which a file nests, or
    worse, and would be at a few kilobytes for minutes."""
    return limits.DOCUMENT_TIME.most * (1 + unpacked_size(source) // 1024**2)


def _limit(process: int, seconds: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
    if sys.platform == "linux" and (seconds < soft or soft == resource.RLIM_INFINITY):
        resource.prlimit(process, resource.RLIMIT_CPU, (seconds, hard))


def _command(source: EngineFile, target: EngineFile) -> list[str]:
    return [
        _program(),
        *("+RTS", f"-M{MEMORY_MIB}m", "-RTS", "--sandbox", "--standalone", "--wrap=none", f"--lua-filter={_FILTER}"),
        *("--from", _READERS.get(source.format, source.format), "--to", _WRITERS.get(target.format, target.format)),
        *("--output", str(target.path), *_ARGUMENTS.get(target.format, ()), str(source.path)),
    ]


def _program() -> str:
    package = find_spec("pypandoc")
    if package is None or package.origin is None:
        raise EngineFailed(reason="pandoc is not installed")
    return str(Path(package.origin).with_name("files") / "pandoc")


def _error(status: int, told: str) -> ConversionsError:
    if status == _HEAP_EXHAUSTED:
        return OutOfMemory(limit=MEMORY_MIB * 1024**2)
    return (DamagedFile if status in _UNREADABLE else EngineFailed)(reason=_last_words(told))


def _last_words(told: str) -> str:
    """What it complained of last, warnings apart, without the paths of our files."""
    lines = [re.sub(r"/\S+", "", line).strip(" .:") for line in told.splitlines() if "[WARNING]" not in line]
    return " ".join(filter(None, lines))[:200] or "no details"
