"""A worker of the app under fire: `python -m tests.chaos.work BOARD JOBS_PER_SECOND BYTES`, until SIGTERM.

Each job is committed, and then announced; what a killed worker left unannounced, the next one announces. It says `idle`
when the histories have everything, and ends.
"""

import logging
import signal
import sys
import time
from itertools import count

import django

django.setup()

from django.db import transaction  # noqa: E402 (Django first)

from realtime import flush, publish  # noqa: E402
from tests.chaos.models import Gauge, Job  # noqa: E402
from tests.chaos.topics import GaugeChanged, JobDone, JobProgress  # noqa: E402

GAUGES = ("east", "west")
PATIENCE = 60


class Worker:
    """Works off one board."""

    def __init__(self, board: str, fill: int) -> None:
        self.board, self.fill = board, "x" * fill
        self.stopping = False
        self.jobs = Job.objects.filter(board=board)

    def announce(self, number: int) -> None:
        event = JobDone(number=number, fill=self.fill)
        publish(self.board, event, ends=f"job:{number}", event_id=f"{self.board}:{number}")

    def announce_left(self) -> None:
        """What an earlier worker may have announced, or not."""
        for number in self.jobs.filter(announced=False).order_by("number").values_list("number", flat=True):
            self.announce(number)

    def work(self, number: int) -> None:
        for ahead, percent in ((3, 25), (2, 50), (1, 75)):
            event = JobProgress(number=number + ahead, percent=percent)
            publish(self.board, event, key=f"job:{number + ahead}")
        with transaction.atomic():
            Job.objects.create(board=self.board, number=number, done_at=time.time())
            for name in GAUGES:
                Gauge.objects.update_or_create({"value": number}, board=self.board, name=name)
        self.announce(number)
        for name in GAUGES:
            publish(self.board, GaugeChanged(name=name, value=number), key=f"gauge:{name}")

    def mark(self, number: int) -> None:
        """Note what the history has; without waiting for it."""
        if flush(0):
            self.jobs.filter(announced=False, number__lte=number).update(announced=True)

    def run(self, rate: float) -> bool:
        self.announce_left()
        last = self.jobs.order_by("-number").values_list("number", flat=True).first() or 0
        due = time.monotonic()
        for number in count(last + 1):
            if self.stopping:
                break
            self.work(number)
            if number % 10 == 0:
                self.mark(number)
            due = max(due + 1 / rate, time.monotonic() - 1)
            time.sleep(max(0.0, due - time.monotonic()))
        return flush(PATIENCE)

    def stop(self, *_: object) -> None:
        self.stopping = True


if __name__ == "__main__":
    logging.basicConfig(level="WARNING", format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    worker = Worker(sys.argv[1], int(sys.argv[3]))
    signal.signal(signal.SIGTERM, worker.stop)
    print("idle" if worker.run(float(sys.argv[2])) else "events are left", flush=True)  # noqa: T201 (how stage.py hears of it)
