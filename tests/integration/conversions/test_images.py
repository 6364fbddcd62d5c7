"""Pictures through the real engine, looked at with Pillow, which shares nothing with libvips."""

import json
import struct
import subprocess
import sys
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import pyvips
from PIL import Image, ImageCms, ImageSequence

from conversions.catalog import options, routes
from conversions.catalog.formats import by_id
from conversions.engines.engine import EngineFile, Way
from conversions.engines.images import ENGINE
from conversions.engines.pictures import MAX_PIXELS
from conversions.errors import DamagedFile, TooLargeForFormat, TooManyPixels
from conversions.sandbox.job import Job
from tests.integration.conversions.engine_work import Run, Watch, apart, here, pairs
from tests.processes import ROOT

RED, GREEN, BLUE = (255, 0, 0), (0, 128, 0), (0, 0, 255)
TURNED = {1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # what a camera did, as Pillow's transpositions
SRGB, LAB = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")


def convert(source: Path, format: str, to: str, watch: Watch | None = None, run: Run = here, **chosen: Any) -> Path:
    route = routes.find(by_id(format), to)
    target = EngineFile(source.with_name("output"), to)
    job = Job(ENGINE.work, [EngineFile(source, format)], target, options.validate(route, chosen))
    run(job, source.parent, watch or Watch())
    return target.path


def saved(image: Image.Image, folder: Path, format: str, **arguments: Any) -> Path:
    path = folder / "input"
    image.save(path, format, **arguments)
    return path


def corners() -> Image.Image:
    """48 by 32, red at the top left, green at the top right, blue below."""
    image = Image.new("RGB", (48, 32), BLUE)
    image.paste(RED, (0, 0, 24, 16))
    image.paste(GREEN, (24, 0, 48, 16))
    return image


def near(found: Iterable[int], wanted: Iterable[int], by: int = 12) -> bool:
    return all(abs(a - b) <= by for a, b in zip(found, wanted, strict=True))


def frames(path: Path) -> list[Image.Image]:
    with Image.open(path) as image:
        return [frame.convert("RGB") for frame in ImageSequence.Iterator(image)]


@pytest.mark.parametrize("way", pairs(ENGINE.ways))
def test_each_pair_shows_the_same_picture(tmp_path: Path, way: Way) -> None:
    source = saved(corners(), tmp_path, way.source)
    with Image.open(convert(source, way.source, way.target, run=apart)) as image:
        assert image.format == by_id(way.target).name.upper()
        assert image.size == (48, 32)
        shown = image.convert("RGB")
    for place, colour in (((8, 6), RED), ((40, 6), GREEN), ((20, 26), BLUE)):
        assert near(shown.getpixel(place), colour, by=20)


@pytest.mark.parametrize("to", ["png", "webp", "avif"])
@pytest.mark.parametrize("orientation", TURNED)
def test_photographs_stand_upright(tmp_path: Path, orientation: int, to: str) -> None:
    camera = corners()
    if (back := TURNED[orientation]) is not None:
        camera = camera.transpose(Image.Transpose(back))
    exif = Image.Exif()
    exif[0x0112] = orientation
    source = saved(camera, tmp_path, "jpeg", exif=exif, quality=95)
    with Image.open(convert(source, "jpeg", to)) as image:
        assert image.getexif().get(0x0112, 1) == 1
        shown = image.convert("RGB")
    assert shown.size == (48, 32)
    for place, colour in (((8, 6), RED), ((40, 6), GREEN), ((20, 26), BLUE)):
        assert near(shown.getpixel(place), colour, by=30)


@pytest.mark.parametrize(("source", "to"), [("gif", "webp"), ("webp", "gif")])
def test_animation_is_kept_with_its_times(tmp_path: Path, source: str, to: str) -> None:
    first, *others = (Image.new("RGB", (40, 30), colour) for colour in (RED, GREEN, BLUE))
    path = saved(first, tmp_path, source, save_all=True, append_images=others, duration=[100, 200, 300], loop=0)
    result = convert(path, source, to)
    shown = frames(result)
    assert [frame.size for frame in shown] == [(40, 30)] * 3
    assert all(near(frame.getpixel((20, 15)), wanted) for frame, wanted in zip(shown, (RED, GREEN, BLUE), strict=True))
    with Image.open(result) as image:
        times = []
        for number in range(3):
            image.seek(number)
            image.load()
            times.append(image.info["duration"])
        assert times == [100, 200, 300]


MOVING = [
    ("png", "png"),
    ("png", "gif"),
    ("png", "webp"),
    ("png", "avif"),
    ("avif", "webp"),
    ("avif", "avif"),
    ("gif", "avif"),
]


@pytest.mark.parametrize(("source", "to"), MOVING)
def test_what_moves_in_png_and_avif_stays_moving(tmp_path: Path, source: str, to: str) -> None:
    first, *others = (Image.new("RGB", (40, 30), colour) for colour in (RED, GREEN, BLUE))
    path = saved(first, tmp_path, source, save_all=True, append_images=others, duration=[100, 200, 700])
    result = convert(path, source, to, width=20)
    shown = frames(result)
    assert [frame.size for frame in shown] == [(20, 15)] * 3
    assert all(
        near(frame.getpixel((9, 7)), wanted, 20) for frame, wanted in zip(shown, (RED, GREEN, BLUE), strict=True)
    )
    with Image.open(result) as image:
        times = []
        for number in range(3):
            image.seek(number)
            image.load()
            times.append(round(image.info["duration"]))
    assert times == [100, 200, 700]


def test_a_moving_png_stays_transparent_and_its_picture_for_others_is_no_frame(tmp_path: Path) -> None:
    still, *others = (Image.new("RGBA", (40, 30), (*colour, 128)) for colour in (BLUE, RED, GREEN))
    path = saved(still, tmp_path, "png", save_all=True, default_image=True, append_images=others, duration=100)
    with Image.open(convert(path, "png", "webp")) as image:
        assert image.n_frames == 2
        assert image.convert("RGBA").getpixel((9, 9))[0] > 200
        assert image.convert("RGBA").getpixel((9, 9))[3] < 200


def test_a_moving_png_is_the_first_picture_where_the_target_has_but_one(tmp_path: Path) -> None:
    path = saved(
        Image.new("RGB", (40, 30), RED), tmp_path, "png", save_all=True, append_images=[Image.new("RGB", (40, 30))]
    )
    with Image.open(convert(path, "png", "jpeg")) as image:
        assert near(image.getpixel((20, 15)), RED)


def test_frames_of_a_moving_png_are_counted_before_they_are_read(tmp_path: Path) -> None:
    first, *others = (Image.new("1", (2_600, 2_000), number % 2) for number in range(20))
    path = saved(first, tmp_path, "png", save_all=True, append_images=others, compress_level=1)
    with pytest.raises(TooManyPixels):
        convert(path, "png", "webp")


def test_a_truncated_moving_png_is_damaged(tmp_path: Path) -> None:
    first, *others = (Image.effect_noise((60, 60), 50) for _ in range(3))
    path = saved(first, tmp_path, "png", save_all=True, append_images=others)
    path.write_bytes(path.read_bytes()[:-2_000])
    with pytest.raises(DamagedFile):
        convert(path, "png", "gif")


def test_colours_of_lab_become_colours_of_light(tmp_path: Path) -> None:
    source = saved(ImageCms.profileToProfile(corners(), SRGB, LAB, outputMode="LAB"), tmp_path, "tiff")
    with Image.open(convert(source, "tiff", "png")) as image:
        assert near(image.convert("RGB").getpixel((8, 6)), RED, 30)
        assert near(image.convert("RGB").getpixel((20, 26)), BLUE, 30)


def test_animation_becomes_its_first_frame_where_the_target_has_none(tmp_path: Path) -> None:
    path = saved(Image.new("RGB", (40, 30), RED), tmp_path, "gif", save_all=True, append_images=[corners()])
    with Image.open(convert(path, "gif", "png")) as image:
        assert image.size == (40, 30)
        assert near(image.convert("RGB").getpixel((20, 15)), RED)


@pytest.mark.parametrize("chosen", [{}, {"background": "#0000ff"}])
def test_transparency_lies_on_a_background_where_the_target_has_none(tmp_path: Path, chosen: dict[str, str]) -> None:
    source = saved(Image.new("RGBA", (16, 16), (255, 0, 0, 0)), tmp_path, "png")
    with Image.open(convert(source, "png", "jpeg", **chosen)) as image:
        assert near(image.getpixel((8, 8)), BLUE if chosen else (255, 255, 255))


@pytest.mark.parametrize("mode", ["LA", "I;16"])
def test_grey_pictures_stay_grey(tmp_path: Path, mode: str) -> None:
    image = Image.new("LA", (16, 16), (128, 255)) if mode == "LA" else Image.new("I;16", (16, 16), 128 * 257)
    with Image.open(convert(saved(image, tmp_path, "png"), "png", "jpeg")) as shown:
        assert near(shown.convert("RGB").getpixel((8, 8)), (128, 128, 128))


@pytest.mark.parametrize("to", ["webp", "avif", "gif", "tiff"])
def test_transparency_is_kept_where_the_target_has_it(tmp_path: Path, to: str) -> None:
    picture = Image.new("RGBA", (16, 16), (255, 0, 0, 0))
    picture.paste((255, 0, 0, 255), (0, 0, 8, 16))
    with Image.open(convert(saved(picture, tmp_path, "png"), "png", to)) as image:
        shown = image.convert("RGBA")
    assert shown.getpixel((2, 8))[3] == 255
    assert shown.getpixel((13, 8))[3] == 0


@pytest.mark.parametrize("to", ["png", "webp", "avif", "gif", "tiff"])
def test_colours_of_ink_become_colours_of_light(tmp_path: Path, to: str) -> None:
    source = saved(Image.new("CMYK", (32, 32), (0, 255, 255, 0)), tmp_path, "jpeg")
    with Image.open(convert(source, "jpeg", to)) as image:
        red, green, blue = image.convert("RGB").getpixel((16, 16))
    assert red > 200
    assert max(green, blue) < 80


def test_a_wide_gamut_keeps_its_profile(tmp_path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    source = saved(corners(), tmp_path, "jpeg", icc_profile=profile)
    with Image.open(convert(source, "jpeg", "webp")) as image:
        assert image.info["icc_profile"] == profile


SEEN = (200, 30, 30)


def of_wide_gamut() -> tuple[Image.Image, bytes]:
    """48 by 32 of the colour `SEEN`, in the numbers of Display P3; and that profile."""
    plain = (pyvips.Image.black(48, 32, bands=3) + list(SEEN)).cast("uchar").copy(interpretation="srgb")
    found = plain.icc_transform("p3", input_profile="srgb")
    return Image.frombytes("RGB", (48, 32), found.write_to_memory()), found.get("icc-profile-data")


def test_a_wide_gamut_becomes_what_screens_show_where_the_target_has_no_profile(tmp_path: Path) -> None:
    picture, profile = of_wide_gamut()
    assert not near(picture.getpixel((8, 8)), SEEN)
    source = saved(picture, tmp_path, "png", icc_profile=profile)
    with Image.open(convert(source, "png", "gif")) as image:
        assert near(image.convert("RGB").getpixel((8, 8)), SEEN, 3)


def test_quality_makes_smaller_files(tmp_path: Path) -> None:
    source = saved(Image.effect_noise((200, 200), 60).convert("RGB"), tmp_path, "png")
    small = convert(source, "png", "webp", quality=10).stat().st_size
    assert small < convert(source, "png", "webp", quality=95).stat().st_size / 2


def test_several_pages_become_the_first(tmp_path: Path) -> None:
    source = saved(corners(), tmp_path, "tiff", save_all=True, append_images=[Image.new("RGB", (9, 99))])
    assert [frame.size for frame in frames(convert(source, "tiff", "webp"))] == [(48, 32)]


def test_turned_animation_stands_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    lying = corners().transpose(Image.Transpose.ROTATE_90)
    source = saved(lying, tmp_path, "webp", save_all=True, append_images=[Image.new("RGB", (32, 48))], exif=exif)
    first, second = frames(convert(source, "webp", "gif"))
    assert first.size == second.size == (48, 32)
    assert near(first.getpixel((8, 6)), RED)


@pytest.mark.parametrize("format", ["jpeg", "png", "webp", "gif", "tiff", "avif"])
def test_truncated_file_is_damaged(tmp_path: Path, format: str) -> None:
    source = saved(Image.effect_noise((300, 300), 60).convert("RGB"), tmp_path, format)
    source.write_bytes(source.read_bytes()[: source.stat().st_size // 2])
    with pytest.raises(DamagedFile) as caught:
        convert(source, format, "png" if format != "png" else "jpeg")
    assert str(tmp_path) not in str(caught.value)


def test_noise_after_the_first_bytes_is_damaged(tmp_path: Path) -> None:
    source = saved(corners(), tmp_path, "png")
    source.write_bytes(source.read_bytes()[:40] + bytes(range(256)) * 20)
    with pytest.raises(DamagedFile):
        convert(source, "png", "webp")


def huge_png(path: Path, width: int, height: int) -> Path:
    """A true PNG of one colour, a bit a pixel, so that gigapixels take some hundred kilobytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    packer, lines = zlib.compressobj(9), bytes((1 + width // 8) * 64)
    first, again = (packer.compress(lines) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    checked = (len(lines) * (height // 64) % 65_521 << 16 | 1).to_bytes(4)  # Adler-32 of nothing but zeros
    pixels = first + again * (height // 64 - 1) + b"\3\0" + checked
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b""))
    return path


def test_two_gigapixels_in_300_kilobytes_are_refused_at_once(tmp_path: Path) -> None:
    source = huge_png(tmp_path / "input", 48_000, 44_032)
    assert source.stat().st_size < 400_000
    watch = Watch()
    with pytest.raises(TooManyPixels) as caught:
        convert(source, "png", "jpeg", watch)
    assert caught.value.params == {"pixels": 48_000 * 44_032, "limit": MAX_PIXELS}
    assert watch.seen == []


def test_frames_count_as_pixels_too(tmp_path: Path) -> None:
    frame = b"," + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\2\2D\1\0"  # which changes a pixel of its 2,000 by 2,000
    screen = struct.pack("<HHBBB", 2_000, 2_000, 0x80, 0, 0) + bytes(3) + b"\xff" * 3
    source = tmp_path / "input"
    source.write_bytes(b"GIF89a" + screen + frame * 26 + b";")
    with pytest.raises(TooManyPixels) as caught:
        convert(source, "gif", "webp")
    assert caught.value.params["pixels"] == 26 * 2_000 * 2_000


def test_side_that_the_target_cannot_hold_is_said(tmp_path: Path) -> None:
    with pytest.raises(TooLargeForFormat) as caught:
        convert(saved(Image.new("L", (16_400, 2)), tmp_path, "png"), "png", "webp")
    assert str(caught.value) == "WebP pictures have at most 16,383 pixels a side; this one has 16,400 by 2."


@pytest.mark.parametrize("to", ["jpeg", "png", "webp", "gif", "tiff", "avif"])
def test_progress_goes_through_both_stages_and_never_back(tmp_path: Path, to: str) -> None:
    picture = Image.effect_noise((600, 400), 40).convert("RGB")
    format = "png" if to == "jpeg" else "jpeg"
    watch = Watch()
    convert(saved(picture, tmp_path, format), format, to, watch)
    assert [stage for stage, _ in watch.seen] == sorted((stage for stage, _ in watch.seen), reverse=True)
    assert {stage for stage, _ in watch.seen} == {"reading", "encoding"}
    for wanted in ("reading", "encoding"):
        fractions = [fraction for stage, fraction in watch.seen if stage == wanted]
        assert fractions == sorted(fractions)


@pytest.mark.parametrize("orientation", [1, 6])
def test_progress_of_webp_is_the_encoders_own(tmp_path: Path, orientation: int) -> None:
    path, exif = tmp_path / "picture.jpeg", Image.Exif()
    exif[0x0112] = orientation
    Image.effect_noise((1_200, 800), 40).convert("RGB").save(path, exif=exif)
    encoding = [fraction for stage, fraction in every_report(path, "jpeg", "webp") if stage == "encoding"]
    assert len([fraction for fraction in encoding if 0.1 < fraction < 0.9]) >= 20  # it does not leap to the end
    assert encoding[-1] > 0.8


EVERY_REPORT = """
import json, sys
from pathlib import Path
from conversions.engines.engine import EngineFile
from conversions.engines.images import work
source, format, to = sys.argv[1:]
target = EngineFile(Path(source).with_name("output"), to)
report = lambda fraction, stage: print(json.dumps([stage, fraction]))
work.convert([EngineFile(Path(source), format)], target, {}, report)
"""


def every_report(source: Path, format: str, to: str) -> list[tuple[str, float]]:
    """What the engine itself reports. The sandbox leaves most of it out: the faster the machine, the more."""
    command = [sys.executable, "-c", EVERY_REPORT, str(source), format, to]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [(stage, fraction) for stage, fraction in map(json.loads, done.stdout.splitlines())]


@pytest.mark.parametrize(
    ("chosen", "size"),
    [
        ({"width": 24}, (24, 16)),
        ({"height": 64}, (96, 64)),
        ({"width": 24, "height": 24}, (24, 16)),
        ({"width": 24, "height": 24, "fit": "cover"}, (24, 24)),
        ({"width": 24, "height": 24, "fit": "fill"}, (24, 24)),
    ],
)
@pytest.mark.parametrize(("format", "to", "orientation"), [("png", "webp", 1), ("jpeg", "png", 6)])
def test_pictures_become_as_large_as_wanted(
    tmp_path: Path, format: str, to: str, orientation: int, chosen: dict[str, Any], size: tuple[int, int]
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    turned = corners().transpose(Image.Transpose.ROTATE_90) if orientation == 6 else corners()
    source = saved(turned, tmp_path, format, exif=exif, **({"quality": 98} if format == "jpeg" else {}))
    with Image.open(convert(source, format, to, **chosen)) as image:
        result = image.convert("RGB")
    assert result.size == size
    right, bottom = result.width - 2, result.height - 2
    for place, colour in {(1, 1): RED, (right, 1): GREEN, (1, bottom): BLUE}.items():
        assert near(result.getpixel(place), colour, 60), (place, result.getpixel(place))


def test_of_an_animation_each_frame_is_resized(tmp_path: Path) -> None:
    pictures = [Image.new("RGB", (40, 20), colour) for colour in (RED, GREEN, BLUE)]
    source = saved(pictures[0], tmp_path, "gif", save_all=True, append_images=pictures[1:], duration=[80, 120, 200])
    result = frames(convert(source, "gif", "gif", height=10))
    assert [frame.size for frame in result] == [(20, 10)] * 3
    for frame, colour in zip(result, (RED, GREEN, BLUE), strict=True):
        assert near(frame.convert("RGB").getpixel((5, 5)), colour, 20)


@pytest.mark.parametrize(("format", "to"), [("jpeg", "jpeg"), ("jpeg", "webp"), ("webp", "png"), ("png", "avif")])
def test_metadata_are_kept_but_for_the_place_or_not_at_all(tmp_path: Path, format: str, to: str) -> None:
    exif = Image.Exif()
    exif[0x010F] = "A camera"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    source = saved(corners(), tmp_path, format, exif=exif, icc_profile=profile)
    found = {}
    for wish in ("keep", "no-location", "none"):
        with Image.open(convert(source, format, to, metadata=wish)) as result:
            told = result.getexif()
            found[wish] = (told.get(0x010F, "").strip("\0 "), bool(told.get_ifd(0x8825)), "icc_profile" in result.info)
    assert found == {
        "keep": ("A camera", True, True),
        "no-location": ("A camera", False, True),
        "none": ("", False, True),
    }


def test_a_size_that_no_picture_may_have_is_refused(tmp_path: Path) -> None:
    source = saved(corners(), tmp_path, "png")
    with pytest.raises(TooManyPixels):
        convert(source, "png", "tiff", width=16_384, height=16_384, fit="fill")
