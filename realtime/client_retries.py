"""When a client comes back after its connection ended, and whether it may. Pure logic, no I/O; times are seconds."""

from collections.abc import Callable

FIRST, GROWTH, LONGEST = 0.5, 1.5, 30.0
"""The first wait's most, and how it grows. A program hears of no `online` event as a page does, so it grows slowly:
after a cut of 3 s half of the clients are back within 1 s (with 2 s and doubling, as in the page, within 1.7 s)."""
SETTLED = 5.0
"""How long a connection has to last until the next loss counts as the first: a server that closes each connection at
once must not be hammered."""
FINAL_CODES = frozenset({4400, 4403})
"""We broke the protocol, and would again; or this origin is refused."""
SIGN_IN = 4401


class Retries:
    """Counts tries and says how long to wait before the next: full jitter, since a thousand clients that lost one
    server must not come back in step."""

    def __init__(self, random: Callable[[], float]) -> None:
        self.attempt = 0
        """Tries since a connection last stayed up."""
        self._asked: float | None = None
        self._unknown = 0
        self._random = random

    def asked(self, milliseconds: object) -> None:
        """The server says when to come back (`reconnect_in_ms`, `retry_after_ms`); it holds for the next wait."""
        if isinstance(milliseconds, int | float) and milliseconds >= 0:
            self._asked = milliseconds / 1000

    def may_return(self, code: int | None) -> bool:
        """Whether a connection that ended with this close code (None: without one) may be made again. 4401 may once:
        the credentials may be new by then."""
        self._unknown = self._unknown + 1 if code == SIGN_IN else 0
        return code not in FINAL_CODES and self._unknown < 2

    def wait(self, lasted: float) -> float:
        """Seconds until the next try, after a connection that lasted so long."""
        if lasted >= SETTLED:
            self.attempt = 0
        self.attempt += 1
        ceiling = min(FIRST * GROWTH ** min(self.attempt - 1, 20), LONGEST)
        own, asked, self._asked = self._random() * ceiling, self._asked, None
        return own if asked is None else asked
