"""Frames under way: how many may be, and what the client's count says of them."""

from pytest_django import Settings

from realtime.in_flight import InFlight
from realtime.outbox import Outbox
from realtime.window import Window


def test_window_is_full_until_frames_that_were_taken_are_acknowledged(settings: Settings) -> None:
    settings.REALTIME_SEND_WINDOW = 2
    window, outbox = Window(InFlight("c", None)), Outbox()
    for text in ("1", "2"):
        assert not window.full
        outbox.put(text)
        window.seal(outbox)
    assert window.full
    assert not (window.acknowledge(9) and window.acknowledged), "none was taken"
    assert window.take() == "1"
    assert window.acknowledge(9)
    assert window.acknowledged == 1
    assert not window.full
    assert not window.acknowledge(1), "known already"
    assert window.take() == "2"
    assert window.take() is None


def test_nothing_makes_no_frame() -> None:
    window = Window(InFlight("c", None))
    window.seal(Outbox())
    assert window.take() is None
