"""What a file is, by its content. Its name breaks a tie where the content says nothing, and is not believed else."""

import puremagic

from conversions.catalog import formats
from conversions.catalog.formats import Format
from conversions.catalog.signatures import LAST, SIGNATURES, UNSIGNED

HEAD_BYTES = 4096  # as much of a file's beginning as `detect` wants

# What needs no signature of ours; of the rest puremagic says too much: every zip and old Office file is one of Word.
_BY_MEDIA_TYPE = {formats.by_id(id).media_type: formats.by_id(id) for id in ("jpeg", "png", "webp", "gif")}


def detect(head: bytes, name: str = "") -> Format | None:
    """The format of a file that begins with these bytes (`HEAD_BYTES` of them are enough), and has this name."""
    for id, fits in SIGNATURES.items():
        if fits(head):
            return formats.by_id(id)
    try:
        found = _BY_MEDIA_TYPE.get(puremagic.magic_string(head)[0].mime_type)
    except (puremagic.PureError, ValueError):  # ValueError: no bytes at all
        found = None
    return found or _by_name(head, name) or next((formats.by_id(id) for id in LAST if LAST[id](head)), None)


def is_format(head: bytes, format: Format) -> bool:
    """Whether a file that is meant to be of this format, and begins so, can be it. Text may look like anything."""
    tests = [table[format.id] for table in (SIGNATURES, UNSIGNED, LAST) if format.id in table]
    return any(fits(head) for fits in tests) if tests else detect(head) is format


def _by_name(head: bytes, name: str) -> Format | None:
    promised = formats.by_extension(name)
    fits = UNSIGNED.get(promised.id) if promised else None
    return promised if fits and fits(head) else None
