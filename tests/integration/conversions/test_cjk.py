"""Letters of Chinese, Japanese and Korean, where the machine has a font with them."""

from pathlib import Path

import pytest
from PIL import Image, ImageOps

from conversions.engines import fontfiles
from conversions.engines.cjk import ENGINE
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
