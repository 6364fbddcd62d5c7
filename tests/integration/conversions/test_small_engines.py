"""Subtitles, fonts and data through the real engines in their real process, and read again."""

import json
import tomllib
from io import BytesIO
from pathlib import Path
from typing import Any

import pysubs2
import pytest
import yaml
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

from conversions.catalog import routes
from conversions.catalog.formats import by_id
from conversions.engines import data, fonts, subtitles
from conversions.engines.engine import EngineFile
from conversions.errors import CannotHold, DamagedFile
from conversions.sandbox import runner
from conversions.sandbox.job import Job
from tests.integration.conversions.test_images import Watch

SRT = "1\n00:00:01,000 --> 00:00:02,500\nNaïve <i>words</i>\n\n2\n00:01:00,000 --> 00:01:01,000\nOf two\nlines\n"
CONTENT = {"name": "naïve ☃", "list": [1, 2.5, True], "inner": {"deep": "value"}}


def convert(folder: Path, content: bytes, format: str, to: str) -> Path:
    source, target = folder / "input", EngineFile(folder / "output", to)
    source.write_bytes(content)
    (step,) = routes.find(by_id(format), to).steps
    runner.run(Job(step.engine.work, [EngineFile(source, format)], target, {}), folder, Watch())
    return target.path


def font(format: str) -> bytes:
    """Of two glyphs, with the outlines of that format."""
    builder = FontBuilder(1000, isTTF=format != "otf")
    builder.setupGlyphOrder([".notdef", "A"])
    builder.setupCharacterMap({65: "A"})
    pen: Any = TTGlyphPen(None) if format != "otf" else T2CharStringPen(600, None)
    pen.moveTo((0, 0))
    pen.lineTo((500, 0))
    pen.lineTo((250, 700))
    pen.closePath()
    if format == "otf":
        shape = pen.getCharString()
        builder.setupCFF("Test", {}, {".notdef": shape, "A": shape}, {})
    else:
        shape = pen.glyph()
        builder.setupGlyf({".notdef": shape, "A": shape})
    builder.setupHorizontalMetrics({".notdef": (600, 0), "A": (600, 0)})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Test", "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    if format.startswith("woff"):
        builder.font.flavor = format
    file = BytesIO()
    builder.save(file)
    return file.getvalue()


@pytest.mark.parametrize("way", subtitles.ENGINE.ways, ids=lambda way: f"{way.source}-{way.target}")
def test_subtitles_keep_their_times_and_words(tmp_path: Path, way: Any) -> None:
    source = pysubs2.SSAFile.from_string(SRT).to_string(way.source).encode()
    found = pysubs2.load(str(convert(tmp_path, source, way.source, way.target)), format_=way.target)
    assert [(event.start, event.end, event.plaintext) for event in found] == [
        (1000, 2500, "Naïve words"),
        (60_000, 61_000, "Of two\nlines"),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_subtitles_are_read_in_every_usual_encoding(tmp_path: Path, encoding: str) -> None:
    text = convert(tmp_path, SRT.encode(encoding), "srt", "vtt").read_text(encoding="utf-8")
    assert "Naïve" in text


@pytest.mark.parametrize("content", [b"1\n00:00:01,000 --> \n", b"\0" * 100])
def test_a_file_without_subtitles_is_damaged(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(DamagedFile):
        convert(tmp_path, content, "srt", "vtt")


@pytest.mark.parametrize("way", fonts.ENGINE.ways, ids=lambda way: f"{way.source}-{way.target}")
def test_fonts_keep_their_glyphs(tmp_path: Path, way: Any) -> None:
    if "otf" in (way.source, way.target) and way.source.startswith("woff"):
        source = convert(tmp_path, font("otf"), "otf", way.source).read_bytes()
    else:
        source = font(way.source)
    found = TTFont(convert(tmp_path, source, way.source, way.target))
    assert found.getBestCmap() == {65: "A"}
    assert found["hmtx"]["A"] == (600, 0)


@pytest.mark.parametrize(("source", "to"), [("ttf", "otf"), ("otf", "ttf")])
def test_outlines_that_the_target_cannot_hold_are_told(tmp_path: Path, source: str, to: str) -> None:
    wrapped = convert(tmp_path, font(source), source, "woff").read_bytes()
    with pytest.raises(CannotHold):
        convert(tmp_path, wrapped, "woff", to)


@pytest.mark.parametrize("format", fonts.FORMATS)
def test_a_truncated_font_is_damaged(tmp_path: Path, format: str) -> None:
    with pytest.raises(DamagedFile):
        convert(tmp_path, font(format)[:100], format, "woff2" if format != "woff2" else "woff")


READERS = {"json": json.loads, "yaml": yaml.safe_load, "toml": tomllib.loads}
TEXTS = {
    "json": json.dumps(CONTENT),
    "yaml": yaml.safe_dump(CONTENT, allow_unicode=True),
    "toml": 'name = "naïve ☃"\nlist = [1, 2.5, true]\n[inner]\ndeep = "value"\n',
}


@pytest.mark.parametrize("way", data.ENGINE.ways, ids=lambda way: f"{way.source}-{way.target}")
def test_data_is_the_same(tmp_path: Path, way: Any) -> None:
    result = convert(tmp_path, TEXTS[way.source].encode(), way.source, way.target)
    assert READERS[way.target](result.read_text()) == CONTENT


@pytest.mark.parametrize("content", ["[1, 2]", '"alone"', '{"nothing": null}'])
def test_data_that_the_target_cannot_hold_is_told(tmp_path: Path, content: str) -> None:
    with pytest.raises(CannotHold):
        convert(tmp_path, content.encode(), "json", "toml")


@pytest.mark.parametrize(
    ("format", "content"),
    [
        ("json", '{"a": '),
        ("json", "[" * 100_000),
        ("yaml", "a: [1"),
        ("yaml", "a: &a [x, x]\nb: &b [*a, *a]\n"),
        ("yaml", "!!python/object/apply:os.system ['true']"),
        ("toml", "a ="),
    ],
)
def test_data_that_is_broken_or_a_bomb_is_damaged(tmp_path: Path, format: str, content: str) -> None:
    with pytest.raises(DamagedFile):
        convert(tmp_path, content.encode(), format, "json" if format != "json" else "yaml")
