"""A few faults on one stage, as part of every test run; `python -m tests.chaos` has them all."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.chaos import trial
from tests.chaos.faults import CUT, VALKEY_EMPTIED, WEB_KILLED
from tests.chaos.stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")
CLIENTS = CUT.clients


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage() -> AsyncIterator[Stage]:
    async with Stage() as stage:
        yield stage


async def test_cut_network_costs_nothing(stage: Stage) -> None:
    outcome = await trial.strike(stage, CUT)
    assert outcome.flawless, outcome
    assert outcome.reconnects >= CLIENTS, "the fault did not strike"
    assert outcome.snapshots == 0, "a short absence is resumed from the history"


async def test_killed_web_process_costs_nothing(stage: Stage) -> None:
    outcome = await trial.strike(stage, WEB_KILLED)
    assert outcome.flawless, outcome
    assert outcome.reconnects >= CLIENTS, "the fault did not strike"


async def test_valkey_that_comes_back_empty_costs_nothing(stage: Stage) -> None:
    outcome = await trial.strike(stage, VALKEY_EMPTIED)
    assert outcome.flawless, outcome
    assert outcome.reconnects == 0, "sockets stay open meanwhile"
    assert outcome.snapshots >= CLIENTS, "the fault did not strike"
