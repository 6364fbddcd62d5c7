"""Who is let in at once, who has to wait for a refusal, and what is remembered."""

import pytest
from twisted.internet.protocol import Protocol
from twisted.internet.testing import StringTransport

from realtime import server_doorstep
from realtime.server_doorstep import LATELY, MOST_A_SECOND, Doorkeeper, Doorstep, handshake
from tests.masked import HANDSHAKE
from tests.waiting import await_for

CLIENT = ("192.0.2.1", 50_000)
ANSWER = b"HTTP/1.1 429 Too Many Requests\r\n\r\n"
ASKED = HANDSHAKE % b"/ws/events/"


class Inside(Protocol):
    """What is behind the door; keeps what it is told."""

    def __init__(self) -> None:
        self.received = b""

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 (Twisted's name)
        self.received += data


def keeper(refused: bool = True) -> Doorkeeper:
    return Doorkeeper(lambda scope: refused, ANSWER)


def arrive(doorkeeper: Doorkeeper) -> tuple[Doorstep, StringTransport, Inside]:
    inside, transport = Inside(), StringTransport()
    doorstep = Doorstep(doorkeeper, CLIENT, lambda: inside)
    transport.protocol = doorstep
    doorstep.makeConnection(transport)
    return doorstep, transport, inside


@pytest.fixture
def _no_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_doorstep, "HOLD", 0.01)


@pytest.mark.parametrize("upgrade", [b"Upgrade: websocket", b"upgrade:WebSocket ", b"UPGRADE:\t websocket"])
def test_a_handshake_is_known_by_its_upgrade(upgrade: bytes) -> None:
    headers = handshake(b"GET /ws/ HTTP/1.1\r\nHost: x\r\n" + upgrade + b"\r\nX-Forwarded-For: 192.0.2.9\r\n\r\n")
    assert headers is not None
    assert (b"x-forwarded-for", b"192.0.2.9") in headers


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\r\n\r\n",
        ASKED[:-2],
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nUpgrade: h2c\r\n\r\n",
        b"GET / HTTP/1.1\r\nX-Upgrade: websocket\r\n\r\n",
        b"GET /?upgrade:websocket HTTP/1.1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\n\r\nupgrade: websocket\r\n",
    ],
)
def test_all_else_is_none(data: bytes) -> None:
    assert handshake(data) is None


@pytest.mark.usefixtures("_no_hold")
async def test_a_refused_handshake_is_told_so_after_a_while_and_gets_no_further() -> None:
    doorkeeper = keeper()
    doorstep, transport, inside = arrive(doorkeeper)
    doorstep.dataReceived(ASKED)
    assert doorkeeper.held == 1
    assert not transport.value()
    await await_for(lambda: transport.disconnecting, because="the refusal")
    assert transport.value() == ANSWER
    doorstep.connectionLost()
    assert doorkeeper.held == 0
    assert not inside.received


async def test_what_is_no_handshake_or_is_not_refused_is_let_in_at_once() -> None:
    for refused, data in ((True, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"), (True, ASKED[:20]), (False, ASKED)):
        doorstep, transport, inside = arrive(keeper(refused))
        doorstep.dataReceived(data)
        assert transport.protocol is inside
        assert inside.received == data
        assert inside.transport is transport


@pytest.mark.usefixtures("_no_hold")
async def test_who_says_nothing_is_let_in_after_a_while() -> None:
    _, transport, inside = arrive(keeper())
    await await_for(lambda: transport.protocol is inside, because="the door")
    assert not inside.received


async def test_no_more_than_some_wait_and_who_leaves_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_doorstep, "MOST_HELD", 1)
    doorkeeper = keeper()
    first, waiting, _ = arrive(doorkeeper)
    first.dataReceived(ASKED)
    second, answered, _ = arrive(doorkeeper)
    second.dataReceived(ASKED)
    assert answered.value() == ANSWER
    assert not waiting.value()
    second.connectionLost()
    first.connectionLost()
    assert doorkeeper.held == 0


async def test_who_goes_on_talking_is_not_read() -> None:
    doorstep, transport, _ = arrive(keeper())
    doorstep.dataReceived(ASKED)
    doorstep.dataReceived(b"x")
    assert transport.producerState == "paused"
    doorstep.connectionLost()


async def test_refused_addresses_are_remembered_for_a_while_and_not_without_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [100.0]
    monkeypatch.setattr(server_doorstep, "_now", lambda: now[0])
    monkeypatch.setattr(server_doorstep, "MOST", 3)
    doorkeeper = keeper()

    def refuse(*hosts: str) -> list[bool]:
        assert all(doorkeeper.refuses({"client": [host, 1], "headers": []}) for host in hosts)
        return [doorkeeper.knows(host) for host in "abcde"]

    assert refuse("a", "b") == [True, True, False, False, False]
    assert refuse("a", "c", "d") == [True, False, True, True, False]
    now[0] += LATELY
    assert not doorkeeper.knows("a")
    assert refuse("e") == [False, False, False, False, True]
    assert doorkeeper.refuses({"client": None, "headers": []})


async def test_an_address_that_is_refused_may_connect_only_so_often(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(server_doorstep, "_now", lambda: now[0])
    doorkeeper = keeper()
    assert doorkeeper.refuses({"client": [*CLIENT], "headers": []})
    tries = [doorkeeper.is_overrun(CLIENT[0]) for _ in range(2 * MOST_A_SECOND)]
    assert tries == [False] * MOST_A_SECOND + [True] * MOST_A_SECOND
    now[0] += 0.5
    assert doorkeeper.refuses({"client": [*CLIENT], "headers": []})
    assert [doorkeeper.is_overrun(CLIENT[0]) for _ in range(MOST_A_SECOND)].count(False) == MOST_A_SECOND / 2


async def test_who_was_not_refused_is_not_remembered() -> None:
    doorkeeper = keeper(refused=False)
    assert not doorkeeper.refuses({"client": [*CLIENT], "headers": []})
    assert not doorkeeper.knows(CLIENT[0])
