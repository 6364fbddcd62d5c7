"""Conversions that stand still in a state, for tests of how a page shows them. No worker knows of them."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page

from tests.processes import ROOT, environment
from tests.stack import Site

MAKE = """
import json, sys
from datetime import timedelta
from django.utils import timezone
from conversions.models import Conversion, Owner, Source
key, states, count = {key!r}, {states!r}, {count!r}
now = timezone.now()
later = now + timedelta(hours=1)
owner = Owner.objects.get_or_create(key=key)[0]
for number in range(count):
    state = states[number % len(states)]
    ended = state not in ("queued", "running")
    row = Conversion.objects.create(
        owner=owner, to="webp", state=state, expires_at=now + timedelta(days=1),
        percent={{"running": 5.0 + number % 90, "completed": 100.0}}.get(state),
        stage="encoding" if state == "running" else "",
        progress=("measured", "phased", "estimated")[number % 3], lease_until=later, dispatched_at=later,
        lane="long",  # whose worker nothing in these tests wakes: it would be next in turn
        started_at=None if state == "queued" else now - timedelta(seconds=2), finished_at=now if ended else None,
        error_code="damaged_file" if state == "failed" else "",
        error_message="The file is damaged." if state == "failed" else "",
        error_suggestion="Export it again from where it came from." if state == "failed" else "",
        error_retryable=state == "failed",
        output="nowhere" if state == "completed" else "", output_name="picture.webp", output_size=412_000,
        output_media_type="image/webp",
    )
    Conversion.objects.filter(pk=row.pk).update(added_at=now - timedelta(seconds=count - number))
    name = f"{{state}} {{number}}.png"
    Source.objects.create(conversion=row, file="nowhere", name=name, size=3_100_000, format="png")
"""
UPDATE = """
import time
from conversions.jobs.events import ProgressUpdate
from conversions.models import Conversion
from realtime import publish
key, rate = {key!r}, {rate!r}
rows = list(Conversion.objects.filter(owner__key=key, state="running").order_by("pk"))
began, sent = time.monotonic(), 0
while True:
    row = rows[sent % len(rows)]
    percent = min(row.percent + 1 + sent // len(rows), 99.0)
    publish("owner." + key, ProgressUpdate(conversion_id=str(row.pk), percent=percent, progress=row.progress,
        stage="encoding", eta_seconds=None, attempt=1), key="progress:" + str(row.pk))
    sent += 1
    time.sleep(max(began + sent / rate - time.monotonic(), 0))
"""


def seed(site: Site, page: Page, *states: str, count: int | None = None) -> None:
    """Give the page's visitor one conversion a state, or `count` of them in turn, and show them."""
    site.manage("shell", "-v", "0", "-c", MAKE.format(key=owner_key(page), states=states, count=count or len(states)))
    page.reload()


@contextmanager
def updates(site: Site, page: Page, rate: float) -> Iterator[None]:
    """Publish so many `progress_update` a second, of the running conversions in turn, as a worker would."""
    code = UPDATE.format(key=owner_key(page), rate=rate)
    command = [sys.executable, "-W", "ignore", "manage.py", "shell", "-v", "0", "-c", code]
    publisher = subprocess.Popen(command, cwd=ROOT, env=environment(**site.settings))
    try:
        yield
    finally:
        publisher.kill()
        publisher.wait()


def owner_key(page: Page) -> str:
    """The key of the owner whose list the page shows."""
    config = json.loads(page.locator("#config").text_content() or "{}")
    return str(config["topic"]).removeprefix("owner.")
