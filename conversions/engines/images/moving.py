"""Animations of PNG and AVIF, of which libvips knows the first picture only: Pillow has their frames."""

from collections.abc import Mapping
from typing import Any

import pyvips

from conversions.engines.engine import EngineFile, Report
from conversions.engines.pictures import check_size
from conversions.errors import DamagedFile, EngineFailed

OF_VIPS, OF_PILLOW = frozenset({"gif", "webp"}), frozenset({"png", "avif"})
_HEAD = 64 * 1024
_MODES = ("L", "LA", "RGB", "RGBA")
_DELAYS, _LOOP, _PROFILE = "delay", "loop", "icc-profile-data"
_USUAL_DELAY = 100  # milliseconds


def stays(source: EngineFile, target: str) -> bool:
    """Whether what moves in the source is to move in the target. A GIF or WebP becomes a PNG that stands still, as most
    other pictures are made of it."""
    if source.format in OF_VIPS:
        return target in OF_VIPS or target == "avif"
    return source.format in OF_PILLOW and target in OF_VIPS | OF_PILLOW and _moves(source)


def _moves(source: EngineFile) -> bool:
    """As a PNG or AVIF says of itself at its beginning."""
    with source.path.open("rb") as file:
        head = file.read(_HEAD)
    return b"acTL" in head.partition(b"IDAT")[0] if source.format == "png" else b"avis" in head[8:64]


def opened(source: EngineFile) -> pyvips.Image:
    """All frames of a PNG or AVIF, one below the other, with their times, as libvips has those of others. Raises
    `TooManyPixels` and `TooManyFrames` before it reads one, and `DamagedFile`."""
    from PIL import Image  # here, since few pictures need it

    Image.MAX_IMAGE_PIXELS = None  # pictures.py has the limit, and tells it in our words
    delays, pages = [], []
    try:
        with Image.open(source.path, formats=[source.format.upper()]) as image:
            count = getattr(image, "n_frames", 1)
            check_size(image.width, image.height, source.format, count)
            first = 1 if image.info.get("default_image") and count > 1 else 0  # is for what shows no animations
            for number in range(first, count):
                image.seek(number)
                frame = image.convert("RGBA")
                delays.append(round(image.info.get("duration") or _USUAL_DELAY))
                pages.append(pyvips.Image.new_from_memory(frame.tobytes(), *frame.size, 4, "uchar"))
            loop, profile = image.info.get("loop", 0), image.info.get("icc_profile")
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError) as error:  # as its readers come
        raise DamagedFile(reason=type(error).__name__) from error
    found = pages[0].pagejoin(pages[1:]) if len(pages) > 1 else pages[0]
    found = (found[0:3] if found[3].min() == 255 else found).copy(interpretation="srgb")
    found.set_type(pyvips.GValue.array_int_type, _DELAYS, delays)
    found.set_type(pyvips.GValue.gint_type, _LOOP, loop)
    if profile:
        found.set_type(pyvips.GValue.blob_type, _PROFILE, profile)
    return found


def save(image: pyvips.Image, target: EngineFile, options: Mapping[str, Any], report: Report) -> None:
    """Write all frames of an image as a PNG or AVIF, with their times and the profile of their colours."""
    from PIL import Image

    frames = []
    pages = image.colourspace("srgb" if image.bands > 2 else "b-w").cast("uchar").pagesplit()
    for number, page in enumerate(pages):
        report(number / len(pages) / 2, "encoding")
        frames.append(Image.frombytes(_MODES[page.bands - 1], (page.width, page.height), page.write_to_memory()))
    delays = _told(image, _DELAYS, [])
    arguments: dict[str, Any] = {"duration": [*delays, *[_USUAL_DELAY] * len(frames)][: len(frames)]}
    if profile := _told(image, _PROFILE, None):
        arguments["icc_profile"] = profile
    if target.format == "avif":
        arguments |= {"quality": options["quality"], "speed": 8}
    else:
        arguments["loop"] = _told(image, _LOOP, 0)
    try:
        frames[0].save(target.path, target.format.upper(), save_all=True, append_images=frames[1:], **arguments)
    except (OSError, ValueError) as error:
        raise EngineFailed(reason=str(error)[:200]) from error


def _told(image: pyvips.Image, name: str, otherwise: Any) -> Any:
    return image.get(name) if image.get_typeof(name) else otherwise
