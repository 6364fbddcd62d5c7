"""The formats: what each is called and can hold, and how to tell one from a file's first bytes."""

from dataclasses import dataclass

import puremagic

HEAD_BYTES = 4096  # as much of a file's beginning as `detect` wants


@dataclass(frozen=True)
class Format:
    """A file format. `animated` formats hold frames in time, `pages` formats hold pictures one after the other."""

    id: str
    name: str
    extensions: tuple[str, ...]
    media_type: str
    kind: str
    lossy: bool = False
    alpha: bool = False
    animated: bool = False
    pages: bool = False

    @property
    def extension(self) -> str:
        """The usual ending of a name, without the dot."""
        return self.extensions[0]


FORMATS = (
    Format("jpeg", "JPEG", ("jpg", "jpeg", "jpe", "jfif"), "image/jpeg", "image", lossy=True),
    Format("png", "PNG", ("png",), "image/png", "image", alpha=True),
    Format("webp", "WebP", ("webp",), "image/webp", "image", lossy=True, alpha=True, animated=True),
    Format("avif", "AVIF", ("avif",), "image/avif", "image", lossy=True, alpha=True),
    Format("gif", "GIF", ("gif",), "image/gif", "image", alpha=True, animated=True),
    Format("tiff", "TIFF", ("tif", "tiff"), "image/tiff", "image", alpha=True, pages=True),
)
_BY_ID = {format.id: format for format in FORMATS}
_BY_EXTENSION = {extension: format for format in FORMATS for extension in format.extensions}
_BY_MEDIA_TYPE = {format.media_type: format for format in FORMATS}
_BIG_TIFF = (b"II+\0", b"MM\0+")


def get(id: str) -> Format | None:
    """The format of that id, if there is one."""
    return _BY_ID.get(id)


def by_id(id: str) -> Format:
    """The format of an id that is known to be in the table; `KeyError` otherwise."""
    return _BY_ID[id]


def by_extension(name: str) -> Format | None:
    """The format that a file's name promises, which says nothing about its content."""
    return _BY_EXTENSION.get(name.rpartition(".")[2].lower())


def detect(head: bytes) -> Format | None:
    """The format of a file that begins with these bytes (`HEAD_BYTES` of them are enough); no name is asked."""
    if head[:4] in _BIG_TIFF:
        return _BY_ID["tiff"]
    if _is_avif(head):
        return _BY_ID["avif"]
    try:
        matches = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):  # ValueError: no bytes at all
        return None
    return _BY_MEDIA_TYPE.get(matches[0].mime_type)


def _is_avif(head: bytes) -> bool:
    """AVIF may stand among the compatible brands alone, and puremagic takes some of its files for MP4."""
    brands = head[8 : min(int.from_bytes(head[:4], "big"), 256)]
    return head[4:8] == b"ftyp" and any(brands[i : i + 4] in (b"avif", b"avis") for i in range(0, len(brands), 4))
