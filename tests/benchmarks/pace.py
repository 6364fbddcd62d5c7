"""What the publishers have in common: which events, and when."""

import time
from collections.abc import Iterator

KEYS = 100
"""Conversions that report; the events go round them."""
FINAL_EVERY = 20


def paced(rate: float, seconds: float) -> Iterator[tuple[int, float]]:
    """The number and the time of day of each event, when it is due; late ones follow at once."""
    start = time.perf_counter()
    for number in range(int(rate * seconds)):
        wait = start + number / rate - time.perf_counter()
        if wait > 0:
            time.sleep(wait)
        yield number, time.time()


def fields(number: int, t: float) -> dict[str, float | int | str | bool]:
    """An event's fields, the same for all servers."""
    return {
        "t": t,
        "seq": number,
        "final": number % FINAL_EVERY == 0,
        "conversion_id": f"c{number % KEYS:02}",
        "percent": number % 100,
        "stage": "encoding",
    }
