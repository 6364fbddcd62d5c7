"""Many who ask the same thing."""

import asyncio

import pytest

from realtime.together import Together
from tests.waiting import await_for


class Oracle:
    """Answers when it is told to."""

    def __init__(self) -> None:
        self.asked = 0
        self.answers: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def ask(self) -> str:
        self.asked += 1
        return await self.answers


async def test_question_on_its_way_is_not_asked_again() -> None:
    together, oracle = Together(), Oracle()
    asking = [asyncio.create_task(together.ask("why", oracle.ask)) for _ in range(5)]
    await asyncio.sleep(0)
    oracle.answers.set_result("because")
    assert await asyncio.gather(*asking) == ["because"] * 5
    assert oracle.asked == 1


async def test_question_is_asked_anew_once_it_was_answered() -> None:
    together, oracle = Together(), Oracle()
    oracle.answers.set_result("because")
    for _ in range(2):
        await together.ask("why", oracle.ask)
        await asyncio.sleep(0)
    assert oracle.asked == 2


async def test_other_question_is_asked_by_itself() -> None:
    together, oracle = Together(), Oracle()
    asking = [asyncio.create_task(together.ask(question, oracle.ask)) for question in ("why", "how")]
    await asyncio.sleep(0)
    oracle.answers.set_result("because")
    await asyncio.gather(*asking)
    assert oracle.asked == 2


async def test_who_is_cancelled_spoils_nothing_for_others() -> None:
    together, oracle = Together(), Oracle()
    first, second = (asyncio.create_task(together.ask("why", oracle.ask)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    oracle.answers.set_result("because")
    assert await second == "because"
    assert first.cancelled()


async def test_error_is_everybodys() -> None:
    together, oracle = Together(), Oracle()
    asking = [asyncio.create_task(together.ask("why", oracle.ask)) for _ in range(2)]
    await asyncio.sleep(0)
    oracle.answers.set_exception(LookupError("nobody knows"))
    for task in asking:
        with pytest.raises(LookupError):
            await task


async def test_given_up_question_ends_who_asks() -> None:
    together, oracle = Together(), Oracle()
    asking = asyncio.create_task(together.ask("why", oracle.ask))
    await asyncio.sleep(0)
    together.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking


async def test_question_that_nobody_waits_for_any_more_is_given_up() -> None:
    together, oracle = Together(), Oracle()
    asking = [asyncio.create_task(together.ask("why", oracle.ask)) for _ in range(2)]
    await asyncio.sleep(0)
    for task in asking:
        assert not oracle.answers.cancelled()
        task.cancel()
    await asyncio.wait(asking)
    await await_for(oracle.answers.cancelled)


async def test_who_asks_as_the_last_one_leaves_gets_an_answer() -> None:
    together, first, second = Together(), Oracle(), Oracle()
    leaving = asyncio.create_task(together.ask("why", first.ask))
    await asyncio.sleep(0)
    leaving.cancel()
    coming = [asyncio.create_task(together.ask("why", second.ask)) for _ in range(2)]
    await await_for(first.answers.cancelled)
    second.answers.set_result("because")
    assert await asyncio.gather(*coming) == ["because"] * 2
    assert second.asked == 1
