"""The self-test: which checks there are, how they are run against a site, and what they mean together.

Apps register theirs in a module `selftest.py`, which is found by itself:

    @selftest.check("mail", "Letters leave", vital=False, advice="Look at the mail server.")
    async def mail(visit: selftest.Visit) -> str:
        ...
        raise selftest.Failed("no letter came within 10 s")
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from importlib import import_module

from django.conf import settings
from django.utils.module_loading import autodiscover_modules

from realtime.selftest_results import Failed, Report, Result, SiteError, Skipped, Source, Status, Verdict
from realtime.selftest_visit import Answer, Visit

__all__ = [
    "CONNECTED",
    "DATABASE",
    "SOURCE",
    "VALKEY",
    "Answer",
    "Failed",
    "Report",
    "Result",
    "SiteError",
    "Skipped",
    "Source",
    "Status",
    "Verdict",
    "Visit",
    "check",
    "open_source",
    "run",
    "source",
]
SOURCE, CONNECTED, CLEANUP = "source", "establishment", "clean-up"
"""Names of checks that others need, and of the last one."""
DATABASE, VALKEY = "database", "valkey"
"""Names of checks that a project may register of the parts below the layer: then only they fail, not all that needs
them too."""

Function = Callable[[Visit], Awaitable[str]]
Opening = Callable[[Visit], AbstractAsyncContextManager[Source]]


@dataclass(frozen=True)
class Check:
    """One thing that is looked at. `function` returns what it saw, or raises `Failed` or `Skipped`. It is not tried
    where one of those it `needs` failed and was vital, and fails when it takes longer than `patience` seconds."""

    name: str
    title: str
    function: Function
    vital: bool
    needs: tuple[str, ...]
    patience: float
    advice: str


_checks: dict[str, Check] = {}
_sources: list[Opening] = []


def check(
    name: str,
    title: str,
    *,
    vital: bool = True,
    needs: Collection[str] = (),
    patience: float = 15.0,
    advice: str = "Look at the log of the web server.",
) -> Callable[[Function], Function]:
    """Register a check. A failure of a `vital` one makes the site UNHEALTHY, of another DEGRADED."""

    def register(function: Function) -> Function:
        _checks[name] = Check(name, title, function, vital, tuple(needs), patience, advice)
        return function

    return register


def source(opening: Opening) -> Opening:
    """Register how a visitor comes by a topic: an async context manager of a `Source`, which removes at its end what
    it made. The layer's own checks follow it; without one they are skipped."""
    _sources[:] = [opening]
    return opening


def registered() -> list[Check]:
    """All checks, of the layer and of all apps, in the order in which they are run."""
    import_module("realtime.selftest_checks")
    autodiscover_modules("selftest")
    return in_order(_checks)


def in_order(checks: Mapping[str, Check]) -> list[Check]:
    """Each after those that it needs, and else as they were registered. What nobody has registered is not needed."""

    def depth(one: Check) -> int:
        return 1 + max((depth(checks[name]) for name in one.needs if name in checks), default=0)

    return sorted(checks.values(), key=depth)


def site_url() -> str:
    """The address of the site whose settings these are."""
    return str(getattr(settings, "SITE_URL", "http://127.0.0.1:8000"))


def run(url: str = "", *, token: str = "", trusted: str = "", tell: Callable[[Result], None] | None = None) -> Report:
    """Check a running site over HTTP and WebSockets, by default the one of the settings; takes seconds, up to two
    minutes where much is broken. Not to be called where an event loop runs.

    `token` is for a site that serves no anonymous visitors, `trusted` the path of a certificate (PEM) to be trusted.
    `tell` hears of each result at once. Raises `SiteError`.
    """
    return asyncio.run(arun(url, token=token, trusted=trusted, tell=tell))


async def arun(
    url: str = "", *, token: str = "", trusted: str = "", tell: Callable[[Result], None] | None = None
) -> Report:
    """The same where an event loop runs."""
    checks = registered()
    visit = Visit(url or site_url(), token=token, trusted=trusted, is_own=not url or url.rstrip("/") == site_url())
    await visit.arrive()
    return Report(visit.url, await run_all(visit, checks, tell or (lambda result: None)))


async def run_all(visit: Visit, checks: Iterable[Check], tell: Callable[[Result], None]) -> list[Result]:
    """Run checks in this order, and remove at the end what they made. Raises `SiteError`."""
    results: list[Result] = []
    broken: set[str] = set()

    def keep(result: Result) -> None:
        results.append(result)
        tell(result)

    leaving = Check(CLEANUP, "What was made is removed", _leave, False, (), 30.0, "It goes by itself when it expires.")
    try:
        for one in checks:
            if missing := [name for name in one.needs if name in broken]:
                reason = f"Not tried, since “{missing[0]}” did not pass."
                keep(Result(one.name, one.title, Status.SKIPPED, 0.0, reason))
            else:
                keep(await run_one(one, visit))
            if missing or results[-1].status == Status.FAILED:
                broken.add(one.name)
    finally:
        keep(await run_one(leaving, visit))
    return results


async def run_one(one: Check, visit: Visit) -> Result:
    """Run a single check. Raises `SiteError` only."""
    begun = time.monotonic()

    def result(status: Status, detail: str, advice: str = "") -> Result:
        return Result(one.name, one.title, status, time.monotonic() - begun, detail, advice)

    def wrong(reason: str, advice: str, vital: bool | None) -> Result:
        is_vital = one.vital if vital is None else vital
        return result(Status.FAILED if is_vital else Status.WARNED, reason, advice or one.advice)

    try:
        async with asyncio.timeout(one.patience):
            return result(Status.PASSED, await one.function(visit))
    except Skipped as why:
        return result(Status.SKIPPED, str(why))
    except Failed as why:
        return wrong(why.reason, why.advice, why.vital)
    except TimeoutError:
        return wrong(f"It did not end within {one.patience:g} s.", "", None)
    except SiteError:
        raise
    except Exception as error:  # noqa: BLE001 (whatever a site does, the other checks are still to be run)
        return wrong(f"{type(error).__name__}: {error}", "", None)


async def open_source(visit: Visit) -> Source:
    """The topic of this visit, opened once. Raises `Skipped` where no app offers one."""
    if visit.source is None:
        if not _sources:
            raise Skipped("No app has registered a source of events.")
        visit.source = await visit.leaving.enter_async_context(_sources[0](visit))
    return visit.source


async def _leave(visit: Visit) -> str:
    leaving, visit.leaving = visit.leaving, AsyncExitStack()
    await leaving.aclose()
    return "Nothing is left that does not go by itself."
