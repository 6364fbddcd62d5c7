"""From an uploaded file to a conversion: the one way in for the API and for the page's form."""

import json
from collections.abc import Iterable
from typing import Any

from django.core.files.uploadedfile import UploadedFile

from conversions.catalog import formats, routes
from conversions.catalog import options as known_options
from conversions.errors import EmptyFile, FileTooLarge, OptionsNotObject, UnknownFormat
from conversions.jobs import lifecycle
from conversions.models import Conversion, Owner
from conversions.names import clean_name
from conversions.uploads.offer import max_file_bytes


def convert(owner: Owner, file: "UploadedFile[bytes]", to: str, options: str) -> Conversion:
    """Queue the conversion of an uploaded file; `options` is JSON text, or empty.

    Looks at the content, never at the name's ending. Raises a `RequestError`, and then nothing is kept.
    """
    return convert_all(owner, [file], to, options)[0]


def convert_all(owner: Owner, files: "Iterable[UploadedFile[bytes]]", to: str, options: str) -> list[Conversion]:
    """The same for each of the files. None is queued if there is anything wrong with one of them."""
    sources, wishes = [_source(file) for file in files], parse_options(options)
    for source in sources:
        known_options.validate(routes.find(formats.by_id(source.format), to), wishes)
    return [lifecycle.create(owner, [source], to, wishes) for source in sources]


def _source(file: "UploadedFile[bytes]") -> lifecycle.NewSource:
    name, size = clean_name(file.name or ""), file.size or 0
    if size > max_file_bytes():
        raise FileTooLarge(name=name, size=size, limit=max_file_bytes())
    if not size:
        raise EmptyFile(name=name)
    return lifecycle.NewSource(file=file, name=name, size=size, format=_detect(file, name).id)


def parse_options(text: str) -> dict[str, Any]:
    """The JSON object in a form's field; empty text is an empty one. Raises `OptionsNotObject`."""
    try:
        options = json.loads(text or "{}")
    except (ValueError, RecursionError):
        raise OptionsNotObject(got="text that is not JSON") from None
    if not isinstance(options, dict):
        raise OptionsNotObject(got=text[:60])
    return options


def _detect(file: "UploadedFile[bytes]", name: str) -> formats.Format:
    file.seek(0)
    head = file.read(formats.HEAD_BYTES)
    file.seek(0)
    found = formats.detect(head)
    if found is None:
        raise UnknownFormat(name=name, readable=", ".join(each.name for each in formats.FORMATS))
    return found
