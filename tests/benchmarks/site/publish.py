"""Publishes to the boards: `python -m tests.benchmarks.site.publish RATE SECONDS TOPICS`.

With `enqueue` instead of a rate it measures how long `publish()` takes, and prints two medians in microseconds: of
calls in bursts of 100, and of 10, after each of which the processor has slept.
"""

import statistics
import sys
import time

import django

django.setup()

from realtime import flush, publish  # noqa: E402 (Django first)
from tests.benchmarks.pace import fields, paced  # noqa: E402 (Django first)
from tests.benchmarks.site.topics import Progress  # noqa: E402 (Django first)

PATIENCE = 20


def put_up(topic: str, number: int, t: float) -> None:
    """Every twentieth event is a final; the others are states of one conversion each."""
    event = Progress(**fields(number, t))
    publish(topic, event, key=None if event.final else event.conversion_id)


def at_a_rate(rate: float, seconds: float, topics: int) -> None:
    for number, t in paced(rate, seconds):
        put_up(f"board.{number % topics}", number, t)
    if not flush(PATIENCE):
        sys.exit("The events did not leave.")


def enqueue(burst: int, calls: int = 4_000) -> float:
    """The median of a call, in microseconds, at about 1,000 a second in bursts, while the background thread sends."""
    spent = []
    for number in range(calls):
        event = Progress(**fields(number, time.time()))
        key = None if event.final else event.conversion_id
        start = time.perf_counter()
        publish("board.0", event, key=key)
        spent.append(time.perf_counter() - start)
        if number % burst == 0:
            time.sleep(burst / 1_000)
    return statistics.median(spent) * 1e6


if __name__ == "__main__":
    if sys.argv[1] == "enqueue":
        sys.stdout.write(f"{enqueue(100):.2f} {enqueue(10):.2f}\n")
    else:
        at_a_rate(float(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]))
