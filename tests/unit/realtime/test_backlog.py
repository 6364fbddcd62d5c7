"""The publisher's backlog: order, conflation, bounds."""

import pytest
from pytest_django import Settings

from realtime.backlog import Backlog
from realtime.history import Draft


def final(name: str, topic: str = "a", ends: str | None = None) -> Draft:
    return Draft(topic, name, "{}", ends=ends)


def keyed(name: str, key: str = "k", topic: str = "a") -> Draft:
    return Draft(topic, name, "{}", key=key)


def names(backlog: Backlog, now: float = 0.0, most: int = 100) -> list[str]:
    return [draft.event_id for _, draft in backlog.take(now, most)]


def filled(*drafts: Draft) -> Backlog:
    backlog = Backlog()
    for draft in drafts:
        backlog.put(draft)
    return backlog


def test_everything_is_taken_in_order_of_arrival() -> None:
    backlog = filled(final("1"), keyed("2"), final("3"), keyed("4", "other"))
    assert names(backlog) == ["1", "2", "3", "4"]
    assert len(backlog) == 0


def test_no_more_than_asked_for_is_taken() -> None:
    backlog = filled(final("1"), final("2"), final("3"))
    assert names(backlog, most=2) == ["1", "2"]
    assert names(backlog) == ["3"]


def test_newest_of_a_key_takes_the_last_place() -> None:
    backlog = filled(keyed("1"), final("2"), keyed("3"))
    assert names(backlog) == ["2", "3"]


def test_same_key_of_another_topic_is_another_key() -> None:
    assert names(filled(keyed("1", topic="a"), keyed("2", topic="b"))) == ["1", "2"]


def test_key_rests_for_the_interval_after_it_was_taken() -> None:
    backlog = filled(keyed("1"))
    assert names(backlog, now=10.0) == ["1"]
    backlog.put(keyed("2"))
    assert names(backlog, now=10.05) == []
    assert backlog.due_in(10.05) == pytest.approx(0.05)
    backlog.put(keyed("3"))
    assert names(backlog, now=10.11) == ["3"]


def test_final_ends_what_waits_with_its_key() -> None:
    backlog = filled(keyed("1"))
    names(backlog, now=0.0)
    backlog.put(keyed("resting"))
    backlog.put(keyed("other", "elsewhere"))
    backlog.put(final("done", ends="k"))
    assert names(backlog, now=5.0) == ["other", "done"]


def test_batch_that_was_given_back_goes_first() -> None:
    backlog = filled(final("1"), keyed("2"))
    batch = backlog.take(0.0, 100)
    backlog.put(final("3"))
    backlog.give_back(batch)
    assert names(backlog) == ["1", "2", "3"]


def test_keyed_draft_given_back_goes_again_before_its_successor() -> None:
    backlog = filled(keyed("1"), final("2"))
    batch = backlog.take(0.0, 100)
    backlog.put(keyed("3"))
    backlog.give_back(batch)
    assert (len(backlog), backlog.oldest(), backlog.due_in(0.0)) == (3, 1, 0.0)
    assert names(backlog) == ["1", "2"]
    assert names(backlog, now=5.0) == ["3"]
    assert len(backlog) == 0


def test_what_is_given_back_again_and_again_stays_in_order() -> None:
    backlog = filled(keyed("1"), keyed("2", "other"))
    for number in range(3, 6):
        batch = backlog.take(float(number), 2)
        backlog.put(keyed(str(number)))
        backlog.give_back(batch)
    assert names(backlog, now=9.0) == ["1", "2", "5"]


def test_keyed_draft_given_back_yields_to_the_final_that_ends_its_key() -> None:
    backlog = filled(keyed("1"), keyed("2", "other"))
    batch = backlog.take(0.0, 100)
    backlog.put(final("done", ends="k"))
    backlog.give_back(batch)
    assert names(backlog) == ["2", "done"]


def test_keyed_draft_given_back_stays_if_its_key_was_ended_before_it() -> None:
    backlog = filled(final("done", ends="k"), keyed("again"))
    backlog.give_back(backlog.take(0.0, 100))
    assert names(backlog) == ["done", "again"]


def test_keyed_drafts_are_dropped_first_when_full(settings: Settings) -> None:
    settings.REALTIME_PUBLISH_QUEUE_SIZE = 3
    backlog = filled(final("1"), keyed("2", "x"), keyed("3", "y"), final("4"))
    assert (backlog.dropped, backlog.lost) == (1, 0)
    assert names(backlog) == ["1", "3", "4"]


def test_drops_of_keyed_drafts_are_logged_now_and_then(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    settings.REALTIME_PUBLISH_QUEUE_SIZE = 3
    backlog = filled(*(keyed(str(number), f"k{number}") for number in range(100)))
    assert backlog.dropped == 97
    assert [record.getMessage() for record in caplog.records] == [
        "The publisher's queue is full: 1 events with a key dropped so far"
    ]


def test_oldest_final_is_dropped_and_logged_when_nothing_else_waits(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.REALTIME_PUBLISH_QUEUE_SIZE = 2
    assert names(filled(final("1"), final("2"), final("3"))) == ["2", "3"]
    assert "lost event 1" in caplog.text


def test_oldest_is_the_lowest_number_that_waits() -> None:
    backlog = filled(keyed("1"), final("2"), keyed("3"))
    assert backlog.oldest() == 2
    names(backlog)
    assert backlog.oldest() is None
    assert backlog.due_in(0.0) is None
