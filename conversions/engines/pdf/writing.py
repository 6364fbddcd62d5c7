"""Pictures into PDF, each on a page of its size; a JPEG as it is, others without loss."""

import io
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pypdfium2
from PIL import Image, ImageOps, ImageSequence

from conversions.engines import limits
from conversions.engines.colours import in_srgb
from conversions.engines.engine import EngineFile, Report
from conversions.engines.pictures import check_size
from conversions.errors import DamagedFile, EngineFailed, TooManyPages

MOST_PAGES = limits.DRAWN_PAGES.most
Image.MAX_IMAGE_PIXELS = None  # pictures.py has the limit, and tells it in our words
_NAMES = {"jpeg": "JPEG", "png": "PNG", "webp": "WEBP", "gif": "GIF", "tiff": "TIFF"}
_POINTS_PER_INCH, _USUAL_DPI = 72, 96
_LARGEST_PAGE = 14_400.0  # points, beyond which readers may show nothing
_ORIENTATION, _TURNED = 0x0112, (5, 6, 7, 8)
# Where the right, the upper side and the corner of a picture come to lie on its page, by its EXIF orientation.
_PLACED: dict[int, Callable[[float, float], tuple[float, ...]]] = {
    1: lambda width, height: (width, 0, 0, height, 0, 0),
    2: lambda width, height: (-width, 0, 0, height, width, 0),
    3: lambda width, height: (-width, 0, 0, -height, width, height),
    4: lambda width, height: (width, 0, 0, -height, 0, height),
    5: lambda width, height: (0, -height, -width, 0, width, height),
    6: lambda width, height: (0, -height, width, 0, 0, height),
    7: lambda width, height: (0, height, width, 0, 0, 0),
    8: lambda width, height: (0, height, -width, 0, width, 0),
}


def pictures_to_pages(sources: Sequence[EngineFile], target: EngineFile, report: Report) -> None:
    """Write a PDF of the pictures, in their order; of an animation the first frame, of others all pages."""
    report(0.0, "encoding")
    pdf = pypdfium2.PdfDocument.new()
    try:
        for number, source in enumerate(sources):
            for done in _add(pdf, source):
                report((number + done) / len(sources), "encoding")
        pdf.save(target.path)
    except pypdfium2.PdfiumError as error:
        raise EngineFailed(reason=str(error)[:200]) from error
    finally:
        pdf.close()


def _add(pdf: pypdfium2.PdfDocument, source: EngineFile) -> Iterator[float]:
    """Add its pages; yields how much of them is done."""
    try:
        with Image.open(source.path, formats=[_NAMES[source.format]]) as image:
            frames = getattr(image, "n_frames", 1) if source.format == "tiff" else 1
            if frames > MOST_PAGES:
                raise TooManyPages(pages=frames, limit=MOST_PAGES)
            for number, frame in enumerate(ImageSequence.Iterator(image)):
                if number == frames:
                    return
                check_size(frame.width, frame.height, "pdf")
                _add_page(pdf, source, frame)
                yield (number + 1) / frames
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError) as error:  # as its readers come
        raise DamagedFile(reason=type(error).__name__) from error


def _add_page(pdf: pypdfium2.PdfDocument, source: EngineFile, frame: Image.Image) -> None:
    picture = pypdfium2.PdfImage.new(pdf)
    orientation, size = 1, _size(frame)
    frame.load()  # what is damaged tells it here, a JPEG too
    if source.format == "jpeg" and (frame.mode != "CMYK" or "adobe" in frame.info):  # pdfium takes all inks for Adobe's
        orientation = frame.getexif().get(_ORIENTATION, 1)
        picture.load_jpeg(_in_srgb(source.path, frame), inline=True)
    else:
        picture.set_bitmap(pypdfium2.PdfBitmap.from_pil(_plain(in_srgb(ImageOps.exif_transpose(frame)))))
    page = pdf.new_page(*size)
    placed = _PLACED.get(orientation, _PLACED[1])
    picture.set_matrix(pypdfium2.PdfMatrix(*placed(*size)))
    page.insert_obj(picture)
    page.gen_content()
    page.close()


def _in_srgb(path: Path, frame: Image.Image) -> Path | io.BytesIO:
    """The JPEG as it is, unless pdfium, which keeps no profile, would show it in other colours."""
    converted = in_srgb(frame) if frame.mode == "RGB" else frame
    if converted is frame:
        return path
    file = io.BytesIO()
    converted.save(file, "JPEG", quality=95, subsampling=0)
    return file


def _size(frame: Image.Image) -> tuple[float, float]:
    """In points, as it is seen."""
    points = _points_per_pixel(frame)
    width, height = frame.width * points, frame.height * points
    return (height, width) if frame.getexif().get(_ORIENTATION) in _TURNED else (width, height)


def _points_per_pixel(frame: Image.Image) -> float:
    """By the resolution that it claims, where that can be true."""
    told: Any = frame.info.get("dpi", (0, 0))[0]
    points = _POINTS_PER_INCH / (float(told) if 36 <= told <= 2400 else _USUAL_DPI)
    return min(points, _LARGEST_PAGE / max(frame.size))


def _plain(image: Image.Image) -> Image.Image:
    """Grey or RGB, of eight bits, with its transparency."""
    if image.mode.startswith("I;16"):
        return image.point(lambda value: value / 256).convert("L")
    if image.mode in ("LA", "PA", "RGBA") or "transparency" in image.info:
        return image.convert("RGBA")
    return image.convert("L" if image.mode in ("1", "L", "I", "F") else "RGB")
