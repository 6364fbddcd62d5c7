"""`Turnstile`: lets a few through at each turn of the event loop, so that a crowd does not hold up those inside."""

import asyncio
from collections import deque
from collections.abc import Callable

AT_ONCE = 8


class Place:
    """A place in the queue."""

    __slots__ = ("act",)

    def __init__(self, act: Callable[[], None]) -> None:
        self.act: Callable[[], None] | None = act

    def cancel(self) -> None:
        """Leave the queue."""
        self.act = None


class Turnstile:
    """One after another in the order in which they came."""

    def __init__(self) -> None:
        self._queue: deque[Place] = deque()

    def call(self, act: Callable[[], None]) -> Place:
        """Have `act` called when it is its turn; at the next turn of the loop at the earliest."""
        if not self._queue:
            asyncio.get_running_loop().call_soon(self._let_in)
        place = Place(act)
        self._queue.append(place)
        return place

    async def enter(self) -> None:
        """Return when it is one's turn. Who is cancelled leaves the queue."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def let_in() -> None:
            if not turn.done():
                turn.set_result(None)

        place = self.call(let_in)
        try:
            await turn
        except asyncio.CancelledError:
            place.cancel()
            raise

    def _let_in(self) -> None:
        acted = 0
        try:
            while self._queue and acted < AT_ONCE:
                act = self._queue.popleft().act
                if act is not None:
                    acted += 1
                    act()
        finally:  # whatever one of them raises, which the loop logs
            if self._queue:
                asyncio.get_running_loop().call_soon(self._let_in)
