"""Programs that engines run in processes of their own."""


class ProgramDied(Exception):  # noqa: N818 (named after what went wrong)
    """A program was ended by the signal of this number; `words` are its last."""

    def __init__(self, number: int, words: str) -> None:
        self.number = number
        self.words = words
        super().__init__(f"signal {number}")


def check_end(status: int, words: str) -> None:
    """Raise `ProgramDied` where the status of a program, as `subprocess` tells it, is that of a signal."""
    if status < 0:
        raise ProgramDied(-status, words)
