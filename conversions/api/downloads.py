"""`/api/v1/conversions/{id}/download`: the result, streamed at the pace of who reads it."""

from collections.abc import AsyncIterator
from urllib.parse import quote
from uuid import UUID

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.files import File
from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone
from ninja import Router

from conversions import storage
from conversions.api.conversions import find, problems
from conversions.errors import ConversionNotCompleted, Expired, FileMissing
from conversions.jobs.states import State
from conversions.models import Conversion

router = Router(tags=["conversions"])
CHUNK_BYTES = 256 * 1024


class Chunks:
    """A file's content as an asynchronous iterator, which holds one chunk at a time. Django closes it at the end."""

    def __init__(self, file: "File[bytes]", size: int = CHUNK_BYTES) -> None:
        self.file = file
        self.size = size

    async def __aiter__(self) -> AsyncIterator[bytes]:
        read = sync_to_async(self.file.read)
        while chunk := await read(self.size):
            yield chunk

    def close(self) -> None:
        """Close the file, also when the reader left in the middle."""
        self.file.close()


def disposition(name: str) -> str:
    """A `Content-Disposition` that saves under the name, for old readers in ASCII (RFC 6266, RFC 8187)."""
    plain = "".join(c if c.isascii() and c.isprintable() else "_" for c in name)
    quoted = plain.replace("\\", "_").replace('"', "_").replace("%", "_")
    return f"attachment; filename=\"{quoted}\"; filename*=UTF-8''{quote(name, safe='')}"


@router.get(
    "/conversions/{uuid:conversion_id}/download",
    response={200: None, **problems(404, 409, 410, 503)},
    openapi_extra={"responses": {200: {"description": "The file", "content": {"application/octet-stream": {}}}}},
)
async def download(request: HttpRequest, conversion_id: UUID) -> StreamingHttpResponse:
    """The result of a completed conversion, as a file."""
    conversion, file = await sync_to_async(_open)(request, conversion_id)
    return StreamingHttpResponse(
        Chunks(file),
        content_type=conversion.output_media_type,
        headers={
            "Content-Length": str(file.size),
            "Content-Disposition": disposition(conversion.output_name),
            # What visitors made is never run as a page of ours, even if somebody opens it in place.
            "Content-Security-Policy": "sandbox",
            "Cache-Control": "private, no-store",
        },
    )


def _open(request: HttpRequest, conversion_id: UUID) -> "tuple[Conversion, File[bytes]]":
    conversion = find(request, conversion_id)
    if conversion.state != State.COMPLETED:
        raise ConversionNotCompleted(state=conversion.state)
    try:
        return conversion, storage.opened(conversion.output.name or "")
    except FileMissing:
        if conversion.output and conversion.expires_at > timezone.now():
            raise
        raise Expired(hours=settings.RETENTION_HOURS) from None
