"""From uploaded files to conversions: the one way in for the API and for the page's form."""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError
from django.utils import timezone

from conversions import metrics
from conversions.catalog import detection, formats, routes
from conversions.catalog import options as known_options
from conversions.errors import (
    ConversionDeleted,
    EmptyFile,
    FileTooLarge,
    OptionsNotObject,
    RequestError,
    SourcesTooLarge,
    UnknownFormat,
)
from conversions.jobs import lifecycle, switches
from conversions.models import Conversion, Owner
from conversions.names import clean_name
from conversions.uploads.offer import max_file_bytes

FAST_CLOCK = timedelta(minutes=1)
"""How far ahead of ours the clock of who chose a file may be."""


@metrics.uploading()
def convert(
    owner: Owner,
    files: "Sequence[UploadedFile[bytes]]",
    to: str,
    options: str,
    added_at: float | None = None,
    idempotency_key: str = "",
    *,
    combine: bool = False,
) -> Conversion:
    """Queue the conversion of an uploaded file, or of several that are combined into one.

    `options` is JSON text, or empty, `added_at` in Unix milliseconds. With a key that the owner has used already, gives
    the conversion of then. Looks at the content, never at the name's ending. Raises a `RequestError`, and then nothing
    is kept.
    """
    if made := _made_before(owner, idempotency_key):
        return made
    switches.look()
    packed = combine and routes.packs(to)
    sources, wishes = [_source(file, packed) for file in files], parse_options(options)
    _check_together(sources)
    try:
        return lifecycle.create(owner, sources, to, wishes, _added(added_at), idempotency_key, combine)
    except IntegrityError:
        if made := _made_before(owner, idempotency_key):  # the same request came twice at once
            return made
        raise


@metrics.uploading()
def convert_all(owner: Owner, files: "Iterable[UploadedFile[bytes]]", to: str, options: str) -> list[Conversion]:
    """The same for each of the files, the first on top of a list. None is queued if one has anything wrong with it."""
    switches.look()
    sources, wishes = [_source(file) for file in files], parse_options(options)
    for source in sources:
        try:
            known_options.validate(routes.find(formats.by_id(source.format), to), wishes)
        except RequestError as error:
            error.params.setdefault("name", source.name)
            raise
    now = timezone.now()
    return [
        lifecycle.create(owner, [source], to, wishes, now - timedelta(microseconds=place))
        for place, source in enumerate(sources)
    ]


def _made_before(owner: Owner, key: str) -> Conversion | None:
    """What a request with that key made. Raises `ConversionDeleted`."""
    made = owner.conversions.filter(idempotency_key=key).first() if key else None
    if made and made.deleted_at:
        raise ConversionDeleted
    return made


def _added(added_at: float | None) -> datetime:
    now = timezone.now()
    return now if added_at is None else min(datetime.fromtimestamp(added_at / 1000, UTC), now + FAST_CLOCK)


def _source(file: "UploadedFile[bytes]", packed: bool = False) -> lifecycle.NewSource:
    """The file; what is `packed` as it is may be of any format."""
    name, size = clean_name(file.name or ""), file.size or 0
    if size > max_file_bytes():
        raise FileTooLarge(name=name, size=size, limit=max_file_bytes())
    if not size:
        raise EmptyFile(name=name)
    detected = _detect(file, name)
    found = detected if packed else detected and routes.readable_as(detected)
    if not found and not packed:
        raise UnknownFormat(name=name, kinds=routes.readable_kinds())
    return lifecycle.NewSource(file=file, name=name, size=size, format=found.id if found else "")


def _check_together(sources: Iterable[lifecycle.NewSource]) -> None:
    size = sum(source.size for source in sources)
    if size > max_file_bytes():
        raise SourcesTooLarge(size=size, limit=max_file_bytes())


def parse_options(text: str) -> dict[str, Any]:
    """The JSON object in a form's field; empty text is an empty one. Raises `OptionsNotObject`."""
    try:
        options = json.loads(text or "{}")
    except (ValueError, RecursionError):
        raise OptionsNotObject(got="text that is not JSON") from None
    if not isinstance(options, dict):
        raise OptionsNotObject(got=text[:60])
    return options


def _detect(file: "UploadedFile[bytes]", name: str) -> formats.Format | None:
    file.seek(0)
    head = file.read(detection.HEAD_BYTES)
    file.seek(0)
    return detection.detect(head, name)
