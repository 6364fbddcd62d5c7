"""Pictures that only Pillow reads or writes, each pair in its real process, and looked at again."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from conversions.catalog import options, routes
from conversions.catalog.formats import by_id
from conversions.engines.engine import EngineFile
from conversions.engines.pictures import MAX_PIXELS
from conversions.engines.pillow import ENGINE
from conversions.engines.pillow.work import _NAMES as NAMES
from conversions.errors import DamagedFile, TooManyPixels
from conversions.sandbox.job import Job
from tests.integration.conversions.engine_work import Run, Watch, apart, here
from tests.integration.conversions.test_images import BLUE, GREEN, RED, SEEN, corners, near, of_wide_gamut

PSD_RGB = b"8BPS\0\1" + bytes(6) + b"\0\3" + (32).to_bytes(4) + (48).to_bytes(4) + b"\0\x08\0\3" + bytes(12)


def psd(image: Image.Image) -> bytes:
    """Without layers, planes uncompressed."""
    return PSD_RGB + b"\0\0" + b"".join(plane.tobytes() for plane in image.split())


def source(folder: Path, format: str, image: Image.Image | None = None, **arguments: Any) -> Path:
    path, image = folder / "input", image or corners()
    if format == "psd":
        path.write_bytes(psd(image))
    else:
        image.save(path, NAMES[format], **arguments)
    return path


def convert(source: Path, format: str, to: str, run: Run = here, **chosen: Any) -> Path:
    """By the route that is on offer, step by step."""
    route, file = routes.find(by_id(format), to), EngineFile(source, format)
    wishes = options.validate(route, chosen)
    for number, step in enumerate(route.steps):
        target = EngineFile(source.with_name(f"output{number}"), step.way.target)
        run(Job(step.engine.work, [file], target, options.of_step(step, wishes)), source.parent, Watch())
        file = target
    return file.path


@pytest.mark.parametrize("way", ENGINE.ways, ids=lambda way: f"{way.source}-{way.target}")
def test_each_pair_shows_the_same_picture(tmp_path: Path, way: Any) -> None:
    with Image.open(convert(source(tmp_path, way.source), way.source, way.target, run=apart)) as image:
        assert image.format == ("PPM" if way.target == "ppm" else NAMES[way.target])
        shown, width, height = image.convert("RGB"), *image.size
        if way.target in ("ico", "icns"):
            assert width == height
            shown = shown.crop((0, height // 6, width, height - height // 6))
    width, height = shown.size
    for (x, y), colour in (((8, 6), RED), ((40, 6), GREEN), ((20, 26), BLUE)):
        assert near(shown.getpixel((x * width // 48, y * height // 32)), colour, by=30)


def test_a_photograph_of_a_telephone_becomes_what_browsers_show(tmp_path: Path) -> None:
    result = convert(source(tmp_path, "heic"), "heic", "webp", quality=90)
    with Image.open(result) as image:
        assert (image.format, image.size) == ("WEBP", (48, 32))


def test_transparency_stays_where_the_target_has_it(tmp_path: Path) -> None:
    clear = Image.new("RGBA", (48, 32), (255, 0, 0, 0))
    with Image.open(convert(source(tmp_path, "tga", clear), "tga", "jp2")) as image:
        assert image.mode == "RGBA"
        assert image.getpixel((5, 5))[3] < 30


def test_transparent_parts_get_the_colour_that_was_chosen(tmp_path: Path) -> None:
    clear = Image.new("RGBA", (48, 32), (255, 0, 0, 0))
    with Image.open(convert(source(tmp_path, "png", clear), "png", "bmp", background="#0000ff")) as image:
        assert image.convert("RGB").getpixel((5, 5)) == BLUE


@pytest.mark.parametrize("way", [way for way in ENGINE.ways if way.target == "png"], ids=lambda way: way.source)
def test_a_truncated_file_is_damaged(tmp_path: Path, way: Any) -> None:
    path = source(tmp_path, way.source)
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(DamagedFile):
        convert(path, way.source, "png")


def test_a_bitmap_that_says_gigapixels_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = source(tmp_path, "bmp")
    content = bytearray(path.read_bytes())
    content[18:26] = (50_000).to_bytes(4, "little") * 2
    path.write_bytes(content)
    with pytest.raises(TooManyPixels) as caught:
        convert(path, "bmp", "png", run=apart)  # engines in one process share the limit of Pillow
    assert caught.value.params == {"pixels": 2_500_000_000, "limit": MAX_PIXELS}


def test_quality_makes_a_difference(tmp_path: Path) -> None:
    file = BytesIO()
    Image.effect_noise((200, 200), 60).convert("RGB").save(file, "PNG")
    for format in ("heic", "jp2"):
        sizes = []
        for quality in (10, 90):
            (tmp_path / "input").write_bytes(file.getvalue())
            sizes.append(convert(tmp_path / "input", "png", format, quality=quality).stat().st_size)
        assert sizes[0] * 1.5 < sizes[1]


@pytest.mark.parametrize(("format", "to"), [("png", "bmp"), ("bmp", "png"), ("heic", "jpeg"), ("tga", "jp2")])
def test_pictures_become_as_large_as_wanted(tmp_path: Path, format: str, to: str) -> None:
    for chosen, size in (({"width": 24}, (24, 16)), ({"width": 20, "height": 20, "fit": "cover"}, (20, 20))):
        with Image.open(convert(source(tmp_path, format), format, to, **chosen)) as image:
            assert image.size == size
            assert near(image.convert("RGB").getpixel((image.width // 2, image.height - 3)), BLUE, 60)


def test_a_palette_is_resized_in_true_colours(tmp_path: Path) -> None:
    path = source(tmp_path, "bmp", corners().convert("P"))
    with Image.open(convert(path, "bmp", "png", width=24)) as image:
        assert image.size == (24, 16)
        assert near(image.convert("RGB").getpixel((2, 2)), RED, 30)


@pytest.mark.parametrize("to", ["heic", "jp2"])
def test_metadata_are_kept_but_for_the_place_or_not_at_all(tmp_path: Path, to: str) -> None:
    exif = Image.Exif()
    exif[0x010F] = "A camera"
    exif.get_ifd(0x8825)[1] = "N"
    found = {}
    for wish in ("keep", "no-location", "none"):
        path = source(tmp_path, "png", exif=exif)
        with Image.open(convert(path, "png", to, metadata=wish)) as image:
            told = image.getexif()
            found[wish] = (told.get(0x010F, ""), bool(told.get_ifd(0x8825)))
    assert found["no-location"][1] is False
    assert found["none"] == ("", False)
    if to == "heic":  # what JPEG 2000 has of it, Pillow does not read
        assert found["keep"] == ("A camera", True)
        assert found["no-location"] == ("A camera", False)


@pytest.mark.parametrize("to", ["bmp", "tga", "ppm", "jp2", "heic"])
def test_grey_of_sixteen_bits_keeps_its_shades(tmp_path: Path, to: str) -> None:
    ramp = Image.frombytes(
        "I;16", (256, 32), b"".join((shade * 257).to_bytes(2, "little") for shade in range(256)) * 32
    )
    with Image.open(convert(source(tmp_path, "png", ramp), "png", to)) as image:
        grey = image.convert("L")
        assert all(abs(grey.getpixel((shade, 16)) - shade) <= 6 for shade in (4, 64, 128, 200, 252))


def test_a_flat_colour_stays_what_it_is(tmp_path: Path) -> None:
    colour = (195, 16, 128)
    with Image.open(convert(source(tmp_path, "png", Image.new("RGB", (640, 480), colour)), "png", "jp2")) as image:
        assert near(image.convert("RGB").getpixel((300, 200)), colour, 3)


@pytest.mark.parametrize("to", ["bmp", "ico", "icns", "tga", "jp2", "ppm"])
def test_a_wide_gamut_becomes_what_screens_show_where_the_target_has_no_profile(tmp_path: Path, to: str) -> None:
    picture, profile = of_wide_gamut()
    for image in (picture, picture.quantize(4)):
        with Image.open(convert(source(tmp_path, "png", image, icc_profile=profile), "png", to)) as result:
            place = (result.width // 2, result.height // 2)
            assert near(result.convert("RGB").getpixel(place), SEEN, 4)


def test_a_wide_gamut_keeps_its_profile_where_the_target_has_one(tmp_path: Path) -> None:
    picture, profile = of_wide_gamut()
    with Image.open(convert(source(tmp_path, "png", picture, icc_profile=profile), "png", "heic")) as result:
        assert result.info["icc_profile"] == profile
