"""The doorstep: who was refused a moment ago has to say what it wants before it costs more than a connection does."""

import asyncio
import re
from collections.abc import Callable
from itertools import islice
from typing import Any, NamedTuple

from twisted.internet.protocol import Protocol

from realtime.rate import Rate

Message = dict[str, Any]

HOLD = 1.0
"""Seconds for which a refused handshake waits for its answer: who comes again and again spends time of its own."""
MOST_HELD = 1_000
"""Handshakes that wait at once; more are answered without a wait."""
LATELY = 10.0
"""Seconds after its last refusal for which an address is asked at the door."""
MOST_A_SECOND = 100
"""Connections of such an address; what comes beyond is closed unread. An office that comes back is fewer."""
MOST = 10_000
"""Addresses that are remembered."""
HANDSHAKE = re.compile(
    rb"\AGET [^\r\n]+\r\n(?:.*\r\n)?upgrade:[ \t]*websocket[ \t]*(?:\r\n|\Z)", re.IGNORECASE | re.DOTALL
)


class Refused(NamedTuple):
    """An address: when it was refused last, in seconds of the loop's clock, and how often it may connect."""

    at: float
    rate: Rate


class Doorkeeper:
    """Knows which addresses were refused lately. `judge` says of a scope's `client` and `headers` whether its WebSocket
    is refused, and `answer` is what it then gets to read."""

    def __init__(self, judge: Callable[[Message], bool], answer: bytes) -> None:
        self._judge, self.answer = judge, answer
        self._refused: dict[str, Refused] = {}  # the last one is last
        self.held = 0

    def knows(self, host: str) -> bool:
        """Whether this address was refused lately."""
        return host in self._refused and _now() < self._refused[host].at + LATELY

    def is_overrun(self, host: str) -> bool:
        """Whether this known address connects too often even for being refused. Counts the connection."""
        return not self._refused[host].rate.allows(_now())

    def refuses(self, scope: Message) -> bool:
        """Whether this handshake is refused; then its address is remembered."""
        if not self._judge(scope):
            return False
        if client := scope["client"]:
            self._remember(client[0])
        return True

    def _remember(self, host: str) -> None:
        now = _now()
        known = self._refused.pop(host, None)
        self._refused[host] = Refused(now, known.rate if known else Rate(MOST_A_SECOND, now))
        for oldest in list(islice(self._refused, 2)):
            if len(self._refused) > MOST or now >= self._refused[oldest].at + LATELY:
                del self._refused[oldest]


class Doorstep(Protocol):  # type: ignore[misc] # Twisted has no types
    """A connection that may be a handshake to refuse. It is refused after `HOLD` seconds; all else is let in."""

    def __init__(self, keeper: Doorkeeper, client: tuple[str, int], let_in: Callable[[], Protocol]) -> None:
        self._keeper, self._client, self._let_in = keeper, client, let_in
        self._refused = self._held = False

    def connectionMade(self) -> None:  # noqa: N802 (Twisted's name)
        self._timer = asyncio.get_running_loop().call_later(HOLD, self._decide)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 (Twisted's name)
        if self._refused:
            self.transport.pauseProducing()
            return
        headers = handshake(data)
        self._refused = headers is not None and self._keeper.refuses({"client": [*self._client], "headers": headers})
        if not self._refused or self._keeper.held >= MOST_HELD:
            self._decide(data)
        else:
            self._held = True
            self._keeper.held += 1

    def _decide(self, data: bytes = b"") -> None:
        self._timer.cancel()
        if self._refused:
            self.transport.write(self._keeper.answer)
            self.transport.loseConnection()
            return
        protocol, transport = self._let_in(), self.transport
        transport.protocol = protocol
        protocol.makeConnection(transport)
        if data:
            protocol.dataReceived(data)

    def connectionLost(self, reason: object = None) -> None:  # noqa: N802 (Twisted's name)
        self._timer.cancel()
        if self._held:
            self._held = False
            self._keeper.held -= 1


def handshake(data: bytes) -> list[tuple[bytes, bytes]] | None:
    """The headers if this is the whole head of a WebSocket's handshake, names in lower case; else None."""
    head, end, _ = data.partition(b"\r\n\r\n")
    if not end or not HANDSHAKE.search(head):
        return None
    fields = (line.partition(b":") for line in head.split(b"\r\n")[1:])
    return [(name.strip().lower(), value.strip()) for name, _, value in fields]


def _now() -> float:
    return asyncio.get_running_loop().time()
