"""Runs pandoc, which here reads its one source and no other file, whatever that names (`--sandbox`)."""

import re
import subprocess
from importlib.util import find_spec
from pathlib import Path

from conversions.engines.documents.sources import prepared
from conversions.engines.engine import EngineFile
from conversions.errors import ConversionsError, DamagedFile, EngineFailed, OtherFileNeeded, OutOfMemory

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
    log = Path("pandoc.log")
    with log.open("wb") as words:
        status = subprocess.run(
            [*_command(source, target), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=words,
            stderr=words,
            cwd=folder,
            check=False,
        ).returncode
    told = log.read_text(encoding="utf-8", errors="replace")
    if found := _MISSING.search(told):
        raise OtherFileNeeded(name=(found[1] or found[2]).rpartition("/")[2][:100])
    if status:
        raise _error(status, told)


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
