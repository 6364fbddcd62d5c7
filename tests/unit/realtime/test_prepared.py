"""Frames as they go over the wire."""

import pytest

from realtime.prepared import Prepared, is_short_text_begun, short_text, text_frame


def masked(payload: bytes, *, first: int = 0x81, mask: bytes = b"\x01\x02\x03\x04", size: int | None = None) -> bytes:
    """A client's frame, right or wrong."""
    body = bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
    return bytes((first, 0x80 | (len(payload) if size is None else size))) + mask + body


@pytest.mark.parametrize(
    ("size", "header"),
    [
        (0, b"\x81\x00"),
        (125, b"\x81\x7d"),
        (126, b"\x81\x7e\x00\x7e"),
        (65_535, b"\x81\x7e\xff\xff"),
        (65_536, b"\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00"),
    ],
)
def test_header_tells_the_size(size: int, header: bytes) -> None:
    assert text_frame("x" * size) == header + b"x" * size


def test_size_is_that_of_the_bytes() -> None:
    assert text_frame("é") == b"\x81\x02" + "é".encode()


def test_prepared_text_is_text_and_its_frame_is_made_once() -> None:
    text = Prepared('{"a":1}')
    assert text == '{"a":1}'
    assert text.frame == text_frame(text)
    assert text.frame is text.frame


@pytest.mark.parametrize("text", ["", "x", '{"type":"ack","received":12}', "naïve ☃", "y" * 125])
def test_short_text_is_read(text: str) -> None:
    data = masked(text.encode())
    assert short_text(data) == (text, len(data))


def test_short_texts_are_read_one_after_another() -> None:
    data = masked(b"one") + masked(b"two")
    assert short_text(data) == ("one", 9)
    assert short_text(data, 9) == ("two", 18)
    assert short_text(data, 18) is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x81",
        b"\x81\x03abc",  # not masked
        masked(b"x" * 126),  # not short
        masked(b"ab", first=0x82),  # binary
        masked(b"ab", first=0x01),  # the first of several
        masked(b"ab", first=0x89),  # a ping
        masked(b"ab", first=0xC1),  # compressed
        masked(b"abc")[:-1],
        masked(b"\xff"),  # not UTF-8
        masked(b"abc", size=126),
    ],
)
def test_all_else_is_left_to_a_real_parser(data: bytes) -> None:
    assert short_text(data) is None


@pytest.mark.parametrize("size", [0, 1, 5, 125])
def test_a_short_text_is_begun_until_its_end_is_here(size: int) -> None:
    data = masked(b"x" * size)
    assert [is_short_text_begun(b"before" + data[:end], 6) for end in range(len(data) + 1)] == [
        False,
        *[True] * (len(data) - 1),
        False,
    ]


@pytest.mark.parametrize("data", [masked(b"ab", first=0x89)[:4], b"\x82", b"\x81\x03ab", masked(b"x" * 126)[:9]])
def test_nothing_else_counts_as_begun(data: bytes) -> None:
    assert not is_short_text_begun(data, 0)
