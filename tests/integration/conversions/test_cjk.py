"""Letters of Chinese, Japanese and Korean, where the machine has a font with them, and where it has none."""

from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from PIL import Image, ImageOps

from conversions.engines import fontfiles, letters
from conversions.engines.cjk import ENGINE
from conversions.errors import LettersMissing
from tests.integration.conversions.engine_work import here
from tests.integration.conversions.ways import convert

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="100" height="100"><text y="80" font-size="80">一</text></svg>'


def shape(picture: Path) -> tuple[int, int]:
    """Width and height of what is drawn on it."""
    with Image.open(picture) as image:
        behind = Image.new("RGBA", image.size, "white")
        drawn = Image.alpha_composite(behind, image.convert("RGBA")).convert("L")
        drawn = drawn.crop((0, 0, drawn.width, drawn.height * 3 // 4))  # at the foot of a page is its number
    left, top, right, bottom = ImageOps.invert(drawn).point(lambda value: 255 * (value > 100)).getbbox() or (0, 0, 0, 0)
    return right - left, bottom - top


@pytest.mark.skipif(ENGINE.version() is None, reason=f"there is no such font: {ENGINE.extra}")
@pytest.mark.parametrize(("content", "format"), [(SVG, "svg"), ("# 一\n", "md")])
def test_the_number_one_is_one_stroke(tmp_path: Path, content: str, format: str) -> None:
    """Where there is no letter, a box is drawn."""
    width, height = shape(convert(tmp_path, content.encode(), format, "png"))
    assert width > 3 * height > 0


def test_the_font_is_found_by_its_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(fontfiles, "_SYSTEM", (str(tmp_path),))
    assert ENGINE.version() is None
    (tmp_path / "opentype").mkdir()
    (tmp_path / "opentype" / "NotoSansCJK-Regular.ttc").touch()
    assert ENGINE.version() == "NotoSansCJK-Regular.ttc"


@pytest.fixture
def without_fonts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine's folder of fonts, which is empty."""
    folder = tmp_path / "fonts"
    folder.mkdir()
    monkeypatch.setattr(fontfiles, "_SYSTEM", (str(folder),))
    return folder


@pytest.mark.parametrize(
    ("content", "format", "scripts"),
    [
        ("# Words 漢 and かな\n", "md", "Chinese, Japanese"),
        ("한국\n", "txt", "Korean"),
        ("ไทย\n", "html", "Thai"),
        (SVG, "svg", "Chinese"),
    ],
)
def test_letters_that_no_font_has_are_told(
    without_fonts: Path, tmp_path: Path, content: str, format: str, scripts: str
) -> None:
    with pytest.raises(LettersMissing) as caught:
        convert(tmp_path, content.encode(), format, "pdf", run=here)
    assert caught.value.params == {"scripts": scripts}


@pytest.mark.parametrize(
    ("content", "format"),
    [
        ("Größe, Слово, λόγος, שלום, مرحبا, \N{MATHEMATICAL ITALIC SMALL X}, 😀\n", "md"),
        (SVG.replace("<text", "<title>一</title><text").replace(">一</text>", ">A</text>"), "svg"),
        ("// 一\nwords", "typst"),
    ],
)
def test_other_letters_are_set(without_fonts: Path, tmp_path: Path, content: str, format: str) -> None:
    assert convert(tmp_path, content.encode(), format, "pdf", run=here).stat().st_size


def test_letters_that_a_font_of_the_machine_has_are_set(without_fonts: Path) -> None:
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "box"])
    builder.setupCharacterMap({ord(letter): "box" for letter in "一あ"})
    builder.setupGlyf({name: TTGlyphPen(None).glyph() for name in (".notdef", "box")})
    builder.setupHorizontalMetrics(dict.fromkeys((".notdef", "box"), (600, 0)))
    builder.setupHorizontalHeader()
    builder.setupPost()
    builder.save(without_fonts / "own.ttf")
    (without_fonts / "broken.ttf").write_bytes(b"junk")
    letters.check("漢字かな")
    with pytest.raises(LettersMissing):
        letters.check("한")
