"""The layer's series for Prometheus; docs/metrics.md lists them.

They stand in prometheus_client's default registry, so whoever exposes that exposes them; in its multiprocess mode
those of all processes. What counts.py has is told by `flush`, which the hub and the publisher call once a second.
"""

import os
import threading
from collections import Counter as Tally
from collections.abc import Collection, Hashable
from itertools import product
from typing import TYPE_CHECKING

from prometheus_client import Counter, Gauge, Histogram

from realtime.counts import AGES, OTHER, REASONS, ROUND_TRIPS, counts
from realtime.quality import Grade

if TYPE_CHECKING:
    from realtime.connection import Connection
    from realtime.feeds import Numbers

TRANSPORTS = ("websocket", "sse")
SWEPT = ("stale", "records", "processes", "samples")
GRADES = (*Grade, None)
PLAIN = {
    name: Counter(f"realtime_{name}", meaning)
    for name, meaning in (
        ("frames_sent", "Frames that left to connections."),
        ("frames_acknowledged", "Frames that clients acknowledged; of an event stream, that it took."),
        ("frames_unacknowledged", "Frames that were under way when their connection closed."),
        ("frames_cut_off", "Of these, frames of connections whose end nobody had meant."),
        ("events_published", "Events that this site's processes gave to the layer."),
        ("events_delivered", "Events in the frames that left, one for each connection."),
        ("events_repaired", "Events that the channel layer had not brought and the history did."),
        ("finals_sent", "Finals in the frames that left to WebSockets, one for each connection."),
        ("finals_acknowledged", "Finals that the clients of WebSockets acknowledged."),
        ("gaps", "Times that a topic's events were not as its history had them, and were read from there."),
        ("replays", "Subscriptions that went on from the client's position."),
        ("snapshots", "Subscriptions that began from a snapshot, or from all that the history holds."),
    )
}
LABELLED: dict[str, tuple[Counter, tuple[str, ...]]] = {
    name: (Counter(f"realtime_{name}", meaning, [label]), known)
    for name, label, known, meaning in (
        ("events_lost", "kind", ("final", "keyed"), "Events that did not get into a history: no room, or refused."),
        ("connections_opened", "transport", TRANSPORTS, "Connections that were let in."),
        ("connections_closed", "code", (), "Connections that ended, by close code."),
        ("connections_refused", "code", (), "Connections that were not let in, by close code; 429: no handshake."),
        ("recoveries", "outcome", ("attempt", "success", "failure"), "Reconnects, as clients tell of them."),
        ("recoveries_asked", "reason", (*REASONS, OTHER), "Times that a client was told to recover."),
        ("valkey_errors", "call", ("append", "fan_out", "hub"), "Calls that Valkey did not answer as they should be."),
        ("swept", "what", SWEPT, "Connections that were marked as stale, and what was deleted for good."),
        ("tasks", "outcome", ("done", "skipped"), "Beat's tasks; skipped: somebody did the same just then."),
    )
}


class Counted(Histogram):
    """A histogram whose observations were counted by bucket already."""

    def add(self, numbers: Collection[int], total: float) -> None:
        """So many more in each bucket, which add up to `total`."""
        # prometheus_client itself can but observe them one by one; a test holds that this comes to the same.
        for bucket, number in zip(self._buckets, numbers, strict=True):
            bucket.inc(number)
        self._sum.inc(total)


BUCKETS = {
    "delivery_age": Counted(
        "realtime_delivery_age_seconds",
        "From publish() to the connections: the oldest event of each micro-batch, once for each connection.",
        buckets=AGES,
    ),
    "round_trip": Counted("realtime_round_trip_seconds", "From a ping to its pong.", buckets=ROUND_TRIPS),
}
CONNECTIONS = Gauge("realtime_connections", "Open connections.", ["transport", "quality"], multiprocess_mode="livesum")
OUTBOX = Gauge(
    "realtime_outbox_entries", "Messages and micro-batches that wait for a connection.", multiprocess_mode="livesum"
)
WAITING = Gauge("realtime_publisher_waiting_events", "Events that wait for their history.", multiprocess_mode="livesum")
FOLLOWED = Gauge("realtime_topics", "Topics that a process follows for somebody.", multiprocess_mode="livesum")
BEHIND = Gauge("realtime_topics_behind", "Topics that are read from the history now.", multiprocess_mode="livesum")
ARRIVING = Gauge("realtime_subscriptions_waiting", "Subscriptions not answered yet.", multiprocess_mode="livesum")
JOINING = Gauge(
    "realtime_groups_waiting",
    "Groups of the channel layer that are asked for and not joined: over seconds, the layer is deaf.",
    multiprocess_mode="livesum",
)
HISTORY = Gauge(
    "realtime_history_answer_seconds",
    "How long the histories took to tell their tops, last, of the slowest process.",
    multiprocess_mode="livemax",
)
GAUGES = (CONNECTIONS, OUTBOX, WAITING, FOLLOWED, BEHIND, ARRIVING, JOINING, HISTORY)
ALL = (*PLAIN.values(), *(counter for counter, _ in LABELLED.values()), *BUCKETS.values(), *GAUGES)

_told: dict[Hashable, float] = {}  # what Prometheus knows already
_observed: dict[str, tuple[list[int], float]] = {}
_flushing = threading.Lock()


def flush() -> None:
    """Tell what was counted since the last time; takes some 50 µs. May be called in any thread."""
    with _flushing:
        for name, counter in PLAIN.items():
            _grow(counter, name, getattr(counts, name))
        for name, (counter, _) in LABELLED.items():
            for label, number in list(getattr(counts, name).items()):
                _grow(counter.labels(label), (name, label), number)
        for name, histogram in BUCKETS.items():
            _observe(histogram, name)
        WAITING.set(counts.events_waiting)


def show(connections: "Collection[Connection]", feeds: "Numbers") -> None:
    """Tell how a hub is now."""
    tally = Tally([(connection.transport, connection.quality.grade) for connection in connections])
    for transport, grade in product(TRANSPORTS, GRADES):
        CONNECTIONS.labels(transport, grade or "unknown").set(tally[transport, grade])
    OUTBOX.set(sum([connection.waiting for connection in connections]))
    for gauge, number in zip((FOLLOWED, BEHIND, ARRIVING, JOINING), feeds, strict=True):
        gauge.set(number)
    HISTORY.set(counts.history_answer)


def begin() -> None:
    """Make every series whose labels are known appear, with nothing counted: of what comes later all that is missing
    is then known to have not happened."""
    for counter in PLAIN.values():
        counter.inc(0)
    for counter, known in LABELLED.values():
        for label in known:
            counter.labels(label).inc(0)
    for histogram in BUCKETS.values():
        histogram.add([0] * len(histogram._buckets), 0)


def _grow(counter: Counter, name: Hashable, now: float) -> None:
    if more := now - _told.get(name, 0):
        counter.inc(more)
        _told[name] = now


def _observe(histogram: Counted, name: str) -> None:
    buckets = getattr(counts, name)
    numbers, total = list(buckets.numbers), buckets.total
    before, total_before = _observed.get(name, ([0] * len(numbers), 0.0))
    if numbers != before:
        histogram.add([now - then for now, then in zip(numbers, before, strict=True)], total - total_before)
        _observed[name] = numbers, total


def _start_over() -> None:
    """In a forked child, whose parent tells what the parent has counted."""
    _told.clear()
    _observed.clear()
    _flushing.release()


# No other thread is in the middle of telling, then, which the child would wait for without end.
os.register_at_fork(before=_flushing.acquire, after_in_parent=_flushing.release, after_in_child=_start_over)
