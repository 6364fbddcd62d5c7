"""How forms are read: as UTF-8, and with names as they were sent. Importing this changes Django's parser."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase, multipartparser

END = b"\r\n\r\n"
_parse = multipartparser.parse_boundary_stream  # type: ignore[attr-defined]  # not in the stubs


def in_utf8(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: what else a request says of its charset counts for nothing (RFC 7578, section 5.1.2).

    Django believes it, and fails where Python knows the name and it is no encoding of text.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if request.encoding:
            request.encoding = "utf-8"
        return get_response(request)

    return middleware


def parse_part(stream: multipartparser.LazyStream, max_header_size: int) -> Any:
    """The kind, the headers and the stream of a part. Django's own drops a header that is not in UTF-8, and so the file
    whose name an old system sent.
    """
    header, end, rest = stream.read(max_header_size).partition(END)
    stream.unget((_recoded(header) if end else header) + end + rest)
    return _parse(stream, max_header_size)


def _recoded(header: bytes) -> bytes:
    try:
        header.decode()
    except UnicodeDecodeError:
        return header.decode("cp1252", errors="replace").encode()  # Latin-1, and more that Windows has
    return header


# Django takes invisible characters out of names, without which some emoji and languages fall apart, and reads HTML's
# entities in them. Names are text to us, which names.py makes safe: an empty one stays what says that there is no file.
setattr(multipartparser.MultiPartParser, "sanitize_file_name", lambda _, name: name or None)  # noqa: B010 (mypy)
setattr(multipartparser, "parse_boundary_stream", parse_part)  # noqa: B010 (mypy forbids the other way)
