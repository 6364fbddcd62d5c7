"""`manage.py realtime_check`: the self-test of a running site."""

import json
import sys
from argparse import ArgumentParser
from typing import IO, Any, cast

from django.core.management.base import BaseCommand
from rich.console import Console
from rich.table import Table
from rich.text import Text

from realtime import selftest
from realtime.selftest import Report, Result, SiteError, Status, Verdict

COLOURS = {
    Status.PASSED: "green",
    Status.WARNED: "yellow",
    Status.FAILED: "bold red",
    Status.SKIPPED: "dim",
    Verdict.HEALTHY: "bold green",
    Verdict.DEGRADED: "bold yellow",
    Verdict.UNHEALTHY: "bold red",
}
NOTHING_TO_CHECK = 2
INTERRUPTED = 130


class Command(BaseCommand):
    help = "Check a running site over HTTP and WebSockets. Ends with 0 (HEALTHY), 1 (DEGRADED) or 2 (UNHEALTHY)."
    requires_system_checks = ()  # a wrong setting here is no reason not to look at the site

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--url", default="", help="the site's address; by default that of the settings")
        parser.add_argument("--json", action="store_true", dest="as_json", help="print JSON instead of a table")
        parser.add_argument(
            "--token", default="", help="speak for a token's user; - reads the token from standard input"
        )
        parser.add_argument(
            "--trust-certificate", default="", metavar="FILE", help="trust this certificate too (PEM), or its signer's"
        )

    def handle(self, *args: Any, url: str, as_json: bool, token: str, trust_certificate: str, **options: Any) -> None:
        token = sys.stdin.readline().strip() if token == "-" else token  # noqa: S105 (a mark, no token)
        console = Console(stderr=True)
        try:
            with console.status("") as status:
                report = selftest.run(
                    url, token=token, trusted=trust_certificate, tell=lambda result: status.update(result.title)
                )
        except SiteError as error:
            self._refuse(error, as_json)
        except KeyboardInterrupt:
            sys.exit(INTERRUPTED)
        if as_json:
            self.stdout.write(json.dumps(report.as_json(), indent=2))
        else:
            show(report, Console(file=cast(IO[str], self.stdout)))
        if report.verdict.exit_code:
            sys.exit(report.verdict.exit_code)

    def _refuse(self, error: SiteError, as_json: bool) -> None:
        if as_json:
            told = {"verdict": str(Verdict.UNHEALTHY), "exit_code": NOTHING_TO_CHECK, "error": error.as_json()}
            self.stdout.write(json.dumps({**told, "checks": []}, indent=2))
        else:
            self.stderr.write(f"{error}\n{error.suggestion}")
        sys.exit(NOTHING_TO_CHECK)


def show(report: Report, console: Console) -> None:
    """Print the table, the verdict, and what to do about each failure."""
    table = Table("", "check", "time", "what came of it", title=f"Self-test of {report.url}", title_justify="left")
    for result in report.results:
        table.add_row(*_row(result))
    console.print(table)
    passed = sum(result.status == Status.PASSED for result in report.results)
    names = ", ".join(result.name for result in report.wrong)
    verdict = Text(str(report.verdict), COLOURS[report.verdict])
    console.print(verdict + Text(f": look at {names}" if names else f": {passed} checks passed"))
    for result in report.wrong:
        console.print(Text(f"  {result.name}: {result.advice}"), soft_wrap=True)


def _row(result: Result) -> tuple[Text | str, ...]:
    time = f"{result.seconds:.2f} s" if result.status != Status.SKIPPED else ""
    return Text(str(result.status), COLOURS[result.status]), Text(result.title), time, Text(result.detail)
