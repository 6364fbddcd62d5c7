"""How large a picture may be, here and in each format, and how large it is wanted."""

from collections.abc import Mapping
from typing import Any

from conversions.catalog import formats
from conversions.engines import limits
from conversions.engines.options import INSIDE
from conversions.errors import TooLargeForFormat, TooManyFrames, TooManyPixels

MAX_PIXELS = limits.PIXELS.most
_MAX_SIDE = {"jpeg": 65_500, "webp": 16_383, "avif": 16_384, "gif": 65_535, "heic": 16_384, "tga": 65_535}


def check_size(width: int, height: int, target: str, frames: int = 1) -> None:
    """Raise `TooManyFrames`, `TooManyPixels` or `TooLargeForFormat`, before a pixel is read."""
    if frames > limits.FRAMES.most:
        raise TooManyFrames(frames=frames, limit=limits.FRAMES.most)
    pixels = width * height * frames
    if pixels > MAX_PIXELS:
        raise TooManyPixels(pixels=pixels, limit=MAX_PIXELS)
    limit = _MAX_SIDE.get(target, MAX_PIXELS)
    if max(width, height) > limit:
        raise TooLargeForFormat(to=formats.by_id(target).name, limit=limit, width=width, height=height)


def wanted_size(width: int, height: int, options: Mapping[str, Any]) -> tuple[int, int]:
    """What a picture of this size becomes by the options of `options.size`."""
    across, down = options.get("width", 0), options.get("height", 0)
    if across and down and options["fit"] != INSIDE:
        return across, down
    scales = [wanted / own for wanted, own in ((across, width), (down, height)) if wanted]
    scale = min(scales, default=1.0)
    return max(1, round(width * scale)), max(1, round(height * scale))
