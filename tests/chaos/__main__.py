"""`python -m tests.chaos [WORD…]`: all faults, or those whose names hold one of the words; a line for each."""

import asyncio
import logging
import os
import resource
import sys

from tests.chaos import readers, trial, workers
from tests.chaos.faults import FAULTS
from tests.chaos.trial import Outcome

HEAD = (
    f"{'fault':30} {'clients':>7} {'published':>9} {'lost':>5} {'doubled':>7} {'order':>5}"
    f" {'right again (slowest) s':>24} {'silence s':>9} {'returns':>7} {'snapshots':>9} {'errors':>6}"
)


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 (a command's output)


def line(outcome: Outcome) -> str:
    right = "never" if outcome.right_again is None else f"{outcome.right_again:.1f} ({outcome.slowest:.1f})"
    numbers = f"{outcome.clients:7} {outcome.published:9} {outcome.lost:5} {outcome.doubled:7} {outcome.out_of_order:5}"
    rest = f"{right:>24} {outcome.longest_silence:9.1f} {outcome.reconnects:7} {outcome.snapshots:9} {outcome.errors:6}"
    return f"{outcome.fault.name:30} {numbers} {rest}{'' if outcome.in_time else '  LATE'}"


async def main(words: list[str]) -> int:
    """The exit status: 0 if nothing was lost, doubled, out of order or late, and no memory grew."""
    bad = 0
    say(HEAD)
    for fault in FAULTS:
        if not words or any(word in fault.name for word in words):
            outcome = await trial.run(fault)
            say(line(outcome))
            bad += not outcome.flawless
    for reader in readers.READERS:
        if not words or any(word in reader.name for word in words):
            growth = await readers.run(reader)
            say(str(growth))
            bad += not growth.bounded
    if not words or any(word in workers.NAME for word in words):
        toll = await workers.run()
        say(str(toll))
        bad += not toll.flawless
    return min(bad, 1)


if __name__ == "__main__":
    logging.basicConfig(level="ERROR")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")  # what writes forms asks for them
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # each client is an open file, or three
    sys.exit(asyncio.run(main(sys.argv[1:])))
