"""Acknowledgements that wait in a process."""

from realtime.acknowledgements import MOST_GATHERED, Acknowledgements
from realtime.batch import Finals
from realtime.history import connect

FINALS = Finals("t", "e", (1, 2))


async def test_what_waits_is_bounded_and_the_rest_counted() -> None:
    gathered = Acknowledgements(connect())
    for number in range(MOST_GATHERED):
        gathered.add(f"c{number}", [FINALS], number)
    assert gathered.dropped == len(FINALS.offsets), "finals take room too, once however many have them"
    gathered.add("late", [FINALS, FINALS], 0)
    assert gathered.dropped == len(FINALS.offsets) + 2


async def test_finals_of_large_replays_take_their_room() -> None:
    gathered = Acknowledgements(connect())
    for number in range(100):
        gathered.add("c", [Finals("t", f"e{number}", tuple(range(MOST_GATHERED // 10)))], 0)
    assert gathered.dropped > 90
    gathered.add("c", [FINALS], 0)
    assert gathered.dropped == 91, "a small one still has room"
