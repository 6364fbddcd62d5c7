"""What a history still holds of something, with who acknowledged it."""

import asyncio

import pytest

from realtime import flush, kept_events, publish
from realtime.acknowledgements import Acknowledgements
from realtime.batch import Finals
from realtime.history import connect
from tests.integration.realtime.rooms import Said, Typing
from tests.integration.realtime.valkeys import Valkey

ROOM = "room.blue"


@pytest.mark.usefixtures("valkey")
def test_wanted_events_come_in_order_with_who_acknowledged_them() -> None:
    for number in (1, 2, 3):
        publish(ROOM, Said(text=str(number)))
    publish(ROOM, Typing(percent=5), key="k")
    publish("room.red", Said(text="1"))
    assert flush(5)
    told = kept_events(ROOM, lambda event: event.get("text") != "2")
    assert told is not None
    assert [(each.offset, each.event["type"], each.key) for each in told] == [
        (1, "said", None),
        (3, "said", None),
        (4, "typing", "k"),
    ]

    async def acknowledge() -> None:
        gathered = Acknowledgements(connect())
        for name in ("one", "two"):
            gathered.add(name, [Finals(ROOM, told[0].epoch, (2, 3))], 1_000)
        await gathered.write()
        await gathered.close()

    asyncio.run(acknowledge())
    again = kept_events(ROOM, lambda event: True)
    assert again is not None
    names = [[one.connection_id for one in each.acknowledged] for each in again]
    assert names == [[], ["one", "two"], ["one", "two"], []]


def test_nothing_is_known_while_valkey_is_away(server: Valkey) -> None:
    assert kept_events(ROOM, lambda event: True) is None
