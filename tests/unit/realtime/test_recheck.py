"""Connections whose credential is no longer valid are closed, and no others."""

import json
from collections.abc import Callable, Hashable

import pytest
from pytest_django import Settings

from realtime import recheck as module
from realtime.connection import Connection
from realtime.recheck import recheck

asked: list[list[Hashable]] = []
valid: set[Hashable] = set()
meanwhile: list[Callable[[], None]] = []


def those_valid(credentials: list[Hashable]) -> list[Hashable]:
    asked.append(credentials)
    for happening in meanwhile:
        happening()
    return [credential for credential in credentials if credential in valid]


def broken(credentials: list[Hashable]) -> list[Hashable]:
    asked.append(credentials)
    raise OSError("the disk is full")


def nothing(credentials: list[Hashable]) -> None:
    asked.append(credentials)


@pytest.fixture(autouse=True)
def _afresh(settings: Settings) -> None:
    asked.clear()
    valid.clear()
    meanwhile.clear()
    settings.REALTIME_RECHECK = f"{__name__}.those_valid"


def opened(credential: Hashable = None) -> Connection:
    return Connection(owner="", address="", user_agent="", now=0.0, wake=lambda: None, credential=credential)


async def test_connection_is_told_why_before_it_is_closed() -> None:
    ended, stays, stranger = opened("ended"), opened("stays"), opened()
    valid.add("stays")
    await recheck({ended, stays, stranger})
    frame = ended.next_frame()
    assert frame is not None
    told = json.loads(frame)
    assert (told["type"], told["code"], told["retryable"]) == ("error", "session_ended", False)
    assert ended.close_code == 4401
    for connection in (stays, stranger):
        assert connection.close_code is None
        assert connection.next_frame() is None


async def test_credential_is_asked_about_once_for_all_its_connections() -> None:
    connections = {opened("a"), opened("a"), opened("b")}
    await recheck(connections)
    assert [sorted(map(str, part)) for part in asked] == [["a", "b"]]
    assert {connection.close_code for connection in connections} == {4401}


async def test_many_are_asked_about_in_parts() -> None:
    valid.update(range(module.AT_ONCE))
    connections = [opened(number) for number in range(module.AT_ONCE + 3)]
    await recheck(connections)
    assert [len(part) for part in asked] == [module.AT_ONCE, 3]
    assert [connection.credential for connection in connections if connection.close_code] == [5_000, 5_001, 5_002]


async def test_connections_that_come_and_go_meanwhile() -> None:
    gone, newcomer = opened("a"), opened("b")
    connections = {gone}
    meanwhile.extend([lambda: connections.discard(gone), lambda: connections.add(newcomer)])
    await recheck(connections)
    assert gone.close_code is None
    assert newcomer.close_code is None


@pytest.mark.parametrize("name", ["broken", "nothing"])
async def test_nobody_is_closed_without_an_answer(name: str, settings: Settings) -> None:
    settings.REALTIME_RECHECK = f"{__name__}.{name}"
    connection = opened("a")
    await recheck({connection})
    assert asked == [["a"]]
    assert connection.close_code is None


async def test_nothing_is_asked_where_there_is_nothing_to_ask(settings: Settings) -> None:
    closing = opened("a")
    closing.close(4012)
    await recheck({opened(), closing})
    settings.REALTIME_RECHECK = ""
    await recheck({opened("a")})
    assert asked == []
