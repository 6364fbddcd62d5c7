"""WebSocket frames as clients send them, byte by byte: for what a library would refuse to send."""

TEXT, BINARY, CLOSE, PING = 1, 2, 8, 9
HANDSHAKE = (
    b"GET %s HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
FINAL = 0x80
MASK = b"\x00\x00\x00\x00"
"""It changes nothing, so a frame can be made and read without work."""


def client_frame(payload: bytes, opcode: int = TEXT) -> bytes:
    """A whole message in one frame."""
    return bytes([FINAL | opcode]) + _size(len(payload)) + MASK + payload


def _size(size: int) -> bytes:
    if size < 126:
        return bytes([0x80 | size])
    if size < 1 << 16:
        return bytes([0x80 | 126]) + size.to_bytes(2, "big")
    return bytes([0x80 | 127]) + size.to_bytes(8, "big")
