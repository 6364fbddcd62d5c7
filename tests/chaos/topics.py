"""Boards: on each a row of jobs is worked off, and gauges show the last number."""

from collections.abc import Mapping
from typing import Any

from realtime import Event, Topic
from tests.chaos.models import Gauge, Job


class JobDone(Event, tag="job_done"):
    number: int
    fill: str = ""


class JobProgress(Event, tag="job_progress"):
    number: int
    percent: int


class GaugeChanged(Event, tag="gauge_changed"):
    name: str
    value: int


class Board(Topic):
    pattern = "board.{name}"
    events = (JobDone, JobProgress, GaugeChanged)

    async def authorize(self, scope: Mapping[str, Any]) -> bool:
        return True

    async def snapshot(self) -> dict[str, Any]:
        jobs, gauges = Job.objects.filter(board=self.name), Gauge.objects.filter(board=self.name)
        return {
            "jobs": [number async for number in jobs.values_list("number", flat=True)],
            "gauges": {gauge.name: gauge.value async for gauge in gauges},
        }
