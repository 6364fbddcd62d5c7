"""Develops raw photographs: in the white balance that the camera chose, upright, in sRGB."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyvips
import rawpy

from conversions.engines.engine import EngineFile, Report
from conversions.engines.images.progress import watch_encoding
from conversions.engines.pictures import check_size
from conversions.errors import DamagedFile, EngineFailed

_SRGB = (2.4, 12.92)  # its curve: the power, and the slope in the shadows
_BITS = {"png": 8, "tiff": 16}
_SAVERS: dict[str, tuple[str, dict[str, Any]]] = {
    "png": ("pngsave", {}),
    "tiff": ("tiffsave", {"compression": "deflate", "predictor": "horizontal"}),
}


def convert(sources: Sequence[EngineFile], target: EngineFile, options: Mapping[str, Any], report: Report) -> None:
    """Develop the one source."""
    (source,) = sources
    report(0.0, "reading")
    image = _developed(source.path, target.format)
    report(1.0, "reading")
    saver, arguments = _SAVERS[target.format]
    try:
        getattr(watch_encoding(image, target.format, report), saver)(str(target.path), **arguments)
    except pyvips.Error as error:
        raise EngineFailed(reason="it cannot be written") from error


def _developed(path: Path, target: str) -> pyvips.Image:
    bits = _BITS[target]
    try:
        with rawpy.imread(str(path)) as raw:
            check_size(raw.sizes.iwidth, raw.sizes.iheight, target)
            pixels = raw.postprocess(use_camera_wb=True, output_bps=bits, gamma=_SRGB)
    except rawpy.LibRawFileUnsupportedError as error:
        raise EngineFailed(reason="it is of a camera that is not known here, or damaged") from error
    except rawpy.LibRawError as error:
        raise _error(error) from error
    height, width, bands = pixels.shape
    kind, colours = ("uchar", "srgb") if bits == 8 else ("ushort", "rgb16")
    return pyvips.Image.new_from_memory(pixels.data, width, height, bands, kind).copy(interpretation=colours)


def _error(error: rawpy.LibRawError) -> Exception:
    if isinstance(error, rawpy.LibRawUnsufficientMemoryError):
        return MemoryError()
    reason = error.args[0] if error.args else ""
    return DamagedFile(reason=(reason.decode() if isinstance(reason, bytes) else str(reason))[:200] or "no details")
