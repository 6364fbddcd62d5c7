"""What the end of a converter process, or of its engine, means to whoever sent the file."""

import re
import signal

from conversions.engines.programs import ProgramDied
from conversions.errors import (
    ConversionsError,
    EngineCrashed,
    NoSpace,
    OutOfMemory,
    OutputTooLarge,
    TimedOut,
    causes,
)
from conversions.sandbox.limits import Limits

SHOWN_CHARACTERS = 400
_FOLDERS = re.compile(r"(?<![\w.:/])(?:/[^/\s\"':]+)+/")


def of_exception(error: Exception, limits: Limits) -> ConversionsError | None:
    """Of an engine that raised it; None: it is a fault of the engine, and of no kind that is known."""
    if causes.is_full_disk(error):
        return NoSpace()
    if causes.is_no_memory(error):
        return OutOfMemory(limit=limits.memory_bytes)
    if isinstance(error, ProgramDied):
        return of_status(-error.number, error.words, limits)
    return error if isinstance(error, ConversionsError) else None


def of_status(status: int, words: str, limits: Limits) -> ConversionsError:
    """Of a process that ended with this status, as `subprocess` tells it, and these last words."""
    if status == -signal.SIGXFSZ:
        return OutputTooLarge(limit=limits.output_bytes)
    if status == -signal.SIGXCPU:
        return TimedOut(limit=limits.cpu_seconds)
    if causes.tells_no_memory(words):
        return OutOfMemory(limit=limits.memory_bytes)
    if causes.tells_full_disk(words):
        return NoSpace()
    shown = _shown(words)
    return EngineCrashed(how=name(status), **({"words": shown} if shown else {}))


def name(status: int) -> str:
    """The status in words: "exit status 3", "SIGSEGV"."""
    try:
        return f"exit status {status}" if status >= 0 else signal.Signals(-status).name
    except ValueError:
        return f"signal {-status}"


def _shown(words: str) -> str:
    """The last line of last words as whoever sent the file may see it: text alone, and no place on this machine."""
    lines = [line.strip() for line in _FOLDERS.sub("…/", words).splitlines() if line.strip()]
    return "".join(each if each.isprintable() else " " for each in lines[-1][-SHOWN_CHARACTERS:]) if lines else ""
