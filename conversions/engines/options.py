"""Options that several engines take, in the words of JSON Schema."""

from typing import Any

from conversions.engines import page_ranges

AUTO = "auto"
ENCODINGS = (
    "utf-8",
    "utf-16",
    "windows-1252",
    "iso-8859-1",
    "iso-8859-15",
    "windows-1250",
    "windows-1251",
    "windows-1253",
    "windows-1254",
    "windows-1255",
    "windows-1256",
    "windows-1257",
    "windows-1258",
    "koi8-r",
    "tis-620",
    "shift_jis",
    "euc-jp",
    "gb18030",
    "big5",
    "euc-kr",
)
COLOUR = "^#[0-9a-fA-F]{6}$"
INSIDE, COVER, FILL = "inside", "cover", "fill"
"""All of the picture within the size; the size filled and what is over cut off; stretched."""
KEEP, NO_LOCATION, NONE = "keep", "no-location", "none"
# No controls and no halves of characters, which no keyboard sends; as long as PDF takes them.
_PASSWORD = {
    "type": "string",
    "format": "password",
    "writeOnly": True,
    "pattern": r"^[^\x00-\x1f\x7f\ud800-\udfff]{0,127}$",
    "expected": "a text of at most 127 characters",
    "default": "",
}


def quality(default: int) -> dict[str, Any]:
    """1 to 100, as encoders of pictures count."""
    return {"type": "integer", "title": "Quality", "minimum": 1, "maximum": 100, "default": default}


def bitrate(default: int) -> dict[str, Any]:
    """Of sound, in kilobits a second."""
    title = "Bit rate of the sound (kbit/s)"
    return {"type": "integer", "title": title, "minimum": 32, "maximum": 320, "default": default}


def background() -> dict[str, Any]:
    """What shows where a picture is transparent and the target cannot be."""
    return {
        "type": "string",
        "title": "Colour behind transparent parts",
        "format": "color",
        "pattern": COLOUR,
        "default": "#ffffff",
    }


def encoding() -> dict[str, Any]:
    """Of text that came as bytes; by itself it is told from few others."""
    return {"title": "Encoding of the file", "enum": [AUTO, *ENCODINGS], "default": AUTO}


def width() -> dict[str, Any]:
    """Of a picture; 0: as it comes."""
    return {"type": "integer", "title": "Width in pixels (0: its own)", "minimum": 0, "maximum": 16_384, "default": 0}


def size() -> dict[str, dict[str, Any]]:
    """Of a picture; `pictures.wanted_size` reads it. One side alone leads the other; `fit` is for both."""
    return {
        "width": width(),
        "height": {**width(), "title": "Height in pixels (0: its own)"},
        "fit": {"title": "Fit, where both are given", "enum": [INSIDE, COVER, FILL], "default": INSIDE},
    }


def metadata() -> dict[str, dict[str, Any]]:
    """What a picture tells beside its pixels: when, where and how it was taken. Its colours' profile stays."""
    return {"metadata": {"title": "Metadata", "enum": [KEEP, NO_LOCATION, NONE], "default": KEEP}}


def page() -> dict[str, Any]:
    """Of which of several pages a picture is made."""
    return {"type": "integer", "title": "Page", "minimum": 1, "maximum": 100_000, "default": 1}


def dpi() -> dict[str, Any]:
    """How large a picture of a page becomes."""
    return {"type": "integer", "title": "Dots per inch", "minimum": 36, "maximum": 600, "default": 150}


def compression() -> dict[str, Any]:
    """Of archives: how hard is tried to make them small."""
    return {"type": "integer", "title": "Compression, from quick to small", "minimum": 1, "maximum": 9, "default": 6}


def pages() -> dict[str, Any]:
    """Which of all pages; `page_ranges.chosen` reads it."""
    return {
        "type": "string",
        "title": "Pages",
        "pattern": page_ranges.PATTERN,
        "expected": page_ranges.EXPECTED,
        "default": page_ranges.ALL,
    }


def password() -> dict[str, Any]:
    """What opens an encrypted source; empty: nothing does."""
    return {**_PASSWORD, "title": "Password of the file"}


def new_password() -> dict[str, Any]:
    """What shall open the result; empty: nobody needs one."""
    return {**_PASSWORD, "title": "New password"}
