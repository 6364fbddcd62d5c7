"""docs/protocol.md says what the code does."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from realtime import errors, protocol
from realtime.frames import KNOWN
from realtime.protocol import ClientMessage

PAGE = (Path(__file__).parents[3] / "docs" / "protocol.md").read_text()


def section(title: str) -> str:
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def rows(title: str) -> dict[str, str]:
    """Each name in the first cell of a table's row, and that row."""
    lines = [line for line in section(title).splitlines() if line.startswith("|")]
    return {name: line for line in lines[2:] for name in re.findall(r"\w+", line.split("|")[1])}


def subclasses(base: type) -> Iterator[type]:
    for kind in base.__subclasses__():
        yield kind
        yield from subclasses(kind)


SERVER = [kind for kind in subclasses(protocol.FromServer) if kind.__module__ == protocol.__name__]
ERRORS = [kind for kind in subclasses(errors.RealtimeError) if kind.__module__ == errors.__name__]


@pytest.mark.parametrize("kind", get_args(ClientMessage), ids=lambda kind: str(kind.__struct_config__.tag))
def test_message_of_the_client_is_described_with_its_fields(kind: type) -> None:
    row = rows("From the client")[kind.__struct_config__.tag]
    assert all(f"`{field}" in row for field in kind.__struct_fields__ if field != "id")


@pytest.mark.parametrize("kind", SERVER, ids=lambda kind: str(kind.__struct_config__.tag))
def test_message_of_the_server_is_described_with_its_fields(kind: type) -> None:
    row = rows("From the server")[kind.__struct_config__.tag]
    assert all(f"`{field}" in row for field in kind.__struct_fields__ if field != "in_reply_to")


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: str(kind.code))
def test_error_is_described_with_its_close_code(kind: type[errors.RealtimeError]) -> None:
    row = rows("Errors")[kind.code]
    assert (f"closes with {kind.close_code}" if kind.close_code else "goes on") in row
    if kind.close_code:
        assert str(kind.close_code) in rows("Close codes")


def test_nothing_else_is_described() -> None:
    assert set(rows("From the client")) == set(KNOWN)
    assert set(rows("From the server")) == {kind.__struct_config__.tag for kind in SERVER}
    assert set(rows("Errors")) == {kind.code for kind in ERRORS}
