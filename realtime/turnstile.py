"""`Turnstile`: lets a few through at each turn of the event loop, so that a crowd does not hold up those inside."""

import asyncio
from collections import deque

AT_ONCE = 8


class Turnstile:
    """One after another in the order in which they came. Who is cancelled leaves the queue."""

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def enter(self) -> None:
        """Return when it is one's turn; at the next turn of the loop at the earliest."""
        loop = asyncio.get_running_loop()
        if not self._waiting:
            loop.call_soon(self._let_in)
        turn = loop.create_future()
        self._waiting.append(turn)
        await turn

    def _let_in(self) -> None:
        for _ in range(min(AT_ONCE, len(self._waiting))):
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._let_in)
