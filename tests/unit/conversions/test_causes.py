import errno

import pytest

from conversions.errors import DamagedFile, EngineFailed, NoSuchSheet, causes


def raised(error: Exception, cause: Exception) -> Exception:
    try:
        raise error from cause
    except type(error) as caught:
        return caught


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device", "/some/where"),
        OSError(errno.EDQUOT, "Disk quota exceeded"),
        raised(EngineFailed(reason="encoder error"), OSError(errno.ENOSPC, "No space left on device")),
        raised(DamagedFile(reason="IO Error"), RuntimeError('Could not write file "x": No space left on device')),
        RuntimeError("unable to call pngsave\n  wbuffer_write: write failed\nunix error: No space left on device\n"),
        RuntimeError('{"exception_message":"Could not write file \\"x\\": No space left on device","errno":"28"}'),
        EngineFailed(reason="Error writing trailer: No space left on device"),
        EngineFailed(reason="main.typ: withBinaryFile: resource exhausted (No space left on device)"),
    ],
)
def test_a_full_disk_is_known_however_it_is_said(error: Exception) -> None:
    assert causes.is_full_disk(error)
    assert not causes.is_no_memory(error)


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        raised(EngineFailed(reason="no details"), MemoryError()),
        EngineFailed(reason="heif: Memory allocation error: Unspecified: Allocating 196099215 bytes failed (6.0)"),
        EngineFailed(reason="heif: Encoding problem: Tile encoder thread creation failed (8.5002)"),
        EngineFailed(reason="heif: Initialization problem: av1_create_context_and_bufferpool() failed (8.5001)"),
        EngineFailed(reason="out of memory error when writing image file"),
        EngineFailed(reason="Error while opening encoder: Cannot allocate memory"),
        RuntimeError("std::bad_alloc"),
    ],
)
def test_memory_that_was_refused_is_known_however_it_is_said(error: Exception) -> None:
    assert causes.is_no_memory(error)
    assert not causes.is_full_disk(error)


@pytest.mark.parametrize(
    "error",
    [
        NoSuchSheet(sheet="out of memory", sheets="x"),
        DamagedFile(reason="the word No space left on device is in it"),
        OSError(errno.EACCES, "Permission denied"),
        ValueError("a line says: rsync: No space left on device, and goes on"),
    ],
)
def test_what_a_file_says_of_itself_is_no_cause(error: Exception) -> None:
    assert not causes.is_full_disk(error)
    assert not causes.is_no_memory(error)
