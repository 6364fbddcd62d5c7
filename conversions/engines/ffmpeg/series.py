"""A film into a ZIP of pictures, one every so many seconds."""

import math
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from conversions.catalog import formats
from conversions.engines import limits, zips
from conversions.engines.engine import Report
from conversions.errors import DamagedFile, TooManyPictures

FOLDER = Path("pictures")
MOST = limits.FILM_PICTURES.most
_DIGITS = 3


def check(seconds: float, options: Mapping[str, Any]) -> None:
    """Raise `TooManyPictures`, before one is made."""
    count = math.ceil(round(seconds / options["every"], 6))
    if count > MOST:
        raise TooManyPictures(pictures=count, limit=MOST)


def pack(target: Path, picture: str, report: Report) -> None:
    """All that ffmpeg has made, called by their numbers; each leaves its folder when it is in. Raises
    `TooManyPictures`, as it is where a file lied about its length."""
    format, made = formats.by_id(picture), sorted(FOLDER.iterdir())
    if not made:
        raise DamagedFile(reason="it holds no pictures")
    if len(made) > MOST:
        raise TooManyPictures(pictures=len(made), limit=MOST)
    with zipfile.ZipFile(target, "w") as archive:
        for number, path in enumerate(made, 1):
            name = f"picture-{zips.numbered(number, len(made), _DIGITS)}.{format.extension}"
            archive.writestr(zips.member(name, None), path.read_bytes())
            path.unlink()
            report(number / len(made), "encoding")
