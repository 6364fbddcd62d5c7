"""The events that wait in a publisher: pure bookkeeping, the clock passed in (but to the warnings)."""

import heapq
import logging
import time
from itertools import islice
from typing import Any

from realtime.backoff import QUIET
from realtime.conf import conf
from realtime.history import Draft

logger = logging.getLogger(__name__)
Slot = tuple[str, str]  # a topic and a conflation key
Numbered = tuple[int, Draft]


class Backlog:
    """Waiting drafts, each with a number that grows with the order of arrival.

    Finals wait until they are taken. A keyed draft takes the place of the one that waits with its key, and after one
    was taken the next with its key rests for `CONFLATE_INTERVAL`. A final that `ends` a key removes what waits with it.
    `lost` counts the finals that did not get away, `dropped` the keyed drafts that went for want of room.
    """

    def __init__(self) -> None:
        self.last_number = 0
        self.dropped = self.lost = 0
        self._warned_at = -QUIET
        self._finals: dict[int, Draft] = {}
        self._again: dict[int, Draft] = {}  # keyed, and in the history or not
        self._keyed: dict[Slot, Numbered] = {}
        self._resting: dict[Slot, Numbered] = {}
        self._taken_at: dict[Slot, float] = {}  # in order of time

    def __len__(self) -> int:
        return len(self._finals) + len(self._again) + len(self._keyed) + len(self._resting)

    def put(self, draft: Draft) -> None:
        """Add a draft. If `PUBLISH_QUEUE_SIZE` wait already, the oldest keyed one goes, or else the oldest final."""
        self.last_number += 1
        if draft.key is None:
            self._finals[self.last_number] = draft
        else:
            slot = (draft.topic, draft.key)
            waiting = self._resting if slot in self._taken_at else self._keyed
            waiting.pop(slot, None)  # so that the new one is last in order
            waiting[slot] = (self.last_number, draft)
        if draft.ends is not None:
            self._keyed.pop((draft.topic, draft.ends), None)
            self._resting.pop((draft.topic, draft.ends), None)
        if len(self._finals) + len(self._again) + len(self._keyed) + len(self._resting) > conf.PUBLISH_QUEUE_SIZE:
            self._drop()

    def _drop(self) -> None:
        waiting: tuple[dict[Any, Any], ...] = self._resting, self._keyed, self._again
        for keyed in waiting:
            if keyed:
                del keyed[next(iter(keyed))]
                self.dropped += 1
                self._warn_of_drops()
                return
        self.lose(self._finals.pop(next(iter(self._finals))), "The publisher's queue is full")

    def _warn_of_drops(self) -> None:
        now = time.monotonic()
        if now >= self._warned_at + QUIET:
            self._warned_at = now
            logger.warning("The publisher's queue is full: %d events with a key dropped so far", self.dropped)

    def lose(self, draft: Draft, reason: str) -> None:
        """Count and log a draft that goes for good."""
        if draft.key is None:
            self.lost += 1
        else:
            self.dropped += 1
        logger.error("%s: lost event %s of topic %s", reason, draft.event_id, draft.topic)

    def take(self, now: float, most: int) -> list[Numbered]:
        """Remove and return what may be sent at `now` (seconds), oldest first."""
        self._wake_rested(now)
        waiting = self._finals.items(), self._again.items(), self._keyed.values()
        batch = list(islice(heapq.merge(*waiting, key=lambda item: item[0]), most))
        for number, draft in batch:
            if draft.key is None:
                del self._finals[number]
            elif number in self._again:
                del self._again[number]
            else:
                self._rest((draft.topic, draft.key), now)
        return batch

    def _rest(self, slot: Slot, now: float) -> None:
        del self._keyed[slot]
        self._taken_at.pop(slot, None)
        self._taken_at[slot] = now

    def _wake_rested(self, now: float) -> None:
        for slot, taken_at in list(self._taken_at.items()):
            if now < taken_at + conf.CONFLATE_INTERVAL:
                break
            del self._taken_at[slot]
            if slot in self._resting:
                self._keyed[slot] = self._resting.pop(slot)

    def give_back(self, batch: list[Numbered]) -> None:
        """Put a batch back to the front of which nobody knows whether the history has it, or is yet to get it.

        A keyed draft goes again even if it has a successor by now: the history knows it by its id then, and does not
        take it for news when it arrives late. One whose key a final ends is gone.
        """
        self._finals = {number: draft for number, draft in batch if draft.key is None} | self._finals
        ended = {(draft.topic, draft.ends): number for number, draft in self._finals.items()}
        keyed = {number: draft for number, draft in batch if draft.key is not None}
        again = {number: draft for number, draft in keyed.items() if number > ended.get((draft.topic, draft.key), 0)}
        self._again = dict(sorted((again | self._again).items()))

    def due_in(self, now: float) -> float | None:
        """Seconds until `take` gives something; None: nothing waits."""
        if self._finals or self._again or self._keyed:
            return 0.0
        if self._resting:
            return max(0.0, next(iter(self._taken_at.values())) + conf.CONFLATE_INTERVAL - now)
        return None

    def oldest(self) -> int | None:
        """The lowest number that waits."""
        firsts = [next(iter(self._finals), None), next(iter(self._again), None)]
        firsts += [
            min((number for number, _ in slots.values()), default=None) for slots in (self._keyed, self._resting)
        ]
        return min((number for number in firsts if number is not None), default=None)
