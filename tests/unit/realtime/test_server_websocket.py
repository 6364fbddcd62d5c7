"""Frames that wait for an application that does not keep up."""

from realtime.server_websocket import MAX_WAITING_BYTES, MAX_WAITING_FRAMES, Inbox

FRAME = {"type": "websocket.receive", "text": "x"}


class Calls:
    """Counts what an inbox asks of its socket."""

    def __init__(self) -> None:
        self.paused = self.resumed = 0
        self.inbox = Inbox(self.pause, self.resume)

    def pause(self) -> None:
        self.paused += 1

    def resume(self) -> None:
        self.resumed += 1


async def test_frames_come_in_order() -> None:
    box = Calls().inbox
    for text in "abc":
        box.put_nowait({"type": "websocket.receive", "text": text})
    assert [(await box.get())["text"] for _ in "abc"] == ["a", "b", "c"]


def test_the_socket_is_not_read_while_too_many_frames_wait() -> None:
    socket = Calls()
    for _ in range(MAX_WAITING_FRAMES):
        socket.inbox.put_nowait(FRAME)
    assert socket.paused == 0
    for _ in range(3):
        socket.inbox.put_nowait(FRAME)
    assert socket.paused == 1


def test_the_socket_is_not_read_while_too_many_bytes_wait() -> None:
    socket = Calls()
    for _ in range(5):
        socket.inbox.put_nowait({"type": "websocket.receive", "bytes": b"x" * (MAX_WAITING_BYTES // 4)})
    assert socket.paused == 1


async def test_the_socket_is_read_again_when_half_is_gone() -> None:
    socket = Calls()
    for _ in range(MAX_WAITING_FRAMES + 1):
        socket.inbox.put_nowait(FRAME)
    for _ in range(MAX_WAITING_FRAMES // 2):
        await socket.inbox.get()
    assert socket.resumed == 0
    for _ in range(10):
        await socket.inbox.get()
    assert socket.resumed == 1
