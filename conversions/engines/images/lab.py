"""TIFF in the colours of LAB, of which libvips knows one kind only: Pillow has the other."""

import pyvips

from conversions.engines.engine import EngineFile
from conversions.engines.pictures import check_size
from conversions.errors import CannotHold, DamagedFile


def opened(source: EngineFile, to: str) -> pyvips.Image:
    """The first picture as screens show it. Raises `TooManyPixels`, `DamagedFile` or `CannotHold`."""
    from PIL import Image, UnidentifiedImageError  # here, since few pictures need it

    from conversions.engines.colours import in_srgb

    Image.MAX_IMAGE_PIXELS = None  # pictures.py has the limit, and tells it in our words
    try:
        with Image.open(source.path, formats=["TIFF"]) as image:
            check_size(image.width, image.height, source.format)
            shown = in_srgb(image)
            found = pyvips.Image.new_from_memory(shown.tobytes(), *shown.size, len(shown.getbands()), "uchar")
    except UnidentifiedImageError as error:
        raise CannotHold(to=to, what="colours of LAB in this form") from error
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError) as error:  # as its readers come
        raise DamagedFile(reason=type(error).__name__) from error
    return found.copy(interpretation="srgb")
