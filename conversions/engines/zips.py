"""ZIP files that are made here, member by member."""

import time
import zipfile


def member(name: str, level: int | None = 6) -> zipfile.ZipInfo:
    """A member of this name, made now, that everybody may read, compressed so much; None: not at all."""
    made = zipfile.ZipInfo(name, time.gmtime()[:6])
    made.compress_type = zipfile.ZIP_STORED if level is None else zipfile.ZIP_DEFLATED
    made.external_attr = 0o644 << 16
    setattr(made, "_compresslevel", level)  # noqa: B010 (public from Python 3.13 on, by this name before and after)
    return made


def numbered(number: int, of: int, least: int = 1) -> str:
    """The number with as many zeros in front that names of members sort in its order; at least so many digits."""
    return f"{number:0{max(least, len(str(of)))}}"
