"""What is known of the bytes under way to a client."""

from realtime.progress import STILL, Progress


class Line:
    """A transport as `Progress` sees it."""

    def __init__(self) -> None:
        self.taken, self.under_way = 100, False
        self.progress = Progress(lambda: (self.taken, self.under_way))


def test_line_with_nothing_under_way_does_not_move_whatever_was_taken() -> None:
    line = Line()
    for second in range(10):
        line.taken += 1
        assert not line.progress.moves(second)


def test_line_moves_until_nothing_was_taken_for_seconds() -> None:
    line = Line()
    line.under_way = True
    assert line.progress.moves(10)
    assert not line.progress.moves(10 + STILL)
    line.taken += 1
    assert line.progress.moves(20)
    assert line.progress.moves(19.9 + STILL)


def test_last_bytes_of_what_was_under_way_count() -> None:
    line = Line()
    line.under_way = True
    assert line.progress.moves(0)
    line.taken, line.under_way = 200, False
    assert line.progress.moves(10)
    line.taken = 201
    assert not line.progress.moves(10 + STILL)
