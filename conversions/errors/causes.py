"""Whether what went wrong comes of a full disk or of too little memory, however a library or a program says it."""

import errno
import re
from collections.abc import Iterator

from conversions.errors.machine import EngineFailed
from conversions.errors.root import ConversionsError

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_FULL_WORDS = re.compile(
    r'(?:^|[:(\]]\s*)(?:No space left on device|Disk quota exceeded)(?:[\s).]*$|: \'|","errno")', re.MULTILINE
)
_MEMORY_WORDS = re.compile(
    r"MemoryError|failed to allocate|memory allocation (?:of|error|fail)|out of memory|cannot allocate memory|bad_alloc"
    r"|malloc of size \d+ failed|allocating \d+ bytes failed|bufferpool\(\) failed|thread creation failed",
    re.IGNORECASE,
)


def tells_full_disk(words: str) -> bool:
    """Whether the last words of a program, or those of an exception, tell of a full disk."""
    return _FULL_WORDS.search(words) is not None


def tells_no_memory(words: str) -> bool:
    """Whether they tell of memory that was refused."""
    return _MEMORY_WORDS.search(words) is not None


def is_full_disk(error: BaseException) -> bool:
    """Whether the exception, or one that led to it, is of a full disk."""
    causes = list(_causes(error))
    return any(isinstance(each, OSError) and each.errno in _FULL for each in causes) or any(
        map(tells_full_disk, _words(causes))
    )


def is_no_memory(error: BaseException) -> bool:
    """Whether the exception, or one that led to it, is of memory that was refused."""
    causes = list(_causes(error))
    return any(isinstance(each, MemoryError) for each in causes) or any(map(tells_no_memory, _words(causes)))


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    ahead: list[BaseException | None] = [error]
    while ahead:
        each = ahead.pop()
        if each is not None and id(each) not in seen:
            seen.add(id(each))
            yield each
            ahead += [each.__cause__, each.__context__]


def _words(causes: list[BaseException]) -> Iterator[str]:
    """Not those of an error which may hold what the file says: sheets and members can have any name."""
    return (str(each) for each in causes if isinstance(each, EngineFailed) or not isinstance(each, ConversionsError))
