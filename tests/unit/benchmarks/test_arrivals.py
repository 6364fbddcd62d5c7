"""What the benchmark makes of the frames that its watchers get."""

import json

from tests.benchmarks.arrivals import Arrivals, Fate, Frame, Stamp, fate
from tests.benchmarks.pace import FINAL_EVERY, fields


def stamps(*numbers: int) -> Frame:
    return Frame(tuple(Stamp(0.0, number, number % FINAL_EVERY == 0) for number in numbers), None, False)


def test_events_are_found_however_they_are_written() -> None:
    spaced = json.dumps([{"type": "progress_update", **fields(number, 12.5)} for number in (20, 21)])
    dense = json.dumps({"topic": "board.0", "epoch": "e", "offset": 7, **fields(20, 12.5)}, separators=(",", ":"))
    assert Frame.of(spaced.encode()).stamps == (Stamp(12.5, 20, True), Stamp(12.5, 21, False))
    frame = Frame.of(dense.encode())
    assert frame.stamps == (Stamp(12.5, 20, True),)
    assert frame.position == ("e", 7)
    assert not frame.speaks


def test_messages_of_the_protocol_are_told_from_events() -> None:
    event = json.dumps(fields(1, 2.0))
    assert Frame.of(b'{"type":"ping","sent_at":5}').speaks
    assert Frame.of(f'[{event},{{"type":"ping","sent_at":5}}]'.encode()).speaks


def test_arrivals_count_events_and_know_their_ages() -> None:
    arrivals = Arrivals()
    payload = memoryview(json.dumps([fields(1, 100.0), fields(2, 101.0)]).encode())
    first, again = arrivals.take(payload), arrivals.take(payload)
    assert first is again
    assert arrivals.count == 4
    old, _, _, older = arrivals.ages()
    assert 0.9 < older - old < 1.1


def test_finals_and_last_states_are_owed() -> None:
    published = [(0, None), (1, "a"), (2, "a"), (3, "b")]
    assert fate(published, [stamps(0, 2, 3)]) == Fate()
    assert fate(published, [stamps(1, 2)]) == Fate(lost=2)
    assert fate(published, [stamps(0, 1, 3)]) == Fate(lost=1)


def test_doubled_and_disordered_events_are_seen() -> None:
    published = [(0, None), (1, "a"), (2, "a"), (20, None)]
    assert fate(published, [stamps(0, 1), stamps(1, 2, 20)]) == Fate(doubled=1)
    assert fate(published, [stamps(0, 2, 1, 20)]) == Fate(disordered=1)
    assert fate(published, [stamps(1, 20, 0, 2)]) == Fate(disordered=1)
    assert fate(published, [stamps(20, 1, 2)]) + Fate(disordered=1) == Fate(lost=1, disordered=1)


def test_state_of_one_key_may_come_after_later_events_of_others() -> None:
    assert fate([(0, None), (1, "a"), (2, "b")], [stamps(0, 2, 1)]) == Fate()
