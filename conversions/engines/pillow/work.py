"""Carries out what Pillow is for: one picture, upright, in colours that every program shows."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PIL import Image, ImageOps
from pillow_heif import register_heif_opener

from conversions.engines.colours import in_srgb
from conversions.engines.engine import EngineFile, Report
from conversions.engines.options import COVER, KEEP, NO_LOCATION, NONE
from conversions.engines.pictures import check_size, wanted_size
from conversions.engines.pillow import KEEP_METADATA
from conversions.errors import DamagedFile, EngineFailed

register_heif_opener()
Image.MAX_IMAGE_PIXELS = None  # pictures.py has the limit, and tells it in our words

_NAMES = {
    "heic": "HEIF",
    "bmp": "BMP",
    "ico": "ICO",
    "icns": "ICNS",
    "psd": "PSD",
    "tga": "TGA",
    "jp2": "JPEG2000",
    "ppm": "PPM",
    "png": "PNG",
}
_MODES = {
    "heic": ("L", "RGB", "RGBA"),
    "bmp": ("1", "L", "P", "RGB"),
    "ico": ("RGBA",),
    "icns": ("RGBA",),
    "tga": ("L", "RGB", "RGBA"),
    "jp2": ("L", "LA", "RGB", "RGBA"),
    "ppm": ("1", "L", "RGB"),
    "png": ("1", "L", "LA", "P", "I;16", "RGB", "RGBA"),
}
_ICON_SIZES = {"ico": 256, "icns": 1024}
_WITH_ALPHA = frozenset({"LA", "RGBA", "PA"})
_WITH_PROFILE = frozenset({"png", "heic"})
_GPS = 0x8825
_METADATA = frozenset({"exif", "xmp", "XML:com.adobe.xmp", "metadata"})


def convert(sources: Sequence[EngineFile], target: EngineFile, options: Mapping[str, Any], report: Report) -> None:
    """Convert the one source; of several pictures the first, of an icon's the largest."""
    (source,) = sources
    report(0.0, "reading")
    image = _reading(lambda: _opened(source, target))
    check_size(*wanted_size(*image.size, options), target.format)
    report(0.0, "encoding")
    arguments = _arguments(image, target.format, options)
    prepared = _sized(_prepared(image, target.format, options), options)
    if options.get("metadata", KEEP) != KEEP:  # what its savers are not given, they take from the picture
        kept = {name: value for name, value in prepared.info.items() if name not in _METADATA}
        prepared.info = {**kept, "exif": None}
    try:
        prepared.save(target.path, _NAMES[target.format], **arguments)
    except (OSError, ValueError) as error:
        raise EngineFailed(reason=_reason(error)) from error
    report(1.0, "encoding")


def _opened(source: EngineFile, target: EngineFile) -> Image.Image:
    with Image.open(source.path, formats=[_NAMES[source.format]]) as image:
        check_size(image.width, image.height, source.format)
        image.load()
        return ImageOps.exif_transpose(image)


def _reading(step: Callable[[], Image.Image]) -> Image.Image:
    try:
        return step()
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError) as error:  # as its readers come
        raise DamagedFile(reason=_reason(error)) from error


def _prepared(image: Image.Image, target: str, options: Mapping[str, Any]) -> Image.Image:
    image = _in_plain_colours(image, target)
    if "background" in options and (image.mode in _WITH_ALPHA or "transparency" in image.info):
        behind = Image.new("RGBA", image.size, options["background"])
        image = Image.alpha_composite(behind, image.convert("RGBA")).convert("RGB")
    if image.mode not in _MODES[target]:
        has_alpha = image.mode in _WITH_ALPHA or "transparency" in image.info
        image = image.convert("RGBA" if (has_alpha and "RGBA" in _MODES[target]) or target in _ICON_SIZES else "RGB")
    return _squared(image, _ICON_SIZES[target]) if target in _ICON_SIZES else image


def _sized(image: Image.Image, options: Mapping[str, Any]) -> Image.Image:
    wanted = wanted_size(*image.size, options)
    if wanted == image.size:
        return image
    if image.mode in ("1", "P"):  # of which no colours between two can be made
        image = image.convert("RGBA" if "transparency" in image.info else "RGB")
    if options["fit"] == COVER:
        return ImageOps.fit(image, wanted, Image.Resampling.LANCZOS)
    return image.resize(wanted, Image.Resampling.LANCZOS)


def _in_plain_colours(image: Image.Image, target: str) -> Image.Image:
    """Grey or RGB. Inks (CMYK), LAB and, where the target has no profile, all colours go by the picture's own; grey of
    16 bits, which Pillow would cut off at 255, becomes one of 8 where the target has no more."""
    if image.mode.startswith("I") and image.mode not in _MODES[target]:
        return image.convert("I").point(lambda value: value * (1 / 257)).convert("L")
    return image if target in _WITH_PROFILE and image.mode not in ("CMYK", "LAB") else in_srgb(image)


def _squared(image: Image.Image, most: int) -> Image.Image:
    """In the middle of a transparent square of at most so many pixels a side: icons have no other shape."""
    side = min(max(image.size), most)
    return ImageOps.pad(image, (side, side), color=(0, 0, 0, 0))


def _arguments(image: Image.Image, target: str, options: Mapping[str, Any]) -> dict[str, Any]:
    keeps_colours = target in _WITH_PROFILE and image.mode not in ("CMYK", "LAB")
    kept = {"icc_profile": profile} if keeps_colours and (profile := image.info.get("icc_profile")) else {}
    exif = image.getexif()
    if options.get("metadata") == NO_LOCATION and _GPS in exif:
        del exif[_GPS]
    if exif and target in KEEP_METADATA and options.get("metadata") != NONE:
        kept["exif"] = exif.tobytes()
    quality = options.get("quality")
    match target:
        case "heic":
            return {**kept, "quality": quality}
        case "jp2":  # as a ratio of sizes; by one of signal to noise OpenJPEG loses the colours of what is flat
            return {
                "quality_mode": "rates",
                "quality_layers": [2 ** ((100 - (quality or 60)) / 15)],
                "irreversible": True,
            }
    return kept


def _reason(error: Exception) -> str:
    """What Pillow complained of, in its own words, without the paths of our files."""
    return " ".join(word for word in str(error).split() if "/" not in word)[:200] or "no details"
