"""Events that leave together."""

import json

from realtime.batch import Batch, Finals, Joined, Live


def batch(*events: Live) -> Batch:
    made = Batch("t", "e")
    for event in events:
        made.add(event)
    return made


def test_one_event_is_a_frame_by_itself() -> None:
    assert batch(Live(7, '{"n":7}')).joined.frame == '{"n":7}'


def test_several_are_an_array_in_order_of_offset() -> None:
    made = batch(Live(7, "7"), Live(8, "8", key="k"), Live(9, "9"))
    assert json.loads(made.joined.frame) == [7, 8, 9]
    assert (made.first, made.last, len(made)) == (7, 9, 3)


def test_newer_state_replaces_the_older_and_moves_to_its_own_place() -> None:
    assert json.loads(batch(Live(1, "1", key="k"), Live(2, "2"), Live(3, "3", key="k")).joined.frame) == [2, 3]


def test_final_removes_the_key_that_it_ends() -> None:
    assert batch(Live(1, "1", key="k"), Live(2, "2", ends="k")).joined.frame == "2"


def test_text_is_joined_and_framed_once() -> None:
    made = batch(Live(1, "1"), Live(2, "2"))
    assert made.joined is made.joined
    assert made.joined.frame is made.joined.frame
    assert made.joined.text == "1,2"


def test_finished_messages_are_joined_and_framed_once() -> None:
    one, two = Joined(["1"]), Joined(["1", "2"])
    assert (one.frame, two.frame, two.text) == ("1", "[1,2]", "1,2")
    assert two.frame is two.frame
    assert not Joined([])


def test_finals_among_the_events_are_named_and_conflated_state_is_not() -> None:
    made = batch(Live(1, "1", key="k"), Live(2, "2", ends="k"), Live(3, "3", key="k"), Live(4, "4"))
    assert made.joined.finals == Finals("t", "e", (2, 4))
    assert made.after(2).joined.finals == Finals("t", "e", (4,))
    assert batch(Live(1, "1", key="k")).joined.finals is None
