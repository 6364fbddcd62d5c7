"""PDF, by pdfium: its pages as pictures or files of their own, its text, and pictures as pages."""

from typing import Any

from conversions.catalog import formats
from conversions.engines import limits, options
from conversions.engines.engine import Engine, Kind, Stage, Way

QUALITY = {"jpeg": 85, "webp": 80}
PICTURES = ("png", "jpeg", "webp", "tiff")
PARTS = ("png", "jpeg", "webp", "pdf")
ONTO_PAGES = ("jpeg", "png", "webp", "gif", "tiff")
_PART = {"title": "What each page becomes", "enum": list(PARTS), "default": PARTS[0]}
_PAGE_SECONDS = 120.0  # a page that takes longer was made to


def _picture(target: str) -> Way:
    """Of one page; a TIFF of all."""
    taken: dict[str, Any] = {"dpi": options.dpi()}
    taken |= {"pages": options.pages()} if formats.by_id(target).pages else {"page": options.page()}
    if target in QUALITY:
        taken["quality"] = options.quality(QUALITY[target])
    taken["password"] = options.password()
    stages = (Stage("reading", 0.4), Stage("encoding", 0.6)) if "page" in taken else (Stage("encoding", 1.0),)
    progress = Kind.PHASED if "page" in taken else Kind.MEASURED
    return Way(
        "pdf",
        target,
        stages,
        progress,
        taken,
        loss=2 + 2 * ("page" in taken),
        seconds=1 + 3 * (target == "tiff"),
        limits=(limits.PAGES if "page" in taken else limits.DRAWN_PAGES, limits.PIXELS),
        wall_seconds=_PAGE_SECONDS if "page" in taken else Way.wall_seconds,
    )


def _pages(source: str) -> Way:
    loses_frames = formats.by_id(source).animated
    counted = (limits.PIXELS, limits.DRAWN_PAGES)
    return Way(source, "pdf", (Stage("encoding", 1.0),), Kind.MEASURED, loss=2 * loses_frames, limits=counted)


_CHOSEN = {"pages": options.pages(), "password": options.password()}

ENGINE = Engine(
    id="pdf",
    work="conversions.engines.pdf.work",
    distributions=("pypdfium2", "pillow"),
    ways=(
        *map(_picture, PICTURES),
        Way("pdf", "txt", (Stage("reading", 1.0),), Kind.MEASURED, _CHOSEN, loss=5, seconds=2, limits=(limits.PAGES,)),
        Way(
            source="pdf",
            target="zip",
            stages=(Stage("encoding", 1.0),),
            progress=Kind.MEASURED,
            options={"picture": _PART, "dpi": options.dpi(), **_CHOSEN},
            loss=2,
            seconds=4,
            limits=(limits.DRAWN_PAGES, limits.PIXELS),
        ),
        *map(_pages, ONTO_PAGES),
    ),
)
