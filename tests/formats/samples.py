"""A small file of each format: few made here, the others of those by the engines themselves."""

import gzip
import json
import subprocess
import tempfile
from collections.abc import Callable
from functools import cache, partial
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

from imageio_ffmpeg import get_ffmpeg_exe
from PIL import Image

from conversions.catalog.formats import by_id
from conversions.engines.raw import READS as RAWS
from conversions.engines.registry import Step
from tests.formats.trying import converted, offered
from tests.integration.conversions.raws import dng
from tests.integration.conversions.test_documents import MARKDOWN
from tests.integration.conversions.test_ffmpeg import MUXERS
from tests.integration.conversions.test_images import corners
from tests.integration.conversions.test_pillow import psd
from tests.integration.conversions.test_small_engines import CONTENT, SAMI, SRT, font
from tests.integration.conversions.workbooks import workbook

TABLE = [["name", "count"], ["one", 1], ["two", 2]]
SVG = "<svg xmlns='http://www.w3.org/2000/svg' width='48' height='32'><circle cx='9' cy='9' r='9' fill='red'/></svg>"

_LOOP = "vertex 0 0 0\nvertex 1 0 0\nvertex 0 1 0\n"
STL = f"solid corner\nfacet normal 0 0 1\nouter loop\n{_LOOP}endloop\nendfacet\nendsolid\n"
GEOJSON = json.dumps(
    {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"name": "Well"},
                "geometry": {"type": "Point", "coordinates": [13.5, 52]},
            }
        ],
    }
)


def _film() -> bytes:
    """A second of moving pictures, sound and words."""
    with tempfile.TemporaryDirectory() as folder:
        words, film = Path(folder, "words.srt"), Path(folder, "film.mkv")
        words.write_text(SRT)
        inputs = ("-f", "lavfi", "-i", "testsrc=size=64x48:rate=12:duration=1", "-f", "lavfi", "-i", "sine=duration=1")
        command = [get_ffmpeg_exe(), "-loglevel", "error", *inputs, "-i", words, "-c:s", "srt", film]
        subprocess.run(command, check=True)
        return film.read_bytes()


def _subtitled(format: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        source, film = Path(folder, "film.mkv"), Path(folder, "film")
        source.write_bytes(_film())
        codec = {"mkv": "srt", "webm": "webvtt"}.get(format, "mov_text")
        picture = "libvpx-vp9" if format == "webm" else "libx264"
        options = ("-an", "-c:v", picture, "-c:s", codec, "-f", MUXERS.get(format, format))
        subprocess.run([get_ffmpeg_exe(), "-loglevel", "error", "-i", source, *options, film], check=True)
        return film.read_bytes()


def _picture(format: str, **arguments: object) -> bytes:
    file = BytesIO()
    corners().save(file, format, **arguments)
    return file.getvalue()


def _zip() -> bytes:
    file = BytesIO()
    with ZipFile(file, "w") as archive:
        archive.writestr("folder/words.txt", "words " * 100)
    return file.getvalue()


def _csv() -> bytes:
    return "".join(",".join(map(str, row)) + "\n" for row in TABLE).encode()


SEEDS: dict[str, Callable[[], bytes]] = {
    "png": partial(_picture, "PNG"),
    "gif": partial(_picture, "GIF", save_all=True, append_images=[Image.new("RGB", (48, 32), "red")]),
    "psd": lambda: psd(corners()),
    "svg": SVG.encode,
    "md": MARKDOWN.encode,
    "csv": _csv,
    "mkv": _film,
    "srt": SRT.encode,
    "sami": SAMI.encode,
    "zip": _zip,
    # Of every camera the same: LibRaw tells by the content what it is.
    **dict.fromkeys(RAWS, lambda: dng(lambda x, y: (x * 600, y * 900, 9_000))),
    "stl": STL.encode,
    "geojson": GEOJSON.encode,
    "gz": lambda: gzip.compress(b"words " * 100),
    **{format: partial(workbook, format, TABLE) for format in ("xlsx", "xls", "xlsb", "ods")},
    **{format: partial(font, format) for format in ("ttf", "otf", "woff", "woff2")},
}
_DATA = json.dumps(CONTENT).encode()


def sample(step: Step) -> bytes:
    """What this step can convert."""
    engine, way = step.engine.id, step.way
    if engine == "ffmpeg" and way.target in ("srt", "vtt", "ass"):
        return _subtitled(way.source)
    if engine == "fonts" and way.target == "otf":
        return converted(font("otf"), "otf", way.source)
    if engine == "office" and way.source == "ods":  # what is made by hand for calamine lacks what LibreOffice asks for
        return converted(SEEDS["xlsx"](), "xlsx", "ods")
    if engine == "data":
        return _made_of("json", json.dumps(CONTENT).encode(), way.source)
    if engine == "tables" and way.source not in SEEDS:
        return _made_of("csv", _csv(), way.source)
    return _made(way.source)


@cache
def _made_of(seed: str, content: bytes, format: str) -> bytes:
    return converted(content, seed, format)


@cache
def _made(format: str) -> bytes:
    if format in SEEDS:
        return SEEDS[format]()
    seeds = [seed for seed in ("png", "md", "mkv", "srt", "zip", "gz", "stl", "geojson") if offered(seed, format)]
    seed = min(seeds, key=lambda seed: by_id(seed).kind != by_id(format).kind)
    return converted(_made(seed), seed, format)
