"""`Groups`: this process's one channel on the channel layer, and the groups that it is in.

The layer holds one lock over every call, and a call may take seconds while Valkey is frozen: so nothing but the tasks
here await it. Nothing that Valkey does ends them.
"""

import asyncio
import logging
import time
import uuid
from collections.abc import Callable
from typing import Any

from channels.layers import get_channel_layer

from realtime.backoff import persistently
from realtime.layer import Control, LayerEvent, Marker, decode

logger = logging.getLogger(__name__)
MARKER = "realtime.marker"
MARKER_PATIENCE = 0.1  # seconds until a marker is sent again
QUIET = 60.0  # seconds between complaints about what others send


class Groups:
    """Joins groups, and hands each message that comes to `receive`."""

    def __init__(self, receive: Callable[[LayerEvent | Control], None]) -> None:
        self._receive = receive
        self._wanted: dict[str, asyncio.Event] = {}
        self._joined: set[str] = set()
        self._changed = asyncio.Event()
        self._marker = ""
        self._marker_back = asyncio.Event()
        self._strange = 0
        self._complained_at = -QUIET

    def join(self, group: str) -> asyncio.Event:
        """Ask for a group; what is returned is set when whatever is sent to it from then on arrives here."""
        self._changed.set()
        return self._wanted.setdefault(group, asyncio.Event())

    def leave(self, group: str) -> None:
        """Ask for no more of a group."""
        self._wanted.pop(group, None)
        self._changed.set()

    @property
    def waiting(self) -> int:
        """How many groups are asked for and not joined."""
        return len(self._wanted.keys() - self._joined)

    async def run(self) -> None:
        """Do what was asked for, until cancelled."""
        layer = get_channel_layer()
        channel = await persistently(layer.new_channel)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._listen(layer, channel))
            tasks.create_task(self._keep_up(layer, channel))

    async def _listen(self, layer: Any, channel: str) -> None:
        while True:
            try:
                message = decode(await layer.receive(channel))
            except Exception as error:  # noqa: BLE001 (anything at all may be sent to a group)
                self._complain(error)
                message = None
            await asyncio.sleep(0)  # a layer that has many waiting gives them without a pause
            if isinstance(message, Marker):
                if message.id == self._marker:
                    self._marker_back.set()
            elif message is not None:
                self._hand_over(message)

    def _hand_over(self, message: LayerEvent | Control) -> None:
        try:
            self._receive(message)
        except Exception:  # and the next message must be heard
            logger.exception("A message of the channel layer could not be taken")

    def _complain(self, error: Exception) -> None:
        self._strange += 1
        if time.monotonic() >= self._complained_at + QUIET:
            self._complained_at = time.monotonic()
            logger.warning("Left %d messages of the channel layer out, which are not ours: %s", self._strange, error)
            self._strange = 0

    async def _keep_up(self, layer: Any, channel: str) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            await persistently(lambda: self._reconcile(layer, channel))

    async def _reconcile(self, layer: Any, channel: str) -> None:
        for group in self._joined - self._wanted.keys():
            await layer.group_discard(group, channel)
            self._joined.discard(group)
        if new := self._wanted.keys() - self._joined:
            for group in new:
                await layer.group_add(group, channel)
            await self._confirm(layer, channel)
            self._joined |= new
        for group in self._joined & self._wanted.keys():
            self._wanted[group].set()

    async def _confirm(self, layer: Any, channel: str) -> None:
        """`group_add` returns before the subscription holds. One more group is joined after the others, on the same
        connection: when a marker comes back through it, they hold too. (Through the topics' own groups it would reach
        other consumers, which do not know it.)"""
        self._marker = uuid.uuid4().hex
        self._marker_back.clear()
        group = f"{MARKER}.{self._marker}"
        await layer.group_add(group, channel)
        try:
            while not self._marker_back.is_set():
                await layer.group_send(group, {"type": MARKER, "id": self._marker})
                await self._wait_for_marker()
        finally:
            await layer.group_discard(group, channel)

    async def _wait_for_marker(self) -> None:
        try:
            async with asyncio.timeout(MARKER_PATIENCE):
                await self._marker_back.wait()
        except TimeoutError:
            pass  # it was faster than the subscription, or Valkey is away
