"""docs/performance.md: the figures, and how to read them."""

import json
import math
import os
import platform
import subprocess
import time
from importlib.metadata import version

from tests.benchmarks.goals import GOALS, verdict
from tests.benchmarks.results import OURS, Figures, Results
from tests.benchmarks.servers import BY_NAME, HERE, NODE
from tests.processes import ROOT

PAGE = ROOT / "docs" / "performance.md"
READING = HERE / "reading.md"
CONVERSIONS = "\n## What the site adds to the work of an engine\n"
PACKAGES = ["daphne", "twisted", "autobahn", "channels", "channels-redis", "redis", "hiredis", "uvicorn", "uvloop"]
COMMON = ["µs/event", "p50 ms", "p99 ms", "delivered %", "events/frame", "lost", "closed", "client busy %"]
COLUMNS = {
    "idle": ["KiB/connection"],
    "storm": ["s until right", "s from the start", "missed events seen %", "s of CPU", "closed"],
    "inbound": ["µs/frame", "frames/s", "closed"],
    "enqueue": ["µs/call", "in tens"],
}
ABUSE = "abuse "
ABUSE_COLUMNS = [
    "quiet p50 ms",
    "quiet p99 ms",
    "abused p50 ms",
    "abused p99 ms",
    "times quiet",
    "server busy %",
    "lost",
]
ABUSES = {
    "pings": "pings, as fast as they are taken",
    "junk": "unknown types, broken JSON",
    "large": "frames of the largest size and far larger",
    "binary": "binary frames",
    "topics": "1,000 and 10,000 topics at once",
    "foreign": "topics that come and go, others' too",
    "come-and-go": "opening and closing all the time",
    "half": "half a frame and silence",
    "deaf": "never reading, never acknowledging",
}
TITLES = {
    "idle": "Memory of an idle connection",
    "1 each": "A topic for each watcher, a watcher for each topic",
    "storm": "All clients come back at once",
    "inbound": "A frame from a client",
    "enqueue": "A call of publish()",
}


def number(value: float | None) -> str:
    """With as many digits as mean something."""
    if value is None or value != value:
        return "-"
    if value == math.inf:
        return "never"
    if value >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.2f}" if value < 10 else f"{value:.1f}"


def line(figures: Figures) -> str:
    """The figures of one run."""
    return ", ".join(f"{name} {number(value)}" for name, value in figures.items())


def table(head: list[str], rows: list[list[str]]) -> str:
    """In Markdown; all columns but the first to the right."""
    cells = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in cells) + "\n"


def goals(results: Results) -> str:
    """Each goal, and how it stands."""
    rows = []
    for goal in GOALS:
        measured = goal.measured(results)
        values = [f"{number(value)}{goal.unit}" for value in (goal.goal, goal.floor)]
        rows.append([goal.what, *values, number(measured), verdict(goal, measured)])
    return table(["", "goal", "floor", "measured", ""], rows)


def part(results: Results, name: str) -> str:
    """A heading and the medians of one part."""
    columns = COLUMNS.get(name, COMMON)
    rows = []
    for server in results.servers(name):
        medians = [results.median(name, server, column) for column in columns]
        ratio = results.ratio(name, server, columns[0])
        rows.append([BY_NAME[server].title, *map(number, medians), number(ratio)])
    title = TITLES.get(name, f"One topic, many watchers, {name}")
    return f"### {title}\n\n{table(['', *columns, 'times Socket.IO'], rows)}"


def abuse(results: Results) -> str:
    """What honest watchers noticed of each kind of abuse; empty if that was not measured."""
    rows = []
    for name in results.parts:
        if name.startswith(ABUSE):
            kind, _, rate = name.removeprefix(ABUSE).partition(", ")
            medians = [results.median(name, OURS, column) for column in ABUSE_COLUMNS]
            rows.append([f"{ABUSES[kind]}, {rate}", *map(number, medians)])
    title = "### 50 abusive sockets beside 500 honest watchers"
    return f"\n{title}\n\n{table(['', *ABUSE_COLUMNS], rows)}" if rows else ""


def versions() -> str:
    """Of what was compared."""
    node = subprocess.run([NODE, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    named = json.loads((HERE / "package.json").read_text())["dependencies"]
    python = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    packages = ", ".join(f"{name} {number}" for name, number in named.items())
    return f"Python {platform.python_version()}: {python}. Node {node}: {packages}."


def keep(page: str) -> None:
    """Write the page, but for its last part, which `tests.benchmarks.conversions` measures."""
    _, title, conversions = PAGE.read_text().partition(CONVERSIONS)
    PAGE.write_text(page + title + conversions)


def keep_conversions(text: str) -> None:
    """Write the last part anew."""
    head = f"\n`make bench-conversions` wrote, {when()}.\n"
    PAGE.write_text(f"{PAGE.read_text().partition(CONVERSIONS)[0]}{CONVERSIONS}{head}\n{text}")


def when() -> str:
    """The day and the machine."""
    day = time.strftime("%Y-%m-%d", time.gmtime())
    return f"{day}, {os.cpu_count()} cores, {platform.machine()}, {platform.system()}"


def page(results: Results) -> str:
    """The whole page but its last part."""
    head = (
        "# Performance\n\n`make bench` wrote: this layer, raw Channels and Socket.IO, in turns on one machine, each\n"
        f"with a Valkey of its own. {when()}; medians of {results.runs()} runs.\n"
        f"{versions()}\n"
    )
    parts = "\n".join(part(results, name) for name in results.parts if not name.startswith(ABUSE))
    return f"{head}\n## Goals\n\n{goals(results)}\n{READING.read_text()}\n## Figures\n\n{parts}{abuse(results)}"
