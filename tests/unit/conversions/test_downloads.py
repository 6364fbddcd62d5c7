import io
from email.message import Message
from urllib.parse import unquote

import pytest
from django.core.files import File

from conversions.api.downloads import Chunks, disposition


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("a.webp", "a.webp"),
        ('say "hi".webp', "say _hi_.webp"),
        ("back\\slash%41.webp", "back_slash_41.webp"),
        ("Übung 🎉.webp", "_bung _.webp"),
        ("x; filename=y.exe", "x; filename=y.exe"),
    ],
)
def test_name_arrives_whole_and_for_old_readers_in_ascii(name: str, plain: str) -> None:
    header = Message()
    header["Content-Disposition"] = disposition(name)
    assert header.get_content_disposition() == "attachment"
    assert header.get_filename() == plain
    assert unquote(disposition(name).rpartition("filename*=UTF-8''")[2]) == name


def test_header_is_one_line_of_ascii() -> None:
    assert disposition("Ü\r\nSet-Cookie: a=b").isascii()
    assert "\n" not in disposition("Ü\r\nSet-Cookie: a=b")


async def test_content_comes_in_chunks() -> None:
    chunks = Chunks(File(io.BytesIO(b"abcdefg")), size=3)
    assert [chunk async for chunk in chunks] == [b"abc", b"def", b"g"]


def test_file_is_closed_with_the_response() -> None:
    file = File(io.BytesIO(b"abc"))
    Chunks(file).close()
    assert file.closed
