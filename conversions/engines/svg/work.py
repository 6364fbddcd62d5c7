"""Draws vector pictures. They are handed to libvips as bytes, not as a file: so nothing that they name is read."""

from collections.abc import Mapping, Sequence
from typing import Any

import pyvips

from conversions.engines import fontfiles, letters
from conversions.engines.engine import EngineFile, Report
from conversions.engines.images.progress import watch_encoding
from conversions.engines.markup import in_utf8
from conversions.engines.pictures import check_size
from conversions.errors import DamagedFile, EngineFailed

_TRIES = 3


def convert(sources: Sequence[EngineFile], target: EngineFile, options: Mapping[str, Any], report: Report) -> None:
    """Draw the one source."""
    (source,) = sources
    report(0.0, "reading")
    fontfiles.use()
    content = in_utf8(source.path.read_bytes())
    letters.check_drawing(content)
    picture = _opened(content, options["width"])
    report(1.0, "reading")
    try:
        watch_encoding(picture, target.format, report).pngsave(str(target.path))
    except pyvips.Error as error:
        raise EngineFailed(reason="it cannot be drawn") from error


def _opened(content: bytes, width: int) -> pyvips.Image:
    """The picture, not drawn yet, of this width; 0: of its own. Its own is told in whole pixels, so the first guess
    may miss."""
    scale, picture = 1.0, _loaded(content, 1.0)
    for _ in range(_TRIES if width else 0):
        if picture.width == width:
            break
        scale *= width / picture.width
        picture = _loaded(content, scale)
    return picture


def _loaded(content: bytes, scale: float) -> pyvips.Image:
    try:
        picture = pyvips.Image.svgload_buffer(content, scale=scale)
    except pyvips.Error as error:
        raise DamagedFile(reason="it cannot be drawn") from error
    check_size(picture.width, picture.height, "png")
    return picture
