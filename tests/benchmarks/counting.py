"""`python -m tests.benchmarks.counting`: what it costs to count and to tell. The figures are in docs/metrics.md."""

import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

FOLDER = tempfile.TemporaryDirectory(prefix="convertsite-bench-")
os.environ |= {"DATA_DIR": FOLDER.name, "ENV_FILE": os.devnull, "DJANGO_SETTINGS_MODULE": "convertsite.settings"}
PROCESSES, SOME_PAIRS, CONNECTIONS = 8, 30, 10_000


def main() -> None:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from conversions import metrics as conversions
    from conversions.catalog import routes
    from realtime import metrics as realtime
    from realtime.connection import Connection
    from realtime.counts import counts
    from realtime.feeds import Numbers

    def tell() -> None:
        counts.frames_sent += 1
        counts.events_delivered += 3
        counts.delivery_age.add(0.1, 9)
        realtime.flush()

    connections = [
        Connection(owner="", address="", user_agent="", now=0, wake=lambda: None) for _ in range(CONNECTIONS)
    ]
    tell()
    say(f"telling what was counted: {1e6 * timed(tell):.0f} µs")
    say(f"{CONNECTIONS:,} connections: {1e3 * timed(lambda: realtime.show(connections, Numbers(1, 2, 3, 4))):.1f} ms")
    conversions.begin()
    pairs = routes.all_routes()
    for number in (SOME_PAIRS, len(pairs)):
        for route in pairs[:number]:
            engines = "+".join(dict.fromkeys(step.engine.id for step in route.steps))
            conversions.ENDS.labels("completed", engines, route.source.id, route.target.id).inc()
        told = 1e3 * timed(scrape_of_many)
        say(f"an answer, {PROCESSES} processes of {number} pairs: {told:.0f} ms, {len(answer()) // 1024} KiB")


def scrape_of_many() -> float:
    """Seconds of an answer while the files of this process are there several times."""
    from convertsite import multiprocess

    folder, name = Path(FOLDER.name, "metrics"), multiprocess._member.name
    copies = [
        shutil.copy(path, path.with_name(path.name.replace(name, f"copy{number}")))
        for number in range(PROCESSES - 1)
        for path in folder.glob(f"*_{name}.db")
    ]
    began = time.process_time()
    answer()
    took = time.process_time() - began
    for path in copies:
        path.unlink()
    return took


def answer() -> bytes:
    from prometheus_client import generate_latest

    from convertsite.metrics import registry

    return generate_latest(registry())


def timed(work: Callable[[], float | None], times: int = 9) -> float:
    """The median of processor seconds; `work` may say itself which of them count."""
    took = []
    for _ in range(times):
        began = time.process_time()
        told = work()
        took.append(time.process_time() - began if told is None else told)
    return median(took)


def say(line: str) -> None:
    print(line)  # noqa: T201 (what was asked for)


if __name__ == "__main__":
    main()
