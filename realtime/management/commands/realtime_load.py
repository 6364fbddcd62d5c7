"""`manage.py realtime_load`: many watchers of one topic, and what they see."""

import asyncio
import json
import sys
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable
from typing import IO, Any, NoReturn, cast

from django.core.management.base import BaseCommand
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from realtime import load_run
from realtime.load import Fault, Figures, Outcome, Targets
from realtime.load_run import LoadError, Plan
from realtime.selftest import SiteError, Visit, site_url

COLOURS = {Outcome.MET: "bold green", Outcome.UNSURE: "bold yellow", Outcome.MISSED: "bold red"}
NOT_MADE, INTERRUPTED = 2, 130


def number(least: float, most: float) -> Callable[[str], float]:
    """Reads a number within these bounds."""

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not least <= value <= most:
            raise ArgumentTypeError(f"{text} is no number from {least:g} to {most:g}")
        return value

    return read


def faults(text: str) -> tuple[Fault, ...]:
    """Reads names with commas between them."""
    try:
        return tuple(dict.fromkeys(Fault(name.strip()) for name in text.split(",") if name.strip()))
    except ValueError:
        raise ArgumentTypeError(f"{text}: choose of {', '.join(Fault)}") from None


class Command(BaseCommand):
    help = "Put load on a site of yours and judge it. Ends with 0 (targets met), 1 (not sure) or 2 (missed)."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--url", default="", help="the site's address; by default that of the settings")
        parser.add_argument("--connections", type=number(1, 100_000), default=100.0, metavar="N")
        parser.add_argument(
            "--rate",
            type=number(0.1, 10_000),
            default=20.0,
            metavar="N",
            help="events a second, each to all connections",
        )
        parser.add_argument("--seconds", type=number(1, 36_000), default=30.0, metavar="N")
        parser.add_argument("--faults", type=faults, default=(), help=f"of {', '.join(Fault)}, with commas between")
        parser.add_argument("--token", default="", help="speak for a token's user; - reads it from standard input")
        parser.add_argument("--trust-certificate", default="", metavar="FILE", help="trust this certificate too (PEM)")
        parser.add_argument("--json", action="store_true", dest="as_json", help="print JSON instead of a table")
        parser.add_argument(
            "--i-own-this-host", action="store_true", help="put load on another machine, which is yours to do this to"
        )

    def handle(self, *args: Any, as_json: bool, i_own_this_host: bool, **given: Any) -> None:
        token = given["token"]
        plan = Plan(
            url=(given["url"] or site_url()).rstrip("/"),
            connections=round(given["connections"]),
            rate=given["rate"],
            seconds=given["seconds"],
            faults=given["faults"],
            token=sys.stdin.readline().strip() if token == "-" else token,  # noqa: S105 (a mark, no token)
            trusted=given["trust_certificate"],
        )
        try:
            visit = Visit(plan.url, token=plan.token, trusted=plan.trusted)
            if not (i_own_this_host or load_run.is_here(plan.host)):
                raise LoadError(
                    f"“{plan.host}” is not this machine.",
                    "Load can make a site unusable. If it is yours and nobody minds, add --i-own-this-host.",
                )
            figures = asyncio.run(self._run(visit, plan))
        except (LoadError, SiteError) as error:
            self._refuse(error)
        except KeyboardInterrupt:
            sys.exit(INTERRUPTED)
        targets = Targets()
        if as_json:
            self.stdout.write(json.dumps(figures.as_json(targets), indent=2))
        else:
            show(figures, targets, Console(file=cast(IO[str], self.stdout)))
        if code := figures.outcome(targets).exit_code:
            sys.exit(code)

    async def _run(self, visit: Visit, plan: Plan) -> Figures:
        await visit.arrive()
        columns = (TextColumn("{task.description:>10}"), BarColumn(), TaskProgressColumn(), MofNCompleteColumn())
        with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True), transient=True) as progress:
            bars = {phase: progress.add_task(phase, total=None) for phase in ("connecting", "publishing", "delivered")}

            def tell(phase: str, done: float, total: float) -> None:
                progress.update(bars[phase], completed=done, total=total)

            return await load_run.run(plan, tell)

    def _refuse(self, error: LoadError | SiteError) -> NoReturn:
        self.stderr.write(f"{error}\n{error.suggestion}")
        sys.exit(NOT_MADE)


def show(figures: Figures, targets: Targets, console: Console) -> None:
    """Print the figures, and how they stand against the targets."""
    table = Table("", "figure", "target", title="Load test", title_justify="left")
    for row in rows(figures, targets):
        table.add_row(*map(Text, row))
    console.print(table)
    outcome = figures.outcome(targets)
    text = {
        Outcome.MET: ": all targets are met",
        Outcome.UNSURE: ": the watchers could not keep up, so their figures say little of the site; use fewer",
        Outcome.MISSED: "",
    }[outcome]
    console.print(Text(str(outcome), COLOURS[outcome]) + Text(text))
    for sentence in figures.missed(targets):
        console.print(Text(f"  {sentence}"), soft_wrap=True)


def rows(figures: Figures, targets: Targets) -> list[tuple[str, str, str]]:
    """What the table shows."""
    tally, p99 = figures.tally, "" if figures.faults else f"{targets.p99:.0f} ms"
    return [
        ("connections", f"{figures.connections - tally.refused:,} of {figures.connections:,}", "all"),
        ("events published", f"{figures.published:,} at {figures.rate:g} a second", ""),
        ("deliveries", f"{tally.arrived:,}", ""),
        ("lost", f"{tally.lost:,}", "0"),
        ("doubled", f"{tally.doubled:,}", "0"),
        ("out of order", f"{tally.disordered:,}", "0"),
        ("reconnects", f"{tally.reconnects:,}", ""),
        ("age, half of them", f"{figures.age(0.5):.1f} ms", f"{targets.p50:.0f} ms"),
        ("age, 95 %", f"{figures.age(0.95):.1f} ms", ""),
        ("age, 99 %", f"{figures.age(0.99):.1f} ms", p99),
        ("age, 99.9 %", f"{figures.age(0.999):.1f} ms", ""),
        ("CPU of the site", _figure(figures.cpu_percent, "% of a core"), ""),
        ("CPU a delivery", _figure(figures.cpu_us_per_delivery, "µs"), ""),
        ("CPU a connection", _figure(_each(figures.cpu_percent, figures), "% of a core"), ""),
        ("memory a connection", _figure(figures.memory_kib_per_connection, "KiB"), ""),
        ("lag of the watchers", f"{tally.lag * 1000:.0f} ms", ""),
    ]


def _each(total: float | None, figures: Figures) -> float | None:
    return None if total is None else total / max(1, figures.connections - figures.tally.refused)


def _figure(value: float | None, unit: str) -> str:
    return "not seen: its process is not ours to look at" if value is None else f"{value:.3g} {unit}"
