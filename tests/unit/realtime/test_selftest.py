"""Which checks are run, and what their results mean together."""

import asyncio
import io
import json
from collections.abc import Awaitable, Callable

import pytest
from rich.console import Console

from realtime.management.commands.realtime_check import show
from realtime.selftest import Check, Function, in_order, registered, run_all, run_one
from realtime.selftest_checks import verify
from realtime.selftest_results import Failed, Report, Result, SiteError, Skipped, Status, Verdict
from realtime.selftest_visit import Visit

PASSED, WARNED, FAILED, SKIPPED = Status.PASSED, Status.WARNED, Status.FAILED, Status.SKIPPED


def report(*statuses: Status) -> Report:
    results = [
        Result(
            f"check{number}",
            f"Check {number}",
            status,
            0.5,
            f"Seen {number}.",
            "Mend it." * (status in (WARNED, FAILED)),
        )
        for number, status in enumerate(statuses)
    ]
    return Report("http://127.0.0.1:8000", results)


def checking(function: Callable[[Visit], Awaitable[str]], *, vital: bool = True, patience: float = 5.0) -> Check:
    return Check("it", "It works", function, vital, (), patience, "Mend it.")


async def outcome(function: Callable[[Visit], Awaitable[str]], **options: bool | float) -> Result:
    return await run_one(checking(function, **options), Visit("http://127.0.0.1:1"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("statuses", "verdict", "code"),
    [
        ([PASSED, PASSED], Verdict.HEALTHY, 0),
        ([PASSED, SKIPPED], Verdict.HEALTHY, 0),
        ([PASSED, WARNED], Verdict.DEGRADED, 1),
        ([PASSED, WARNED, FAILED], Verdict.UNHEALTHY, 2),
        ([FAILED, SKIPPED], Verdict.UNHEALTHY, 2),
        ([SKIPPED], Verdict.UNHEALTHY, 2),
        ([], Verdict.UNHEALTHY, 2),
    ],
)
def test_verdict_and_exit_code(statuses: list[Status], verdict: Verdict, code: int) -> None:
    found = report(*statuses)
    assert (found.verdict, found.verdict.exit_code) == (verdict, code)


def test_table_names_what_is_wrong_and_what_to_do() -> None:
    text = io.StringIO()
    show(report(PASSED, WARNED, FAILED, SKIPPED), Console(file=text, width=100))
    lines = text.getvalue().splitlines()
    assert "UNHEALTHY: look at check1, check2" in lines
    assert lines[-2:] == ["  check1: Mend it.", "  check2: Mend it."]
    assert any("passed" in line and "Check 0" in line and "0.50 s" in line and "Seen 0." in line for line in lines)


def test_table_of_a_healthy_site_asks_for_nothing() -> None:
    text = io.StringIO()
    show(report(PASSED, PASSED, SKIPPED), Console(file=text, width=100))
    assert text.getvalue().splitlines()[-1] == "HEALTHY: 2 checks passed"


def test_report_is_json_with_all_that_the_table_shows() -> None:
    told = json.loads(json.dumps(report(PASSED, FAILED).as_json()))
    assert (told["verdict"], told["exit_code"]) == ("UNHEALTHY", 2)
    assert told["checks"][1] == {
        "name": "check1",
        "title": "Check 1",
        "status": "failed",
        "seconds": 0.5,
        "detail": "Seen 1.",
        "advice": "Mend it.",
    }


async def test_result_of_a_check_that_passes() -> None:
    async def function(visit: Visit) -> str:
        return "Well."

    found = await outcome(function)
    assert (found.status, found.detail, found.advice) == (PASSED, "Well.", "")


@pytest.mark.parametrize(
    ("vital", "said", "status"), [(True, None, FAILED), (False, None, WARNED), (True, False, WARNED)]
)
async def test_result_of_a_check_that_fails(vital: bool, said: bool | None, status: Status) -> None:
    async def function(visit: Visit) -> str:
        raise Failed("It broke.", advice="Glue it." if said is False else "", vital=said)

    found = await outcome(function, vital=vital)
    advice = "Glue it." if said is False else "Mend it."
    assert (found.status, found.detail, found.advice) == (status, "It broke.", advice)


async def test_result_of_a_check_that_is_not_possible() -> None:
    async def function(visit: Visit) -> str:
        raise Skipped("Not here.")

    found = await outcome(function)
    assert (found.status, found.detail, found.advice) == (SKIPPED, "Not here.", "")


async def test_check_that_hangs_fails() -> None:
    async def function(visit: Visit) -> str:
        return str(await asyncio.Event().wait())

    found = await outcome(function, patience=0.05)
    assert (found.status, found.detail) == (FAILED, "It did not end within 0.05 s.")


async def test_check_that_stumbles_fails_with_the_reason() -> None:
    async def function(visit: Visit) -> str:
        raise KeyError("epoch")

    found = await outcome(function)
    assert (found.status, found.detail) == (FAILED, "KeyError: 'epoch'")


async def test_site_that_does_not_serve_us_ends_the_run() -> None:
    async def function(visit: Visit) -> str:
        raise SiteError("sign_in_required", "Only signed-in users.", "Give a token.")

    with pytest.raises(SiteError):
        await outcome(function)


def test_checks_come_after_those_that_they_need() -> None:
    async def function(visit: Visit) -> str:
        return ""

    def one(name: str, *needs: str) -> Check:
        return Check(name, name, function, True, needs, 1.0, "")

    checks = {each.name: each for each in (one("c", "b"), one("b", "a"), one("d", "unknown"), one("a"))}
    assert [each.name for each in in_order(checks)] == ["d", "a", "b", "c"]


def test_every_check_of_the_site_says_what_to_do() -> None:
    found = registered()
    names = [one.name for one in found]
    assert {"establishment", "heartbeat", "connection_test", "delivery", "resume", "errors", "origin", "strangers"} <= {
        *names
    }
    assert {"conversion", "refusals", "database", "valkey", "worker", "beat"} <= {*names}
    assert all(one.title and one.advice.endswith(".") for one in found)
    for place, one in enumerate(found):
        assert not {*one.needs} & {*names[place:]}, f"{one.name} comes before what it needs"


async def test_only_what_needs_something_that_failed_is_not_tried() -> None:
    async def broken(visit: Visit) -> str:
        raise Failed("Broken.")

    async def slow(visit: Visit) -> str:
        raise Failed("Slow.", vital=False)

    async def hidden(visit: Visit) -> str:
        raise Skipped("Hidden.")

    async def well(visit: Visit) -> str:
        return "Well."

    def one(name: str, function: Function, *needs: str) -> Check:
        return Check(name, name, function, True, needs, 1.0, "Mend it.")

    checks = [
        one("broken", broken),
        one("slow", slow),
        one("hidden", hidden),
        one("behind broken", well, "broken"),
        one("behind that", well, "behind broken"),
        one("behind slow", well, "slow"),
        one("behind hidden", well, "hidden", "unknown"),
    ]
    told: list[Result] = []
    found = await run_all(Visit("http://127.0.0.1:1"), checks, told.append)
    assert found == told
    statuses = {each.name: each.status for each in found}
    assert [statuses[each] for each in ("broken", "slow", "hidden")] == [FAILED, WARNED, SKIPPED]
    assert [statuses[each] for each in ("behind broken", "behind that")] == [SKIPPED, SKIPPED]
    assert [statuses[each] for each in ("behind slow", "behind hidden", "clean-up")] == [PASSED, PASSED, PASSED]


async def test_what_was_made_is_removed_also_where_the_site_sends_us_away() -> None:
    removed: list[str] = []

    async def makes(visit: Visit) -> str:
        visit.leaving.callback(removed.append, "made")
        raise SiteError("sign_in_required", "Only signed-in users.", "Give a token.")

    with pytest.raises(SiteError):
        await run_all(Visit("http://127.0.0.1:1"), [checking(makes)], lambda result: None)
    assert removed == ["made"]


def event(offset: int, kind: str, id: str = "") -> dict[str, object]:
    return {"type": kind, "offset": offset, "event_id": id or f"{offset}", "topic": "t"}


CAUSED = [{"type": "a"}, {"type": "b"}, {"type": "a"}]


@pytest.mark.parametrize(
    ("came", "wrong"),
    [
        ([event(1, "a"), event(2, "other"), event(3, "b"), event(4, "a")], ""),
        ([event(1, "a"), event(3, "b")], "2 of 3 events came."),
        ([event(1, "a"), event(2, "b"), event(3, "b", "2"), event(4, "a")], "1 events came twice."),
        ([event(1, "a"), event(2, "a"), event(3, "b")], "Events came in another order than they happened."),
        ([event(1, "a"), event(3, "b"), event(2, "a")], "Events came in another order than they happened."),
    ],
)
def test_what_came_is_held_against_what_was_caused(came: list[dict[str, object]], wrong: str) -> None:
    assert verify(CAUSED, came) == wrong
