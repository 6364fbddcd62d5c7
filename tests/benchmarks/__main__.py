"""`make bench`: this layer beside raw Channels and Socket.IO, in one run, in turns. Writes docs/performance.md."""

import argparse
import gc
import os
import resource
import signal
import sys
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

import uvloop

from tests.benchmarks import report, scenarios
from tests.benchmarks.abuse import abuse
from tests.benchmarks.results import Figures, Results
from tests.benchmarks.servers import BY_NAME, KINDS, LIMITED, Server
from tests.processes import ROOT

RUNS = ROOT / ".tools" / "benchmarks" / "runs.json"
"""The figures on this machine: a scenario that is measured alone changes its own part of the page."""
ALL = [kind.name for kind in KINDS]
USUAL = [name for name in ALL if name != "convertsite-uvicorn"]
NAMES = ["fanout", "each", "storm", "inbound", "enqueue", "abuse"]
Scenario = Callable[[Server], Coroutine[Any, Any, dict[str, Figures]]]


def plan(short: bool, abuse_rates: list[float]) -> dict[str, tuple[list[str], Scenario]]:
    """Each scenario by name: who takes part, and what is done."""
    watchers, clients, seconds = (300, 500, 3) if short else (1000, 2000, 6)
    rates = {10: seconds, 100: seconds} if short else {1: 12, 10: seconds, 100: seconds, 400: seconds}
    found = [
        (USUAL, partial(scenarios.fan_out, watchers=watchers, rates=rates)),
        (ALL, partial(scenarios.one_each, topics=watchers, rate=watchers, seconds=seconds)),
        (USUAL, partial(scenarios.storm, clients=clients)),
        (USUAL, partial(scenarios.inbound, watchers=500, rate=5000, seconds=seconds)),
        (["convertsite"], scenarios.enqueue),
        (["convertsite"], partial(abuse, watchers=watchers // 2, sockets=watchers // 20, rates=abuse_rates)),
    ]
    return dict(zip(NAMES, found, strict=True))


def rates(text: str) -> list[float]:
    return [float(rate) for rate in text.split(",")]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench OPTIONS=…", description=__doc__)
    parser.add_argument("--scenarios", nargs="+", choices=NAMES, default=NAMES)
    parser.add_argument("--servers", nargs="+", choices=ALL, default=ALL)
    parser.add_argument("--runs", type=int, default=3, help="of each server in each scenario (3)")
    parser.add_argument("--short", action="store_true", help="fewer watchers, one run, no page: does it all work?")
    parser.add_argument("--abuse-rates", type=rates, default="50", help="events a second beside abuse: 10,50,100 (50)")
    parser.add_argument("--no-page", action="store_true", help="leave docs/performance.md as it is")
    return parser.parse_args()


def measure(results: Results, wanted: argparse.Namespace) -> None:
    """Run by run, server by server: A B A B, so that a slow spell of the machine hits each."""
    for scenario in wanted.scenarios:
        results.forget(scenario)
        names, run = plan(wanted.short, wanted.abuse_rates)[scenario]
        for number in range(1 if wanted.short else wanted.runs):
            for name in [name for name in names if name in wanted.servers]:
                with Server(LIMITED if scenario == "abuse" else BY_NAME[name]) as server:
                    found = uvloop.run(run(server))
                for part, figures in found.items():
                    results.add(scenario, part, name, figures)
                    say(f"{part:7} {name:19} run {number + 1}, load {os.getloadavg()[0]:.1f}: {report.line(figures)}")
        if not wanted.short:
            results.save(RUNS)


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 (what the target is for)


def main() -> None:
    wanted = arguments()
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # a watcher is an open file
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that each `with` ends its processes
    signal.signal(signal.SIGINT, signal.default_int_handler)  # which a shell ignores for what it runs in the background
    gc.disable()  # to look through millions of arrivals takes 0.2 s, which would pass for lateness
    results = Results() if wanted.short else Results.load(RUNS)
    try:
        measure(results, wanted)
    except KeyboardInterrupt:
        sys.exit("Stopped.")
    page = report.page(results)
    say(f"\n{page}")
    if not (wanted.short or wanted.no_page):
        report.keep(page)


if __name__ == "__main__":
    main()
