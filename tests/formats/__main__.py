"""`python -m tests.formats [WORD…]`: a small file by every way of every engine, or of those whose names hold a word."""

import logging
import os
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from conversions.engines import registry
from conversions.engines.registry import Step
from tests.formats.samples import sample
from tests.formats.trying import carried_out


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 (a command's output)


def failure(step: Step) -> str | None:
    """What went wrong; None: nothing."""
    try:
        content = carried_out(step, sample(step))
    except Exception as error:  # noqa: BLE001 (the others are to be tried all the same)
        return f"{type(error).__name__}: {error}"
    return None if content else "an empty file"


def main(words: list[str]) -> int:
    """The exit status: 0 if every pair passed."""
    begun = time.monotonic()
    steps = [step for step in registry.steps() if not words or any(word in name(step) for word in words)]
    tried, passed = Counter(step.engine.id for step in steps), Counter[str]()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for step, wrong in zip(steps, pool.map(failure, steps), strict=True):
            passed[step.engine.id] += wrong is None
            if wrong:
                say(f"FAILED {name(step)}: {wrong}")
    for engine, count in tried.items():
        say(f"{engine:12} {count:5} pairs tried {passed[engine]:5} passed")
    say(f"{'all':12} {tried.total():5} pairs tried {passed.total():5} passed in {time.monotonic() - begun:.0f} s")
    return int(passed.total() != tried.total())


def name(step: Step) -> str:
    return f"{step.engine.id}:{step.way.source}-{step.way.target}"


if __name__ == "__main__":
    logging.disable(logging.WARNING)  # the last words of a converter process are in its error
    sys.exit(main(sys.argv[1:]))
