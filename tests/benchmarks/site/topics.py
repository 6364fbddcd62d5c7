"""Boards, on which events are put up for whoever looks."""

from collections.abc import Mapping
from typing import Any

from realtime import Event, Topic


class Progress(Event, tag="progress_update"):
    """About as long as the product's own progress event."""

    t: float
    seq: int
    final: bool
    conversion_id: str
    percent: int
    stage: str


class Board(Topic):
    pattern = "board.{number}"
    events = (Progress,)

    async def authorize(self, scope: Mapping[str, Any]) -> bool:
        return True

    async def snapshot(self) -> dict[str, Any]:
        return {}


class Vault(Board):
    """A board that nobody may see."""

    pattern = "vault.{number}"

    async def authorize(self, scope: Mapping[str, Any]) -> bool:
        return False
