"""Options that several engines take, in the words of JSON Schema."""

from typing import Any

COLOUR = "^#[0-9a-fA-F]{6}$"


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


def page() -> dict[str, Any]:
    """Of which of several pages a picture is made."""
    return {"type": "integer", "title": "Page", "minimum": 1, "maximum": 100_000, "default": 1}


def dpi() -> dict[str, Any]:
    """How large a picture of a page becomes."""
    return {"type": "integer", "title": "Dots per inch", "minimum": 36, "maximum": 600, "default": 150}
