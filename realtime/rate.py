"""How fast a client may send, and how often an address may connect."""


class Rate:
    """A bucket that fills with `per_second` tokens a second and holds `most`; as many as in a second, if not given."""

    __slots__ = ("_at", "_most", "_per_second", "_tokens")

    def __init__(self, per_second: float, now: float, most: float | None = None) -> None:
        self._per_second = per_second
        self._most = self._tokens = per_second if most is None else most
        self._at = now

    def allows(self, now: float, cost: float = 1) -> bool:
        """Whether something of this cost may come now; if so, it is paid for."""
        self._fill(now)
        if self._tokens < cost:
            return False
        self._tokens -= cost
        return True

    def charge(self, now: float, cost: float) -> None:
        """Pay, even with tokens that are not there; a debt is at most as large as the bucket."""
        self._fill(now)
        self._tokens = max(self._tokens - cost, -self._most)

    def empty(self, now: float) -> bool:
        """Whether nothing may come now."""
        self._fill(now)
        return self._tokens < 1

    def give_back(self, now: float, cost: float) -> None:
        """Undo as much of what was paid."""
        self._fill(now)
        self._tokens = min(self._tokens + cost, self._most)

    def spill(self, now: float) -> None:
        """Lose what is there. A debt stays as it is."""
        self._fill(now)
        self._tokens = min(self._tokens, 0)

    def full(self, now: float) -> bool:
        """Whether it is as if nothing had ever come."""
        self._fill(now)
        return self._tokens >= self._most

    def _fill(self, now: float) -> None:
        self._tokens = min(self._most, self._tokens + (now - self._at) * self._per_second)
        self._at = now
