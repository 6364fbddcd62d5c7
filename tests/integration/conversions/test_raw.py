"""Raw photographs through LibRaw, and looked at again."""

from functools import partial
from pathlib import Path

import pytest
import pyvips
from PIL import Image
from pillow_heif import register_heif_opener

from conversions.catalog import routes
from conversions.catalog.detection import HEAD_BYTES, detect
from conversions.catalog.formats import by_id
from conversions.engines import registry
from conversions.engines.pictures import MAX_PIXELS
from conversions.engines.raw import ENGINE
from conversions.errors import DamagedFile, EngineFailed, TooManyPixels
from tests.integration.conversions.engine_work import apart, here, slow
from tests.integration.conversions.raws import HEIGHT, WIDTH, Colour, dng
from tests.integration.conversions.ways import convert as by_way

convert = partial(by_way, run=here)
register_heif_opener()

RED, BLUE, FULL = (50_000, 2_000, 2_000), (2_000, 2_000, 50_000), 65_535


def halves(x: int, y: int) -> Colour:
    """Red on the left, blue on the right."""
    return RED if x < WIDTH // 2 else BLUE


def shown(path: Path) -> Image.Image:
    with Image.open(path) as image:
        return image.convert("RGB")


def strongest(image: Image.Image, x: int, y: int) -> int:
    """Which of red, green and blue there is most of."""
    colour = image.getpixel((x, y))
    assert isinstance(colour, tuple)
    return colour.index(max(colour))


@pytest.mark.parametrize("to", ["png", "jpeg", *map(slow, ("tiff", "webp", "avif", "heic", "pdf"))])
def test_it_is_developed_into_each_picture(tmp_path: Path, to: str) -> None:
    result = convert(tmp_path, dng(halves), "dng", to, run=apart)
    if to == "pdf":
        assert result.read_bytes().startswith(b"%PDF-")
        return
    image = shown(result)
    assert image.size == (WIDTH, HEIGHT)
    assert [strongest(image, x, HEIGHT // 2) for x in (WIDTH // 4, WIDTH * 3 // 4)] == [0, 2]


def test_it_is_upright(tmp_path: Path) -> None:
    image = shown(convert(tmp_path, dng(halves, orientation=6), "dng", "png"))
    assert image.size == (HEIGHT, WIDTH)
    assert [strongest(image, HEIGHT // 2, y) for y in (WIDTH // 4, WIDTH * 3 // 4)] == [0, 2]


def test_what_the_camera_took_for_grey_is_grey(tmp_path: Path) -> None:
    """A sensor that sees blue three times as well as red."""
    content = dng(lambda x, y: (10_000, 20_000, 30_000), neutral=(1, 2, 3))
    red, green, blue = shown(convert(tmp_path, content, "dng", "png")).getpixel((WIDTH // 2, HEIGHT // 2))
    assert abs(red - green) <= 3
    assert abs(green - blue) <= 3


def test_a_tiff_keeps_more_than_eight_bits(tmp_path: Path) -> None:
    image = pyvips.Image.new_from_file(str(convert(tmp_path, dng(halves), "dng", "tiff")))
    assert (image.format, image.bands) == ("ushort", 3)


def test_a_truncated_file_is_told(tmp_path: Path) -> None:
    with pytest.raises((DamagedFile, EngineFailed)):
        convert(tmp_path, dng(halves)[:300], "dng", "png")


def test_gigapixels_are_refused_before_they_are_developed(tmp_path: Path) -> None:
    content = dng(halves)
    for tag in (256, 257):
        place = content.index(tag.to_bytes(2, "little") + b"\4\0\1\0\0\0") + 8
        content = content[:place] + (40_000).to_bytes(4, "little") + content[place + 4 :]
    with pytest.raises((TooManyPixels, DamagedFile, EngineFailed)) as caught:
        convert(tmp_path, content, "dng", "png")
    if caught.type is TooManyPixels:
        assert caught.value.params["limit"] == MAX_PIXELS


def test_a_photograph_is_not_taken_for_a_tiff() -> None:
    assert detect(dng(halves)[:HEAD_BYTES], "x.tif") is by_id("dng")


def test_every_camera_has_every_picture() -> None:
    engines = routes.onward(registry.steps_of(registry.ENGINES))
    for format in {way.source for way in ENGINE.ways}:
        assert {"jpeg", "png", "tiff", "webp", "pdf"} <= set(routes.cheapest(format, engines))
