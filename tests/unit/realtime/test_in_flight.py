"""Finals on their way to one client."""

from realtime.batch import Finals
from realtime.in_flight import MOST_EVENTS, InFlight

ONE, TWO, THREE = (Finals("t", "e", (offset,)) for offset in (1, 2, 3))


class Watched(InFlight):
    """What is in flight, and who was told to have what."""

    def __init__(self) -> None:
        self.told: list[tuple[str, list[Finals]]] = []
        super().__init__("c", lambda name, finals: self.told.append((name, list(finals))))

    def has(self, count: int) -> list[Finals]:
        """What arrives with the first `count` frames."""
        self.told.clear()
        self.arrived(count)
        return [each for _, finals in self.told for each in finals]


def test_what_the_count_has_passed_arrived_once_and_in_order() -> None:
    in_flight = Watched()
    in_flight.add(2, [ONE, TWO])
    in_flight.add(5, [THREE])
    assert in_flight.has(1) == []
    assert in_flight.has(4) == [ONE, TWO]
    assert in_flight.has(4) == []
    assert in_flight.has(9) == [THREE]
    assert in_flight.told == [("c", [THREE])]
    assert not in_flight


def test_many_replays_in_flight_are_bounded_until_some_arrive() -> None:
    replay, in_flight = Finals("t", "e", tuple(range(MOST_EVENTS // 10))), Watched()
    for number in range(1, 100):
        in_flight.add(number, [replay])
    assert len(in_flight) == 10
    assert in_flight.has(1) == [replay]
    in_flight.add(100, [replay])
    in_flight.add(101, [ONE])
    assert in_flight.has(101) == [replay] * 10


def test_where_nobody_is_told_nothing_is_kept() -> None:
    untold, ended = InFlight("c", None), Watched()
    ended.add(1, [ONE])
    ended.end()
    for in_flight in (untold, ended):
        in_flight.add(2, [TWO])
        assert not in_flight
    assert ended.has(2) == []
