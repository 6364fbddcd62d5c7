"""Pictures, by libvips: upright, in colours that every program shows, with frames or pages where the target can."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pyvips

from conversions.catalog import formats
from conversions.engines.engine import EngineFile, Report
from conversions.engines.images import lab, moving
from conversions.engines.images.progress import watch_encoding, watch_reading
from conversions.engines.options import COVER, NO_LOCATION, NONE
from conversions.engines.pictures import check_size, wanted_size
from conversions.errors import DamagedFile, EngineFailed

_LOADERS = {
    "jpeg": "jpegload",
    "png": "pngload",
    "webp": "webpload",
    "avif": "heifload",
    "gif": "gifload",
    "tiff": "tiffload",
}
_EIGHT_BIT = frozenset({"jpeg", "webp", "gif"})
_NO_ALPHA = frozenset({"jpeg"})
_NO_PROFILE = frozenset({"gif"})
_GPS = "exif-ifd3-"
_MAY_NAME_PLACES = frozenset({"xmp-data", "iptc-data", "photoshop-data"})
_SAVERS: dict[str, tuple[str, dict[str, Any]]] = {
    "jpeg": ("jpegsave", {"optimize_coding": True}),
    "png": ("pngsave", {}),
    "webp": ("webpsave", {}),
    # More effort than this takes several times as long for a few per cent of size.
    "avif": ("heifsave", {"compression": "av1", "effort": 2}),
    "gif": ("gifsave", {"effort": 4}),
    "tiff": ("tiffsave", {"compression": "deflate", "predictor": "horizontal"}),
}


def convert(sources: Sequence[EngineFile], target: EngineFile, options: Mapping[str, Any], report: Report) -> None:
    """Convert the one source. Frames are kept where the target has any; else the first picture is."""
    pyvips.cache_set_max(0)  # it goes by file name, and would show an old picture
    (source,) = sources
    image = _opened(source, target.format)
    height = image.get_page_height()
    frames = image.height // height
    upright = (height, image.width) if _lies(image) else (image.width, height)
    wanted = wanted_size(*upright, options)
    check_size(image.width, height, source.format, frames)
    check_size(*wanted, target.format, frames)
    image = _reading(lambda: watch_reading(image, report).copy_memory())
    prepared = _reading(lambda: _sized(_prepared(image, target.format, options), wanted, options))
    _write(prepared, target, options, report)


def _opened(source: EngineFile, target: str) -> pyvips.Image:
    """The picture's header; its pixels are not read yet."""
    stays = moving.stays(source, target)
    if stays and source.format in moving.OF_PILLOW:
        return moving.opened(source)
    arguments = {"n": -1} if stays else {}
    # Without fail_on a truncated picture loads, grey from where it ends. To the TIFF reader its end is another error.
    fail_on = "error" if source.format == "tiff" else "truncated"
    load = getattr(pyvips.Image, _LOADERS[source.format])
    try:
        return load(str(source.path), fail_on=fail_on, **arguments)
    except pyvips.Error as error:
        if "labq" in error.detail:
            return lab.opened(source, formats.by_id(target).name)
        raise _damaged(error) from error


def _prepared(image: pyvips.Image, target: str, options: Mapping[str, Any]) -> pyvips.Image:
    image = _in_plain_colours(_upright(_without(image, options)), target)
    if image.hasalpha() and target in _NO_ALPHA:
        background = options.get("background", "#ffffff")
        rgb = [int(background[i : i + 2], 16) for i in (1, 3, 5)]
        image = image.colourspace("srgb").flatten(background=rgb)
    return image


def _lies(image: pyvips.Image) -> bool:
    return bool(image.get_typeof("orientation")) and image.get("orientation") in range(5, 9)


def _sized(image: pyvips.Image, wanted: tuple[int, int], options: Mapping[str, Any]) -> pyvips.Image:
    if wanted == (image.width, image.get_page_height()):
        return image
    width, height = wanted
    how = {"crop": "centre"} if options["fit"] == COVER else {"size": "force"}
    pages = [page.thumbnail_image(width, height=height, no_rotate=True, **how) for page in image.pagesplit()]
    return pages[0] if len(pages) == 1 else pages[0].pagejoin(pages[1:])


def _upright(image: pyvips.Image) -> pyvips.Image:
    if not image.get_typeof("orientation") or image.get("orientation") == 1:
        return image
    if image.height == image.get_page_height():
        return image.autorot()
    first, *others = [page.autorot() for page in image.pagesplit()]
    return first.pagejoin(others)


def _without(image: pyvips.Image, options: Mapping[str, Any]) -> pyvips.Image:
    """Without what tells of the place where it was taken, if so wanted; XMP and IPTC may name it in any words."""
    if options.get("metadata") != NO_LOCATION:
        return image
    image = image.copy()
    for name in image.get_fields():
        if name.startswith(_GPS) or name in _MAY_NAME_PLACES:
            image.remove(name)
    return image


def _in_plain_colours(image: pyvips.Image, target: str) -> pyvips.Image:
    """RGB or grey. A profile of RGB colours stays where the target has any, and is applied else, as one of inks (CMYK)
    always is."""
    if image.interpretation == "cmyk":
        has_profile = bool(image.get_typeof("icc-profile-data"))
        return image.icc_transform("srgb", embedded=True) if has_profile else image.colourspace("srgb")
    if image.get_typeof("icc-profile-data") and image.bands > 2 and target in _NO_PROFILE:
        return image.icc_transform("srgb", embedded=True, input_profile="srgb")
    if image.format != "uchar" and target in _EIGHT_BIT:
        return image.colourspace("b-w" if image.bands < 3 else "srgb")
    return image


def _write(image: pyvips.Image, target: EngineFile, options: Mapping[str, Any], report: Report) -> None:
    if image.height > image.get_page_height() and target.format in moving.OF_PILLOW:
        moving.save(image, target, options, report)
        return
    saver, arguments = _SAVERS[target.format]
    if "quality" in options:
        arguments = {**arguments, "Q": options["quality"]}
    if options.get("metadata") == NONE:
        arguments = {**arguments, "keep": "icc"}
    watched = watch_encoding(image, target.format, report)
    try:
        getattr(watched, saver)(str(target.path), **arguments)
    except pyvips.Error as error:
        _raise_if_memory(error)
        raise EngineFailed(reason=_reason(error)) from error


def _reading(step: Callable[[], pyvips.Image]) -> pyvips.Image:
    try:
        return step()
    except pyvips.Error as error:
        raise _damaged(error) from error


def _damaged(error: pyvips.Error) -> DamagedFile:
    _raise_if_memory(error)
    return DamagedFile(reason=_reason(error))


def _raise_if_memory(error: pyvips.Error) -> None:
    if "out of memory" in error.detail.lower():
        raise MemoryError from error


def _reason(error: pyvips.Error) -> str:
    """The first thing that libvips complained of, in its own words, without the paths of our files."""
    lines = [re.sub(r"/[^\s:]+(: )?", "", line).strip(" .") for line in error.detail.splitlines()]
    return next(filter(None, lines), "no details")[:200]
