"""`Gate`: how often each network address may connect. Pure logic, no I/O; `now` is a clock in seconds."""

from itertools import islice

from realtime.conf import conf
from realtime.errors import PROTOCOL_ERROR, TOO_FAST, TooManyAttempts
from realtime.rate import Rate

BURST = 10  # seconds' worth of connections that may come at once: an office comes back after a restart
ABUSE = {PROTOCOL_ERROR, TOO_FAST}  # close codes after which no honest client comes back at once
PENALTY = 10  # such a close counts as so many connections
MOST = 10_000  # addresses that are remembered


class Gate:
    """Lets `MAX_CONNECTS_PER_SECOND` connections of an address in, after a burst of ten seconds' worth. Who is thrown
    out for abuse has used more of them up, so that throwing it out costs less than it does."""

    def __init__(self) -> None:
        self._rates: dict[str, Rate] = {}  # the last used is last

    def enter(self, address: str, now: float) -> None:
        """Count a connection. Raises `TooManyAttempts`. An empty address is nobody's, and may do as it likes."""
        if address and not self._rate(address, now).allows(now):
            raise TooManyAttempts(limit=conf.MAX_CONNECTS_PER_SECOND)

    def closed(self, address: str, code: int | None, now: float) -> None:
        """Hear with which code a connection was closed."""
        if address and code in ABUSE:
            self._rate(address, now).charge(now, PENALTY)

    def refuses(self, address: str, now: float) -> bool:
        """Whether `enter` would raise. Then it counts too: who goes on is shunned soon."""
        rate = self._rates.get(address)
        if rate is None or not rate.empty(now):
            return False
        rate.charge(now, 1)
        return True

    def shuns(self, address: str, now: float) -> bool:
        """Whether an address goes on and on after it was refused, so that it is not worth an answer."""
        rate = self._rates.get(address)
        return rate is not None and rate.spent(now)

    def _rate(self, address: str, now: float) -> Rate:
        rate = self._rates.pop(address, None)
        if rate is None:
            self._forget(now)
            rate = Rate(conf.MAX_CONNECTS_PER_SECOND, now, BURST * conf.MAX_CONNECTS_PER_SECOND)
        self._rates[address] = rate
        return rate

    def _forget(self, now: float) -> None:
        """Make room: of the longest unused, those who are owed nothing; past `MOST`, whoever it is."""
        for address in list(islice(self._rates, 2)):
            if self._rates[address].full(now) or len(self._rates) >= MOST:
                del self._rates[address]
