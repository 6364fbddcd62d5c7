"""DuckDB, in bounds: it may touch some files only, has so much memory, and says how far it is."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Thread
from typing import Any

import duckdb

from conversions.engines.engine import Report
from conversions.errors import ConversionsError, DamagedFile, EngineFailed

MEMORY = "700MB"
THREADS = 2
_POLL_INTERVAL = 0.05
_BATCH = 5_000
_BLOCK = 16_384  # bytes; a table takes at least two for each column


class Database:
    """One for each conversion, in the folder of the process. `files` are all that statements can name."""

    def __init__(self, folder: Path, files: Sequence[Path]) -> None:
        self._connection = duckdb.connect(
            str(folder / "tables.duckdb"),
            config={
                "memory_limit": MEMORY,
                "threads": THREADS,
                "default_block_size": _BLOCK,
                "temp_directory": str(folder / "tables.tmp"),
                "max_temp_directory_size": "4GB",
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            },
        )
        allowed = ", ".join(quoted(str(file)) for file in files)
        for setting in (
            f"allowed_paths = [{allowed}]",
            "enable_external_access = false",
            "enable_progress_bar = true",
            "enable_progress_bar_print = false",
            "lock_configuration = true",
        ):
            self._connection.execute(f"SET {setting}")

    def run(self, statement: str, report: Report, stage: str) -> list[tuple[Any, ...]]:
        """Carry it out, and return its rows if they are few; the fraction done is DuckDB's own."""
        rows: list[tuple[Any, ...]] = []
        failures: list[duckdb.Error] = []
        thread = Thread(target=self._carry_out, args=(statement, rows, failures), daemon=True)
        thread.start()
        while thread.is_alive():
            report(max(0.0, self._connection.query_progress()) / 100, stage)
            thread.join(_POLL_INTERVAL)
        if failures:
            raise _in_our_words(failures[0]) from failures[0]
        report(1.0, stage)
        return rows

    def _carry_out(self, statement: str, rows: list[tuple[Any, ...]], failures: list[duckdb.Error]) -> None:
        try:
            rows += self._connection.execute(statement).fetchall()
        except duckdb.Error as error:
            failures.append(error)

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """All rows of a small answer."""
        try:
            return self._connection.execute(query).fetchall()
        except duckdb.Error as error:
            raise _in_our_words(error) from error

    def rows(self, query: str) -> Iterator[tuple[Any, ...]]:
        """The rows of a large answer, of which few are in memory at a time."""
        try:
            answer = self._connection.execute(query)
            while batch := answer.fetchmany(_BATCH):
                yield from batch
        except duckdb.Error as error:
            raise _in_our_words(error) from error


def quoted(text: str) -> str:
    """A text as SQL has it."""
    return "'" + text.replace("'", "''") + "'"


def named(name: str) -> str:
    """A name as SQL has it."""
    return '"' + name.replace('"', '""') + '"'


def _in_our_words(error: duckdb.Error) -> ConversionsError | MemoryError:
    """DuckDB's first words, without the paths of our files."""
    if isinstance(error, duckdb.OutOfMemoryException):
        return MemoryError()
    first = str(error).partition("\n")[0].partition(": ")[2]
    words = " ".join(word for word in first.split() if "/" not in word)[:200]
    ours = isinstance(error, duckdb.InternalException | duckdb.ParserException | duckdb.PermissionException)
    return (EngineFailed if ours else DamagedFile)(reason=words or "no details")
