"""How much one client may say."""

import pytest

from realtime.allowance import Allowance
from realtime.errors import TooFast, TooManySubscriptions
from realtime.protocol import Subscribe, SubscribeTopic


def subscription(topics: int) -> Subscribe:
    return Subscribe(id="s", topics=[SubscribeTopic(topic=f"t.{number}") for number in range(topics)])


def test_messages_are_as_many_as_in_a_second_and_come_again() -> None:
    allowance = Allowance(0.0)
    for _ in range(50):
        allowance.message(0.0)
    with pytest.raises(TooFast):
        allowance.message(0.0)
    allowance.message(0.1)


def test_a_frame_costs_a_message_for_each_kib_and_a_short_one_nothing() -> None:
    allowance = Allowance(0.0)
    for _ in range(1_000):
        allowance.frame(1_023, 0.0)
    for _ in range(5):
        allowance.frame(10_240, 0.0)
    with pytest.raises(TooFast):
        allowance.frame(10_240, 0.0)


def test_a_frame_over_the_limit_costs_no_more_than_the_largest() -> None:
    allowance = Allowance(0.0)
    allowance.frame(10_000_000, 0.0)
    allowance.message(0.0)


def test_a_wrong_message_counts_as_ten() -> None:
    allowance = Allowance(0.0)
    for _ in range(5):
        allowance.message(0.0)
        allowance.wrong(0.0)
    with pytest.raises(TooFast):
        allowance.message(0.0)


def test_topics_are_twice_as_many_as_a_connection_may_have_in_ten_seconds() -> None:
    allowance = Allowance(0.0)
    allowance.topics(subscription(50), 0.0)
    allowance.topics(subscription(50), 0.0)
    with pytest.raises(TooManySubscriptions) as refusal:
        allowance.topics(subscription(1), 0.0)
    assert refusal.value.in_reply_to == "s"
    allowance.topics(subscription(50), 5.0)
