"""A crowd goes through a few at a time."""

import asyncio

from realtime.turnstile import AT_ONCE, Turnstile


async def test_a_crowd_goes_through_in_order_and_a_few_at_each_turn() -> None:
    turnstile, through, seen = Turnstile(), [], []

    async def visitor(number: int) -> None:
        await turnstile.enter()
        through.append(number)

    visitors = [asyncio.create_task(visitor(number)) for number in range(3 * AT_ONCE)]
    while len(through) < len(visitors):
        before = len(through)
        await asyncio.sleep(0)
        seen.append(len(through) - before)
    assert through == list(range(3 * AT_ONCE))
    assert max(seen) == AT_ONCE


async def test_who_is_cancelled_holds_nobody_up() -> None:
    turnstile = Turnstile()
    gone, stays = (asyncio.create_task(turnstile.enter()) for _ in range(2))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.wait_for(stays, 5)
    await asyncio.wait_for(turnstile.enter(), 5)


async def test_who_is_cancelled_leaves_the_queue() -> None:
    turnstile, through = Turnstile(), []

    async def visitor() -> None:
        await turnstile.enter()
        through.append(asyncio.current_task())

    crowd = [asyncio.create_task(visitor()) for _ in range(20 * AT_ONCE)]
    last = asyncio.create_task(visitor())
    await asyncio.sleep(0)
    for task in crowd:
        task.cancel()
    await asyncio.gather(*crowd, return_exceptions=True)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert through == [last]


async def test_who_fails_holds_nobody_up() -> None:
    turnstile, failures, called = Turnstile(), [], []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: failures.append(context["exception"]))
    turnstile.call(lambda: called.remove("what is not there"))
    turnstile.call(lambda: called.append("next"))
    for _ in range(3):
        await asyncio.sleep(0)
    assert called == ["next"]
    assert [type(error) for error in failures] == [ValueError]


async def test_who_leaves_before_its_turn_is_not_called_and_takes_nobodys_turn() -> None:
    turnstile, called = Turnstile(), []
    gone = [turnstile.call(lambda: called.append("gone")) for _ in range(10 * AT_ONCE)]
    turnstile.call(lambda: called.append("stays"))
    for place in gone:
        place.cancel()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert called == ["stays"]
