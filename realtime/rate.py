"""How fast a client may send."""


class Rate:
    """A bucket that fills with `per_second` tokens a second and holds as many."""

    __slots__ = ("_at", "_per_second", "_tokens")

    def __init__(self, per_second: float, now: float) -> None:
        self._per_second = self._tokens = per_second
        self._at = now

    def allows(self, now: float) -> bool:
        """Whether one more may come now; if so, it is counted."""
        self._tokens = min(self._per_second, self._tokens + (now - self._at) * self._per_second)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
