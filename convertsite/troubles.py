"""What operators are told of before people write: one function each, which says what is wrong."""

import shutil
import socket
import time
from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

import redis
from django.conf import settings
from django.utils import timezone

from conversions.errors import human_duration
from conversions.jobs import turns
from conversions.models import Lane
from convertsite import liveness, multiprocess
from convertsite.models import Look

OLD = {Lane.SHORT: timedelta(minutes=5), Lane.LONG: timedelta(hours=1)}
"""For how long a conversion may wait."""
LEAST_FREE = 0.1  # of the disk
LEAST_DELIVERED = 0.999  # of the frames
FEW = 100  # frames, of which no rate says anything
FEW_CUT = 5  # who closes a tab acknowledges nothing of what was under way
WINDOW = 600  # seconds that are looked at for it
SENT, CUT = "realtime_frames_sent_total", "realtime_frames_unacknowledged_total"


class Trouble(NamedTuple):
    """Something that may be wrong. `look` says what is: empty, nothing is; None, nobody can know just now."""

    look: Callable[[], str | None]
    advice: str


def valkey() -> str:
    """Whether Valkey answers."""
    try:
        liveness.valkey().ping()
    except redis.RedisError:
        return "Valkey does not answer."
    return ""


def part(name: str) -> Callable[[], str | None]:
    """Whether a part gives signs of life, as Valkey knows it."""

    def look() -> str | None:
        try:
            alive = liveness.is_alive(name)
        except redis.RedisError:
            return None
        return "" if alive else f"No sign of life from {name}."

    return look


def queue() -> str:
    """Whether something waits for long."""
    now = timezone.now()
    for lane, since in turns.waiting_since().items():
        if now - since > OLD[Lane(lane)]:
            told = human_duration((now - since).total_seconds())
            return f"The oldest waiting conversion of the lane “{lane}” waits for {told}."
    return ""


def disk() -> str:
    """Whether the disk of the data folder has room."""
    found = shutil.disk_usage(settings.DATA_DIR)
    if found.free >= LEAST_FREE * found.total:
        return ""
    return f"The disk of the data folder has {found.free // 1024**2} MB free, {100 * found.free / found.total:.1f} %."


def deliveries() -> str:
    """Whether what this machine's processes send arrives. Frames that were under way when their connection ended did
    not, though their events are repeated to who comes back."""
    row, machine, now = Look.objects.get_or_create(pk=1)[0], socket.gethostname()[:64], time.time()
    sent, cut = counted()
    before = [each for each in row.counted.get(machine, []) if now - WINDOW <= each[0] <= now and each[1] <= sent]
    row.counted[machine] = [*before, [now, sent, cut]]
    row.save(update_fields=["counted"])
    if not before:
        return ""
    sent, cut = sent - before[0][1], cut - before[0][2]
    if sent < FEW or cut < FEW_CUT or cut <= (1 - LEAST_DELIVERED) * sent:
        return ""
    minutes = round((now - before[0][0]) / 60)
    return f"Of {sent:,.0f} frames in {minutes} min, {100 * (1 - cut / sent):.2f} % were acknowledged."


def counted() -> tuple[float, float]:
    """The frames that were sent, and those under way when their connection ended, since counting began."""
    sums = {SENT: 0.0, CUT: 0.0}
    for family in multiprocess.read(settings.METRICS_DIR):
        for sample in family.samples:
            if sample.name in sums:
                sums[sample.name] += sample.value
    return sums[SENT], sums[CUT]


TROUBLES: dict[str, Trouble] = {
    "valkey": Trouble(valkey, "Start Valkey again, or look at REDIS_URL; its log says why it stopped."),
    "worker": Trouble(part("worker"), "Start the worker again: nothing is converted without it."),
    "long": Trouble(part("long"), "Start the worker of the queue conversions.long again: films wait."),
    "housekeeping": Trouble(
        part("housekeeping"), "Start the worker of the queue housekeeping again: lost conversions are not taken up."
    ),
    "beat": Trouble(part("beat"), "Start beat again: nothing is cleaned up, and lost conversions are not found."),
    "queue": Trouble(queue, "See whether workers run and what they are at. If they work, there is too much to do."),
    "deliveries": Trouble(
        deliveries,
        "Look at the connections in admin: their close codes say whether networks or slow readers are behind it.",
    ),
    "disk": Trouble(disk, "Make room, or lower RETENTION_HOURS."),
}
