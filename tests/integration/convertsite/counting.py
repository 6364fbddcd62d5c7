"""A process that counts: `python -m tests.integration.convertsite.counting FOLDER`.

It does what each line of its input says: a number is counted, `fork N` lets a child count it, `fill` leaves the process
no room for files. After each line it prints `done`; at the end of its input it ends.
"""

import os
import resource
import signal
import sys

from django.conf import settings

settings.configure(METRICS_DIR=sys.argv[1])
os.environ["PROMETHEUS_MULTIPROC_DIR"] = sys.argv[1]

from prometheus_client import Counter, Gauge, Histogram  # noqa: E402

import convertsite  # noqa: E402, F401 (it comes before anything makes a series)

COUNTER = Counter("counted", "What was counted.", ["by"])
HISTOGRAM = Histogram("sizes", "What was counted, by size.", buckets=(1, 10))
GAUGE = Gauge("counting", "Processes that count.", multiprocess_mode="livesum")


def count(number: int, by: str) -> None:
    COUNTER.labels(by).inc(number)
    HISTOGRAM.observe(number)
    GAUGE.set(1)


def fork(number: int) -> None:
    if child := os.fork():
        os.waitpid(child, 0)
        return
    count(number, "child")
    os._exit(0)


def fill() -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))


for line in sys.stdin:
    match line.split():
        case ["fill"]:
            fill()
        case ["fork", number]:
            fork(int(number))
        case [number]:
            count(int(number), "itself")
    sys.stdout.write("done\n")
    sys.stdout.flush()
