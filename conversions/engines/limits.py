"""How much a file may hold to be converted here. Ways name those that hold for them, engines keep them before they do
the work, and docs/formats.md shows them."""

from dataclasses import dataclass
from enum import StrEnum


class Unit(StrEnum):
    """What a limit is counted in."""

    COUNT = "count"
    BYTES = "bytes"
    SECONDS = "seconds"


@dataclass(frozen=True)
class Limit:
    """At most so much of something."""

    what: str
    most: int
    unit: Unit = Unit.COUNT


# No library has a limit that fits: 300 KB of PNG can say 2 gigapixels.
PIXELS = Limit("pixels of a picture, of all its frames together", 100_000_000)
FRAMES = Limit("frames of an animation", 5_000)

FILM = Limit("length of a film", 4 * 3600, Unit.SECONDS)
FILM_PICTURES = Limit("pictures that a film becomes", 3_600)  # of an hour, one a second
SOUND = Limit("length of sound", 24 * 3600, Unit.SECONDS)
SHORT = Limit("length of pictures that move", 600, Unit.SECONDS)
CUES = Limit("subtitles of a file", 100_000)

PAGES = Limit("pages of a PDF", 20_000)
DRAWN_PAGES = Limit("pages that become pictures, or pictures that become pages", 1_000)
DOCUMENT_TIME = Limit("processor time of a document, and as much for each MiB of it", 30, Unit.SECONDS)
DOCUMENT_PARTS = Limit("unpacked parts of a document", 512 * 1024**2, Unit.BYTES)

TRIANGLES = Limit("triangles of a model", 2_000_000)
FEATURES = Limit("features of a map", 1_000_000)
SHAPES = Limit("unpacked parts of a Shapefile", 512 * 1024**2, Unit.BYTES)

ROWS = Limit("rows of a table", 20_000_000)
COLUMNS = Limit("columns of a table", 2_000)  # DuckDB takes 64 KiB and more a column and step
ALIASES = Limit("all that the aliases of a YAML file stand for", 64 * 1024**2, Unit.BYTES)
SHEET_PARTS = Limit("unpacked parts of a workbook", 1024**3, Unit.BYTES)
COLUMNAR = Limit("unpacked columns of a file", 8 * 1024**3, Unit.BYTES)

MEMBERS = Limit("members of an archive", 50_000)
UNPACKED = Limit("all that an archive unpacks to", 2_000_000_000, Unit.BYTES)
RATIO = Limit("times its size, where that is over 100 MiB", 250)
