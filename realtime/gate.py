"""`Gate`: how often each network address may connect. Pure logic, no I/O; `now` is a clock in seconds."""

from itertools import islice

from realtime.conf import conf
from realtime.errors import PROTOCOL_ERROR, TOO_FAST, TooManyAttempts
from realtime.rate import Rate

BURST = 10  # seconds' worth that may come at once, beside all that may be open: an office whose network comes and goes
RETURNED = 0.5  # of a connection's price, once it is closed, if it followed a topic
ABUSE = {PROTOCOL_ERROR, TOO_FAST}  # close codes after which no honest client comes back at once
PENALTY = 20  # such a close counts as so many connections
MOST = 10_000  # addresses that are remembered


class Gate:
    """Lets `MAX_CONNECTS_PER_SECOND` connections of an address in, after a burst of ten seconds' worth and
    `MAX_CONNECTIONS_PER_ADDRESS`. One that followed a topic counts half. Who is thrown out for abuse has used many of
    them up, so that throwing it out costs less than it does."""

    def __init__(self) -> None:
        self._rates: dict[str, Rate] = {}  # the last used is last

    def enter(self, address: str, now: float) -> None:
        """Count a connection. Raises `TooManyAttempts`. An empty address is nobody's, and may do as it likes."""
        if self.refuses(address, now):
            raise TooManyAttempts(limit=conf.MAX_CONNECTS_PER_SECOND)
        if address:
            self._rate(address, now).charge(now, 1)

    def closed(self, address: str, code: int | None, followed: bool, now: float) -> None:
        """Hear with which code a connection that was let in was closed, and whether it `followed` a topic."""
        if address and code in ABUSE:
            self._rate(address, now).charge(now, PENALTY)
        elif address and followed:
            self._rate(address, now).give_back(now, RETURNED)

    def refuses(self, address: str, now: float) -> bool:
        """Whether `enter` would raise. Then the address begins anew to earn its next connection: who goes on faster
        than it may stays outside, and who rests is soon let in, however often it was refused."""
        rate = self._rates.get(address)
        if rate is None or not rate.empty(now):
            return False
        rate.spill(now)
        return True

    def _rate(self, address: str, now: float) -> Rate:
        rate = self._rates.pop(address, None)
        if rate is None:
            self._forget(now)
            per_second = conf.MAX_CONNECTS_PER_SECOND
            rate = Rate(per_second, now, BURST * per_second + conf.MAX_CONNECTIONS_PER_ADDRESS)
        self._rates[address] = rate
        return rate

    def _forget(self, now: float) -> None:
        """Make room: of the longest unused, those who are owed nothing; past `MOST`, whoever it is."""
        for address in list(islice(self._rates, 2)):
            if self._rates[address].full(now) or len(self._rates) >= MOST:
                del self._rates[address]
