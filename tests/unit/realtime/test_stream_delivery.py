"""The same promise for streams, whose reader keeps nothing but the last id and drops nothing that it is sent."""

from collections import deque

from hypothesis import settings
from hypothesis.stateful import invariant, precondition, rule, run_state_machine_as_test

from realtime.stream import Stream, position_of
from tests.integration.realtime.events import Parser
from tests.unit.realtime.test_delivery import LIMITS, WINDOW, Delivery


class StreamDelivery(Delivery):
    """One topic, one stream after another, and the misfortunes of `Delivery`."""

    position = ""

    def connect(self) -> None:
        self.parser = Parser()
        self.chunks: deque[bytes] = deque()
        self.page = None
        self.following = False
        self.connection = Stream(owner="", address="", user_agent="", now=0, wake=lambda: None)
        self.since = position_of(self.position)

    @rule()
    def take(self) -> None:
        """The network asks for a chunk."""
        if (chunk := self.connection.next_chunk(0)) is not None:
            self.chunks.append(chunk)

    @rule()
    def transmit(self) -> None:
        self.flush()
        while (chunk := self.connection.next_chunk(0)) is not None:
            self.chunks.append(chunk)
        if self.connection.close_code is not None:
            self.deliver_all()
            self.cut()

    @precondition(lambda self: self.chunks)
    @rule()
    def deliver(self) -> None:
        for event in self.parser.feed(self.chunks.popleft()):
            for message in event.messages:
                self.screen.show(message)
            self.position = event.position or self.position

    def deliver_all(self) -> None:
        while self.chunks:
            self.deliver()

    @rule()
    def read_on(self) -> None:
        """All goes well for a while."""
        self.transmit()
        self.deliver_all()

    def acknowledge(self) -> None:
        """Nobody does."""

    @invariant()
    def memory_is_bounded(self) -> None:
        assert len(self.connection._window.frames) <= WINDOW


@LIMITS
def test_every_final_is_seen_once_and_in_order_over_all_streams() -> None:
    run_state_machine_as_test(
        StreamDelivery, settings=settings(max_examples=250, stateful_step_count=30, deadline=None)
    )
