"""One question at a time: of many who ask the same, all get the answer that is on its way."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")


class Together:
    """Questions that have no answer yet. In a storm a thousand newcomers cost one read of their topic's history and one
    snapshot."""

    def __init__(self) -> None:
        self._asked: dict[Hashable, asyncio.Task[Any]] = {}
        self._waiting: Counter[asyncio.Task[Any]] = Counter()

    async def ask(self, question: Hashable, ask: Callable[[], Awaitable[T]]) -> T:
        """What `ask` returns or raises, or what the same question, asked before, is about to. Who is cancelled spoils
        nothing for the others; when all who asked are, the question is given up."""
        task: asyncio.Task[T] | None = self._asked.get(question)
        if task is None:
            task = self._asked[question] = asyncio.create_task(_answer(ask))
            task.add_done_callback(lambda task: self._forget(question, task))
        self._waiting[task] += 1
        try:
            return await asyncio.shield(task)
        finally:
            self._waiting[task] -= 1
            if not self._waiting[task]:
                del self._waiting[task]
                self._forget(question, task)  # who asks now gets an answer, and not the end of this one
                task.cancel()

    def _forget(self, question: Hashable, task: asyncio.Task[Any]) -> None:
        if self._asked.get(question) is task:
            del self._asked[question]

    def cancel(self) -> None:
        """Give all questions up."""
        for task in list(self._asked.values()):
            task.cancel()


async def _answer(ask: Callable[[], Awaitable[T]]) -> T:
    return await ask()
