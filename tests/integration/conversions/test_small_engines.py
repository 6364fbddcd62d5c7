"""Subtitles, fonts and data through the real engines, each pair in its real process, and read again."""

import json
import tomllib
from io import BytesIO
from pathlib import Path
from typing import Any

import pysubs2
import pytest
import xmltodict
import yaml
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

from conversions.catalog import options, routes
from conversions.catalog.formats import by_id
from conversions.engines import data, fonts, subtitles
from conversions.engines.engine import EngineFile
from conversions.errors import CannotHold, DamagedFile, ExpandsTooMuch
from conversions.sandbox.job import Job
from tests.integration.conversions.engine_work import Run, Watch, apart, here, pairs

SRT = "1\n00:00:01,000 --> 00:00:02,500\nNaïve <i>words</i>\n\n2\n00:01:00,000 --> 00:01:01,000\nOf two\nlines\n"
CONTENT = {"name": "naïve ☃", "list": [1, 2.5, True], "inner": {"deep": "value"}}


def convert(folder: Path, content: bytes, format: str, to: str, run: Run = here, **chosen: Any) -> Path:
    source, target = folder / "input", EngineFile(folder / "output", to)
    source.write_bytes(content)
    route = routes.find(by_id(format), to)
    (step,) = route.steps
    job = Job(step.engine.work, [EngineFile(source, format)], target, options.validate(route, chosen))
    run(job, folder, Watch())
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


PYSUBS2 = {"sub": "microdvd"}
SAMI = """<SAMI><BODY>
<SYNC Start=1000><P>Naïve words
<SYNC Start=2500><P>&nbsp;
<SYNC Start=60000><P>Of two<br>lines
</BODY></SAMI>"""


def subtitle_sample(format: str) -> bytes:
    if format == "sami":
        return SAMI.encode()
    return pysubs2.SSAFile.from_string(SRT).to_string(PYSUBS2.get(format, format), fps=25.0).encode()


@pytest.mark.parametrize("way", pairs(subtitles.ENGINE.ways))
def test_subtitles_keep_their_times_and_words(tmp_path: Path, way: Any) -> None:
    result = convert(tmp_path, subtitle_sample(way.source), way.source, way.target, apart)
    found = pysubs2.load(str(result), format_=PYSUBS2.get(way.target, way.target))
    told = [event for event in found if event.plaintext.strip()]
    assert [event.plaintext for event in told] == ["Naïve words", "Of two\nlines"]
    assert [event.start for event in told] == [1000, 60_000]
    ends = [2500, 61_000]  # of which SAMI has none
    assert way.source == "sami" or all(abs(event.end - end) <= 100 for event, end in zip(told, ends, strict=True))


@pytest.mark.parametrize(("said", "start"), [("", 10_000), ("{1}{1}50\n", 5_000)])
def test_the_frame_rate_of_subtitles_is_the_file_s_own_or_the_one_that_is_said(
    tmp_path: Path, said: str, start: int
) -> None:
    result = convert(tmp_path, f"{said}{{250}}{{300}}words\n".encode(), "sub", "srt", frame_rate=25)
    assert pysubs2.load(str(result))[0].start == start
    back = convert(tmp_path, result.read_bytes(), "srt", "sub", frame_rate=10).read_text()
    assert f"{{{start // 100}}}" in back


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE tt [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>',
        '<!DOCTYPE tt [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
    ],
)
@pytest.mark.parametrize(("format", "to"), [("ttml", "srt"), ("xml", "json")])
def test_entities_of_xml_are_refused(tmp_path: Path, doctype: str, format: str, to: str) -> None:
    body = '<body><div><p begin="1s" end="2s">&a;</p></div></body>'
    with pytest.raises(DamagedFile) as caught:
        convert(tmp_path, f'{doctype}<tt xmlns="http://www.w3.org/ns/ttml">{body}</tt>'.encode(), format, to)
    assert "entities" in caught.value.params["reason"]


def test_signs_of_html_are_those_of_webvtt_alone(tmp_path: Path) -> None:
    web = b"WEBVTT\n\n00:01.000 --> 00:02.000\nTom &amp; Eve &lt;3\n"
    plain = convert(tmp_path, web, "vtt", "srt").read_bytes()
    assert b"Tom & Eve <3" in plain
    assert b"Tom &amp; Eve" in convert(tmp_path, plain, "srt", "vtt").read_bytes()


def cue(words: str) -> bytes:
    return f"1\n00:00:01,000 --> 00:00:02,000\n{words}\n".encode()


def test_signs_of_tags_that_are_words_are_written_as_words(tmp_path: Path) -> None:
    text = convert(tmp_path, cue("A <3 B --> <i>C</i> {D}"), "srt", "vtt").read_text()
    assert "A &lt;3 B --&gt; <i>C</i> {D}" in text


@pytest.mark.parametrize("to", ["vtt", "ttml", "mpl2", "ass"])
def test_braces_are_words_where_they_hold_no_style(tmp_path: Path, to: str) -> None:
    text = convert(tmp_path, cue(r"{\an8}Größe {loud} <i>now</i>"), "srt", to).read_text()
    assert (r"\{loud\}" if to == "ass" else "Größe {loud}") in text
    assert (r"{\an8}" in text) == (to == "ass")


@pytest.mark.parametrize(
    ("encoding", "words"), [("windows-1251", "Привет"), ("big5", "你好"), ("windows-1253", "Γειά")]
)
def test_the_encoding_of_subtitles_can_be_said(tmp_path: Path, encoding: str, words: str) -> None:
    content = cue(words).decode().encode(encoding)
    assert words in convert(tmp_path, content, "srt", "vtt", encoding=encoding).read_text(encoding="utf-8")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_subtitles_are_read_in_every_usual_encoding(tmp_path: Path, encoding: str) -> None:
    text = convert(tmp_path, SRT.encode(encoding), "srt", "vtt").read_text(encoding="utf-8")
    assert "Naïve" in text


@pytest.mark.parametrize("content", [b"1\n00:00:01,000 --> \n", b"\0" * 100])
def test_a_file_without_subtitles_is_damaged(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(DamagedFile):
        convert(tmp_path, content, "srt", "vtt")


@pytest.mark.parametrize("way", pairs(fonts.ENGINE.ways))
def test_fonts_keep_their_glyphs(tmp_path: Path, way: Any) -> None:
    if "otf" in (way.source, way.target) and way.source.startswith("woff"):
        source = convert(tmp_path, font("otf"), "otf", way.source).read_bytes()
    else:
        source = font(way.source)
    found = TTFont(convert(tmp_path, source, way.source, way.target, apart))
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


AS_TEXT = {"name": "naïve ☃", "list": ["1", "2.5", "true"], "inner": {"deep": "value"}}
READERS: dict[str, Any] = {
    "json": json.loads,
    "yaml": yaml.safe_load,
    "toml": tomllib.loads,
    "xml": lambda text: xmltodict.parse(text)["root"],
}
TEXTS = {
    "json": json.dumps(CONTENT),
    "yaml": yaml.safe_dump(CONTENT, allow_unicode=True),
    "xml": "<root><name>naïve ☃</name><list>1</list><list>2.5</list><list>true</list>"
    "<inner><deep>value</deep></inner></root>",
    "toml": 'name = "naïve ☃"\nlist = [1, 2.5, true]\n[inner]\ndeep = "value"\n',
}


@pytest.mark.parametrize("way", pairs(data.ENGINE.ways))
def test_data_is_the_same(tmp_path: Path, way: Any) -> None:
    result = convert(tmp_path, TEXTS[way.source].encode(), way.source, way.target, apart)
    expected = AS_TEXT if "xml" in (way.source, way.target) else CONTENT
    assert READERS[way.target](result.read_text()) == ({"root": expected} if way.source == "xml" else expected)


@pytest.mark.parametrize(
    ("content", "elements"),
    [
        ('{"a": {"@id": "1", "#text": "words"}}', '<a id="1">words</a>'),
        ("[1, [2, 3]]", "<root><item>1</item><item><item>2</item><item>3</item></item></root>"),
        ('{"a b<": null, "1": true}', "<root><a_b_></a_b_><_1>true</_1></root>"),
        ('{"a": [1, 2]}', "<root><a>1</a><a>2</a></root>"),
        ('{"a": "\\u0000<&"}', "<a>\ufffd&lt;&amp;</a>"),
    ],
)
def test_data_become_elements_whatever_their_names(tmp_path: Path, content: str, elements: str) -> None:
    text = convert(tmp_path, content.encode(), "json", "xml").read_text()
    assert "".join(line.strip() for line in text.splitlines()[1:]) == elements


def test_xml_is_read_in_the_encoding_that_it_says(tmp_path: Path) -> None:
    content = '<?xml version="1.0" encoding="iso-8859-1"?><a b="ü">ä</a>'.encode("iso-8859-1")
    found = json.loads(convert(tmp_path, content, "xml", "json").read_text())
    assert found == {"a": {"@b": "ü", "#text": "ä"}}


def test_toml_holds_nothing_too(tmp_path: Path) -> None:
    for folder in (there := tmp_path / "there", back := tmp_path / "back"):
        folder.mkdir()
    found = convert(there, b"{}", "json", "toml")
    assert tomllib.loads(found.read_text()) == {}
    assert json.loads(convert(back, found.read_bytes(), "toml", "json").read_text()) == {}


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
        ("toml", "a ="),
        ("xml", "<a><b></a>"),
        ("xml", "words"),
    ],
)
def test_data_that_is_broken_is_damaged(tmp_path: Path, format: str, content: str) -> None:
    with pytest.raises(DamagedFile):
        convert(tmp_path, content.encode(), format, "json" if format != "json" else "yaml")


def test_times_of_every_kind_become_text_where_there_is_no_such_kind(tmp_path: Path) -> None:
    content = b"at = 12:30:00\nday = 2020-01-02\nwhen = 2020-01-02T10:00:00\n"
    assert yaml.safe_load(convert(tmp_path, content, "toml", "yaml").read_text())["at"] == "12:30:00"
    found = json.loads(convert(tmp_path, content, "toml", "json").read_text())
    assert found == {"at": "12:30:00", "day": "2020-01-02", "when": "2020-01-02T10:00:00"}


def no_number(name: str) -> None:
    pytest.fail(f"{name} is no JSON")


@pytest.mark.parametrize(
    ("format", "content"), [("yaml", "a: .inf\nb: [-.inf, .nan]\n"), ("toml", "a = inf\nb = [-inf, nan]\n")]
)
def test_numbers_without_end_are_text_in_json(tmp_path: Path, format: str, content: str) -> None:
    text = convert(tmp_path, content.encode(), format, "json").read_text()
    assert json.loads(text, parse_constant=no_number) == {"a": "Infinity", "b": ["-Infinity", "NaN"]}


def test_days_are_names_too(tmp_path: Path) -> None:
    assert json.loads(convert(tmp_path, b"2020-01-02: x\n", "yaml", "json").read_text()) == {"2020-01-02": "x"}


@pytest.mark.parametrize(
    ("content", "become"),
    [
        ("- a\n---\n- b\n", [["a"], ["b"]]),
        ("---\na: 1\n...\n", {"a": 1}),
        ("base: &b {x: 1, y: [1, 2]}\nd:\n  <<: *b\n  w: *b\n", None),
    ],
)
def test_yaml_of_several_documents_and_with_aliases_is_read(tmp_path: Path, content: str, become: Any) -> None:
    base = {"x": 1, "y": [1, 2]}
    found = json.loads(convert(tmp_path, content.encode(), "yaml", "json").read_text())
    assert found == (become or {"base": base, "d": {**base, "w": base}})


@pytest.mark.parametrize("pairs", ["[{}]", "{{<<: [{}]}}"])
def test_aliases_of_aliases_are_counted_before_they_are_written_out(tmp_path: Path, pairs: str) -> None:
    lines = ["a: &a " + pairs.replace("[{}]", "[x, x]").replace("{{<<: [x, x]}}", "{k: v}")]
    for before, name in zip("abcdefghi", "bcdefghij", strict=True):
        lines.append(f"{name}: &{name} {pairs.format(', '.join([f'*{before}'] * 10))}")
    with pytest.raises(ExpandsTooMuch):
        convert(tmp_path, "\n".join(lines).encode(), "yaml", "json", apart)


@pytest.mark.parametrize("content", ["a: &a [*a]\n", "!!python/object/apply:os.system ['true']", "a: !Ref b\n"])
def test_what_only_yaml_can_hold_is_told(tmp_path: Path, content: str) -> None:
    with pytest.raises(CannotHold) as caught:
        convert(tmp_path, content.encode(), "yaml", "json")
    assert caught.value.params["to"] == "JSON"
