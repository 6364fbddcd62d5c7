"""What the page "Real-time health" shows: all that is known of the layer at a moment, and what is wrong in words."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum

from django.db.models import Count, F, Q

from realtime import clock, reports, samples, selftest_runs
from realtime.backoff import AWAY
from realtime.conf import conf
from realtime.errors import REASONS, WANTED
from realtime.models import ConnectionRecord, ConnectionState, HealthSample, Transport
from realtime.quality import Grade
from realtime.reports import UNKNOWN, Process, Reports

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LEAST_RATE = 99.9  # per cent of the frames; less is worth a look
FEW = 100  # frames, of which no rate is worth a look
MANY_POOR = 0.1  # of the connections
MOST_SHOWN = 50  # connections
CLOSE_WORDS: dict[int | None, str] = {None: "not known", 1006: "cut off without a word"}
CLOSE_WORDS |= {code: words for code, words in REASONS.items()}  # noqa: C416 (of another type)


class Level(IntEnum):
    """How bad it is."""

    HEALTHY = 0
    """Nothing is known to be wrong."""
    DEGRADED = 1
    """Events get through, and something wants to be looked at."""
    UNHEALTHY = 2
    """Events do not get through, or what people wait for does not go on."""


@dataclass(frozen=True)
class Source:
    """What else of a project is shown. `age` tells how many seconds ago it gave a sign of life; None: it gives none.
    What it raises is shown as not known. `level` is how bad its silence is, `advice` what to do then."""

    age: Callable[[], float | None]
    level: Level
    advice: str


parts: dict[str, Source] = {}
"""Those that a project has, by name; it fills them in its `AppConfig.ready`."""


@dataclass(frozen=True)
class Finding:
    """Something that is wrong, in a sentence or two."""

    level: Level
    sentence: str


@dataclass(frozen=True)
class Part:
    """A part beside the web processes. `age` is None without a sign of life."""

    name: str
    known: bool
    age: float | None


@dataclass(frozen=True)
class Failure:
    """Connections that closed within a day with this code, which neither side wanted."""

    code: int | None
    words: str
    number: int


@dataclass(frozen=True)
class Connections:
    """Those of one owner, or all: by state, and the open ones by quality and by transport. `shown` are the owner's
    newest, or else those that want to be looked at, the worst first. All is as the records have it, up to an interval
    old; without an owner, the numbers of open ones are as their processes said within some seconds."""

    open: int
    stale: int
    qualities: dict[str, int]
    transports: dict[str, int]
    latency_p50_ms: float | None
    latency_p95_ms: float | None
    failures: list[Failure]
    shown: list[ConnectionRecord]


@dataclass(frozen=True)
class Overview:
    """All of it at `at`. `valkey_ms` is None where Valkey does not answer; `counts` are of the last hour; `checked_ago`
    is how many seconds ago beat's check wrote a sample."""

    at: datetime
    owner: str
    connections: Connections
    counts: dict[str, int]
    valkey_ms: float | None
    database_ms: float
    checked_ago: float | None
    processes: list[Process]
    parts: list[Part]
    selftest: selftest_runs.Run | None
    findings: list[Finding] = field(default_factory=list)

    @property
    def level(self) -> Level:
        """The worst of the findings."""
        return max((finding.level for finding in self.findings), default=Level.HEALTHY)

    @property
    def delivery_rate(self) -> float | None:
        """Per cent of the last hour's frames."""
        return samples.delivery_rate(self.counts["acknowledged"], self.counts["cut_off"])

    @property
    def waiting(self) -> int:
        """Messages and batches that connections are owed."""
        return sum(process.said.waiting for process in self.processes if not process.silent)


def look(owner: str = "") -> Overview:
    """How all is now; with an owner its connections only. A dozen queries and a few round trips to Valkey. Raises what
    the database raises."""
    now, began = clock.now(), time.perf_counter()
    newest = HealthSample.objects.order_by("-taken_at").values_list("taken_at", flat=True).first()
    database_ms = (time.perf_counter() - began) * 1000
    valkey_ms, said = _said()
    counts = samples.counted_since(now - HOUR)
    seen = Overview(
        at=now,
        owner=owner,
        connections=_connections(owner, now, said),
        counts={name: count + said.counts[name] for name, count in counts.items()},
        valkey_ms=valkey_ms,
        database_ms=database_ms,
        checked_ago=None if newest is None else max(0.0, (now - newest).total_seconds()),
        processes=said.processes,
        parts=[_part(name, source, valkey_ms is not None) for name, source in parts.items()],
        selftest=_selftest(valkey_ms is not None),
    )
    seen.findings.extend(findings(seen))
    return seen


def _said() -> tuple[float | None, Reports]:
    began = time.perf_counter()
    try:
        said = reports.read()
    except AWAY:
        return None, samples.NOTHING
    return (time.perf_counter() - began) * 1000, said


def _selftest(valkey_answers: bool) -> selftest_runs.Run | None:
    try:
        return selftest_runs.newest() if valkey_answers else None
    except AWAY:
        return None


def _part(name: str, source: Source, valkey_answers: bool) -> Part:
    if not valkey_answers:  # which keeps the signs of life of most, and each would be waited for
        return Part(name, False, None)
    try:
        return Part(name, True, source.age())
    except Exception:  # noqa: BLE001 (it is the project's)
        return Part(name, False, None)


def _connections(owner: str, now: datetime, said: Reports) -> Connections:
    records = ConnectionRecord.objects.filter(owner=owner) if owner else ConnectionRecord.objects.all()
    measured = samples.connections(records)
    kinds = _kinds_recorded(records) if owner or not said.processes else _kinds_said(said)
    qualities, transports = Counter[str](), Counter[str]()
    for (transport, quality), number in kinds.items():
        qualities[quality] += number
        transports[transport] += number
    return Connections(
        open=kinds.total(),
        stale=measured["stale"],
        qualities={name: qualities[name] for name in (*Grade, UNKNOWN) if qualities[name]},
        transports={kind.label: transports[kind] for kind in Transport if transports[kind]},
        latency_p50_ms=measured["latency_p50_ms"],
        latency_p95_ms=measured["latency_p95_ms"],
        failures=_failures(owner, now),
        shown=_shown(owner),
    )


def _kinds_recorded(records: samples.Records) -> Counter[tuple[str, str]]:
    rows = records.order_by().filter(state=ConnectionState.OPEN).values_list("transport", "quality")
    return Counter({(kind, quality or UNKNOWN): number for kind, quality, number in rows.annotate(Count("pk"))})


def _kinds_said(said: Reports) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for process in said.processes:
        if not process.silent:
            found.update({(transport, quality): number for transport, quality, number in process.said.kinds})
    return found


def _failures(owner: str, now: datetime) -> list[Failure]:
    ended = ConnectionRecord.objects.order_by().filter(closed_at__gte=now - DAY)
    if owner:
        ended = ended.filter(owner=owner)
    rows = ended.values_list("close_code").annotate(Count("pk"))
    found = [Failure(code, CLOSE_WORDS.get(code, "other"), number) for code, number in rows if code not in WANTED]
    return sorted(found, key=lambda failure: -failure.number)


def _shown(owner: str) -> list[ConnectionRecord]:
    records = ConnectionRecord.objects.defer("details")
    if owner:
        return list(records.filter(owner=owner)[:MOST_SHOWN])
    unacknowledged = F("frames_sent") - F("frames_acknowledged")
    unwell = Q(state=ConnectionState.STALE) | Q(state=ConnectionState.OPEN) & (Q(quality=Grade.POOR) | Q(waiting__gt=0))
    return list(records.filter(unwell).order_by("-waiting", unacknowledged.desc(), "-opened_at")[:MOST_SHOWN])


# --- In words


def findings(seen: Overview) -> list[Finding]:
    """What is wrong, the worst first."""
    found = [*_of_valkey(seen), *_of_processes(seen), *_of_parts(seen), *_of_connections(seen)]
    return sorted(found, key=lambda finding: -finding.level)


def _of_valkey(seen: Overview) -> list[Finding]:
    if seen.valkey_ms is not None:
        return []
    text = "Valkey does not answer: events wait until it is back. What is below comes from the database alone."
    return [Finding(Level.UNHEALTHY, text)]


def _of_processes(seen: Overview) -> list[Finding]:
    silent = [process for process in seen.processes if process.silent]
    found = [
        Finding(Level.DEGRADED, f"Web process {process.name} is silent for {process.age:.0f} s: busy, stopped or dead.")
        for process in silent
    ]
    if silent and len(silent) == len(seen.processes):
        found.append(Finding(Level.UNHEALTHY, "No web process reports: nobody is told anything."))
    return found


def _of_parts(seen: Overview) -> list[Finding]:
    found = [
        Finding(parts[part.name].level, f"No sign of life from {part.name}. {parts[part.name].advice}")
        for part in seen.parts
        if part.known and part.age is None
    ]
    # A site that was just started, or comes back after a night, has a while for it.
    uptime = max((process.said.uptime for process in seen.processes), default=0.0)
    waited = uptime if seen.checked_ago is None else min(uptime, seen.checked_ago)
    if waited > 2.5 * conf.HEALTH_CHECK_INTERVAL:
        text = f"No check of connections for {waited / 60:.0f} min: beat, or the worker of its tasks, is not at work."
        found.append(Finding(Level.DEGRADED, text))
    return found


def _of_connections(seen: Overview) -> list[Finding]:
    found, those = [], seen.connections
    rate, poor = seen.delivery_rate, those.qualities.get(Grade.POOR, 0)
    if rate is not None and rate < LEAST_RATE and seen.counts["acknowledged"] + seen.counts["cut_off"] >= FEW:
        text = f"Of the last hour's frames {100 - rate:.2f} % were cut off; their clients get them when they are back."
        found.append(Finding(Level.DEGRADED, text))
    if those.stale:
        text = f"Connections that their process has stopped reporting: {those.stale}."
        found.append(Finding(Level.DEGRADED, text))
    if poor > MANY_POOR * those.open:
        found.append(Finding(Level.DEGRADED, f"Connections of poor quality: {poor} of {those.open}."))
    return found
