"""PDF through pdfium: pages as pictures, text, pictures as pages."""

import io
import zipfile
from functools import partial
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from PIL import Image, ImageOps

from conversions.catalog import options, routes
from conversions.catalog.formats import by_id
from conversions.engines.engine import EngineFile
from conversions.engines.pdf import ENGINE, ONTO_PAGES, PARTS, PICTURES, work
from conversions.engines.pdf.reading import MOST_PAGES, MOST_PICTURES
from conversions.engines.pictures import MAX_PIXELS
from conversions.errors import DamagedFile, NoSuchPage, NoText, PasswordNeeded, TooManyPages, TooManyPixels
from tests.integration.conversions.engine_work import Watch, apart, crossed, here
from tests.integration.conversions.test_images import BLUE, GREEN, RED, SEEN, corners, near, of_wide_gamut
from tests.integration.conversions.ways import convert as by_way
from tests.integration.conversions.ways import recognised

convert = partial(by_way, run=here)
COLOURS = (RED, GREEN, BLUE)


def raw_pdf(*objects: str, trailer: str = "") -> bytes:
    """Of objects in the words of PDF, the first being the catalogue."""
    content, places = b"%PDF-1.7\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(content))
        content += f"{number} 0 obj\n{each}\nendobj\n".encode()
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    many = len(objects) + 1
    end = f"xref\n0 {many}\n0000000000 65535 f \n{table}trailer\n<</Root 1 0 R/Size {many}{trailer}>>\n"
    return content + f"{end}startxref\n{len(content)}\n%%EOF\n".encode()


def drawn(*pages: str, width: float = 144, height: float = 72) -> bytes:
    """Pages of drawing instructions, with a font called F."""
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Count {len(pages)}/Kids[{kids}]>>",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    for number, page in enumerate(pages):
        box, fonts = f"/MediaBox[0 0 {width} {height}]", "/Resources<</Font<</F 3 0 R>>>>"
        objects += [
            f"<</Type/Page/Parent 2 0 R{box}{fonts}/Contents {5 + 2 * number} 0 R>>",
            f"<</Length {len(page)}>>\nstream\n{page}\nendstream",
        ]
    return raw_pdf(*objects)


def coloured(*colours: tuple[int, int, int]) -> bytes:
    """A page of each colour."""
    return drawn(*(f"{r / 255} {g / 255} {b / 255} rg 0 0 144 72 re f" for r, g, b in colours))


def pages_of(path: Path, scale: float = 1.0) -> list[Image.Image]:
    with pypdfium2.PdfDocument(path) as pdf:
        return [page.render(scale=scale).to_pil().convert("RGB") for page in pdf]


@pytest.mark.parametrize("to", PICTURES)
def test_a_page_becomes_a_picture(tmp_path: Path, to: str) -> None:
    result = convert(tmp_path, coloured(RED), "pdf", to, run=apart, dpi=100)
    assert recognised(result, to)
    with Image.open(result) as image:
        assert image.size == (200, 100)
        assert near(image.convert("RGB").getpixel((100, 50)), RED, by=6)
        assert to == "webp" or round(image.info["dpi"][0]) == 100


@pytest.mark.parametrize(("page", "colour"), [(1, RED), (3, BLUE)])
def test_the_page_that_was_chosen_is_shown(tmp_path: Path, page: int, colour: Any) -> None:
    with Image.open(convert(tmp_path, coloured(*COLOURS), "pdf", "png", page=page)) as image:
        assert image.getpixel((5, 5)) == colour


def test_a_page_that_there_is_not_is_told(tmp_path: Path) -> None:
    with pytest.raises(NoSuchPage) as caught:
        convert(tmp_path, coloured(RED), "pdf", "png", page=2)
    assert caught.value.params == {"page": 2, "pages": 1}


def test_a_tiff_shows_all_pages(tmp_path: Path) -> None:
    with Image.open(convert(tmp_path, coloured(*COLOURS), "pdf", "tiff", dpi=36)) as image:
        assert (image.n_frames, image.size) == (3, (72, 36))
        for number, colour in enumerate(COLOURS):
            image.seek(number)
            assert image.getpixel((5, 5)) == colour


def test_other_pictures_are_made_of_the_page(tmp_path: Path) -> None:
    with Image.open(convert(tmp_path, coloured(GREEN), "pdf", "bmp", dpi=72)) as image:
        assert (image.format, image.size) == ("BMP", (144, 72))


def test_text_is_that_of_all_pages(tmp_path: Path) -> None:
    pdf = drawn("BT /F 20 Tf 10 10 Td (First na\\357ve) Tj ET", "", "BT /F 20 Tf 10 10 Td (Third) Tj ET")
    assert convert(tmp_path, pdf, "pdf", "txt").read_text() == "First naïve\n\nThird\n\n"


def test_a_pdf_of_pictures_has_no_text(tmp_path: Path) -> None:
    with pytest.raises(NoText):
        convert(tmp_path, coloured(RED), "pdf", "txt")


def reports(folder: Path, format: str, to: str, content: bytes) -> list[float]:
    seen: list[float] = []
    source, target = EngineFile(folder / "input", format), EngineFile(folder / "output", to)
    source.path.write_bytes(content)
    chosen = options.validate(routes.find(by_id(format), to), {})
    work.convert([source], target, chosen, lambda fraction, stage: seen.append(fraction))
    return seen


@pytest.mark.parametrize("to", ["txt", "tiff"])
def test_progress_is_the_pages_that_are_done(tmp_path: Path, to: str) -> None:
    page = "BT /F 20 Tf 10 10 Td (Words) Tj ET"
    assert reports(tmp_path, "pdf", to, drawn(page, page, page, page)) == [0, 0.25, 0.5, 0.75, 1]


@pytest.mark.parametrize("to", ["png", "txt"])
@pytest.mark.parametrize("content", [b"%PDF-1.7\n", b"%PDF-1.7\n" + bytes(2000), raw_pdf("<</Type/Catalog>>")])
def test_what_only_begins_like_a_pdf_is_damaged(tmp_path: Path, to: str, content: bytes) -> None:
    with pytest.raises(DamagedFile):
        convert(tmp_path, content, "pdf", to)


@pytest.mark.parametrize("to", ["png", "txt", "tiff"])
def test_an_encrypted_pdf_needs_a_password(tmp_path: Path, to: str) -> None:
    page = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"
    key = "00" * 32
    locked = f"<</Filter/Standard/V 1/R 2/Length 40/O<{key}>/U<{key}>/P -4>>"
    pages = "<</Type/Pages/Count 1/Kids[3 0 R]>>"
    pdf = raw_pdf("<</Type/Catalog/Pages 2 0 R>>", pages, page, locked, trailer="/Encrypt 4 0 R/ID[<00><00>]")
    with pytest.raises(PasswordNeeded):
        convert(tmp_path, pdf, "pdf", to)


def test_a_page_of_gigapixels_is_refused_before_it_is_drawn(tmp_path: Path) -> None:
    with pytest.raises(TooManyPixels) as caught:
        convert(tmp_path, drawn("", width=14_400, height=14_400), "pdf", "png", dpi=300)
    assert caught.value.params == {"pixels": 3_600_000_000, "limit": MAX_PIXELS}


@pytest.mark.parametrize(("to", "limit"), [("tiff", MOST_PICTURES), ("zip", MOST_PICTURES), ("txt", MOST_PAGES)])
def test_too_many_pages_are_refused(tmp_path: Path, to: str, limit: int) -> None:
    page, kids = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>", "3 0 R " * (limit + 1)
    pdf = raw_pdf("<</Type/Catalog/Pages 2 0 R>>", f"<</Type/Pages/Count {limit + 1}/Kids[{kids}]>>", page)
    with pytest.raises(TooManyPages) as caught:
        convert(tmp_path, pdf, "pdf", to)
    assert caught.value.params == {"pages": limit + 1, "limit": limit}


def saved(image: Image.Image, format: str, **arguments: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **arguments)
    return file.getvalue()


@pytest.mark.parametrize("format", ONTO_PAGES)
def test_a_picture_becomes_a_page_of_its_size(tmp_path: Path, format: str) -> None:
    result = convert(tmp_path, saved(corners(), format, dpi=(72, 72)), format, "pdf", run=apart)
    assert recognised(result, "pdf")
    scale = 1 if format in ("jpeg", "png", "tiff") else 96 / 72  # the others do not tell a resolution
    (page,) = pages_of(result, scale)
    assert page.size == (48, 32)
    for place, colour in (((8, 6), RED), ((40, 6), GREEN), ((20, 26), BLUE)):
        assert near(page.getpixel(place), colour, by=30)


def test_a_photograph_of_a_telephone_becomes_a_page(tmp_path: Path) -> None:
    tmp_path.joinpath("x").write_bytes(b"")
    heic = convert(tmp_path, saved(corners(), "png"), "png", "heic", quality=95).read_bytes()
    assert len(pages_of(convert(tmp_path, heic, "heic", "pdf"))) == 1


def test_a_jpeg_is_kept_as_it_is(tmp_path: Path) -> None:
    jpeg = saved(corners(), "jpeg", quality=80)
    assert jpeg in convert(tmp_path, jpeg, "jpeg", "pdf").read_bytes()


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_jpeg_of_any_colours_looks_the_same(tmp_path: Path, mode: str) -> None:
    jpeg = saved(corners().convert(mode), "jpeg", quality=95, dpi=(72, 72))
    (page,) = pages_of(convert(tmp_path, jpeg, "jpeg", "pdf"))
    with Image.open(io.BytesIO(jpeg)) as image:
        expected = image.convert("RGB")
    for place in ((8, 6), (40, 6), (20, 26)):
        assert near(page.getpixel(place), expected.getpixel(place), by=40)


def test_a_jpeg_of_inks_is_no_negative(tmp_path: Path) -> None:
    jpeg = saved(corners().convert("CMYK"), "jpeg", quality=95, dpi=(72, 72))
    (page,) = pages_of(convert(tmp_path, jpeg, "jpeg", "pdf"))
    for strongest, place in enumerate(((8, 6), (40, 6), (20, 26))):  # red, green, blue, as printers see them
        found = page.getpixel(place)
        assert found.index(max(found)) == strongest


@pytest.mark.parametrize(("format", "orientation"), crossed(["jpeg", "png"], range(1, 9)))
def test_a_picture_stands_upright(tmp_path: Path, format: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = saved(corners(), format, exif=exif, dpi=(72, 72))
    with Image.open(io.BytesIO(content)) as image:
        expected = ImageOps.exif_transpose(image).convert("RGB")
    (page,) = pages_of(convert(tmp_path, content, format, "pdf"))
    assert page.size == expected.size
    width, height = page.size
    for place in ((4, 4), (width - 5, 4), (4, height - 5), (width - 5, height - 5)):
        assert near(page.getpixel(place), expected.getpixel(place), by=30)


def test_other_pictures_lose_nothing(tmp_path: Path) -> None:
    noise = Image.effect_noise((64, 48), 80).convert("RGB")
    noise.putpixel((0, 0), (1, 2, 3))
    (page,) = pages_of(convert(tmp_path, saved(noise, "png", dpi=(72, 72)), "png", "pdf"))
    assert page.tobytes() == noise.tobytes()


def test_transparency_shows_the_page(tmp_path: Path) -> None:
    clear = Image.new("RGBA", (48, 32), (255, 0, 0, 0))
    (page,) = pages_of(convert(tmp_path, saved(clear, "png"), "png", "pdf"))
    assert page.getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "I;16", "RGBA"])
def test_every_kind_of_pixels_is_shown(tmp_path: Path, mode: str) -> None:
    grey = Image.new(mode, (48, 32), 65535 if mode == "I;16" else None)
    (page,) = pages_of(convert(tmp_path, saved(grey, "png"), "png", "pdf"))
    assert near(page.getpixel((5, 5)), (0, 0, 0) if mode in ("1", "L", "P") else (255, 255, 255), by=2)


def test_the_pages_of_a_tiff_are_pages_of_the_pdf(tmp_path: Path) -> None:
    first, *others = (Image.new("RGB", (48, 32), colour) for colour in COLOURS)
    pages = pages_of(convert(tmp_path, saved(first, "tiff", save_all=True, append_images=others), "tiff", "pdf"))
    assert [page.getpixel((5, 5)) for page in pages] == list(COLOURS)


def test_of_an_animation_the_first_frame_becomes_a_page(tmp_path: Path) -> None:
    first, *others = (Image.new("RGB", (48, 32), colour) for colour in COLOURS)
    (page,) = pages_of(convert(tmp_path, saved(first, "gif", save_all=True, append_images=others), "gif", "pdf"))
    assert near(page.getpixel((5, 5)), RED, by=2)


@pytest.mark.parametrize("format", ONTO_PAGES)
def test_a_truncated_picture_is_damaged(tmp_path: Path, format: str) -> None:
    content = saved(Image.effect_noise((200, 200), 50).convert("RGB"), format)
    with pytest.raises(DamagedFile):
        convert(tmp_path, content[: len(content) // 2], format, "pdf")


def test_a_picture_of_gigapixels_is_refused_before_it_is_read(tmp_path: Path) -> None:
    png = bytearray(saved(corners(), "png"))
    png[16:24] = (50_000).to_bytes(4) * 2
    with pytest.raises((TooManyPixels, DamagedFile)):
        convert(tmp_path, bytes(png), "png", "pdf")


def test_every_way_is_tried_here() -> None:
    assert {way.target for way in ENGINE.ways if way.source == "pdf"} == {*PICTURES, "txt", "zip"}
    assert {way.source for way in ENGINE.ways if way.target == "pdf"} == {*ONTO_PAGES}


@pytest.mark.parametrize("picture", PARTS)
def test_a_zip_has_each_page_under_its_number(tmp_path: Path, picture: str) -> None:
    watch = Watch()
    extension = by_id(picture).extension
    with zipfile.ZipFile(convert(tmp_path, coloured(*COLOURS), "pdf", "zip", watch, picture=picture, dpi=72)) as pages:
        assert pages.namelist() == [f"page-00{number}.{extension}" for number in (1, 2, 3)]
        for name, colour in zip(pages.namelist(), COLOURS, strict=True):
            (tmp_path / "page").write_bytes(pages.read(name))
            assert recognised(tmp_path / "page", picture)
            if picture == "pdf":
                (shown,) = pages_of(tmp_path / "page")
            else:
                with Image.open(tmp_path / "page") as image:
                    shown = image.convert("RGB")
            assert shown.size == (144, 72)
            assert near(shown.getpixel((70, 30)), colour, by=6)
    told = [fraction for _, fraction in watch.seen]
    assert told == sorted(told)


def test_a_zip_has_the_chosen_pages_and_their_names_sort(tmp_path: Path) -> None:
    result = convert(tmp_path, coloured(*COLOURS * 4), "pdf", "zip", dpi=36, pages="12,2,1,2")
    with zipfile.ZipFile(result) as pages:
        assert sorted(pages.namelist()) == ["page-001.png", "page-002.png", "page-012.png"]
    with pytest.raises(NoSuchPage):
        convert(tmp_path, coloured(RED), "pdf", "zip", pages="2")


@pytest.mark.parametrize("to", ["zip", "tiff"])
def test_progress_of_pictures_is_the_pages_that_are_done(tmp_path: Path, to: str) -> None:
    assert reports(tmp_path, "pdf", to, coloured(*COLOURS, RED)) == [0, 0.25, 0.5, 0.75, 1]


def test_the_text_and_the_tiff_of_chosen_pages(tmp_path: Path) -> None:
    pdf = drawn(*(f"BT /F 20 Tf 10 10 Td (Page {number}) Tj ET" for number in (1, 2, 3)))
    assert convert(tmp_path, pdf, "pdf", "txt", pages="3,1").read_text() == "Page 3\n\nPage 1\n\n"
    with Image.open(convert(tmp_path, coloured(*COLOURS), "pdf", "tiff", pages="2-3", dpi=36)) as image:
        assert (image.n_frames, image.getpixel((5, 5))) == (2, GREEN)


@pytest.mark.parametrize("format", ["png", "jpeg"])
def test_a_page_shows_a_wide_gamut_as_screens_do(tmp_path: Path, format: str) -> None:
    picture, profile = of_wide_gamut()
    content = saved(picture, format, icc_profile=profile, dpi=(72, 72), **({"quality": 98} if format == "jpeg" else {}))
    (page,) = pages_of(convert(tmp_path, content, format, "pdf"))
    assert near(page.getpixel((24, 16)), SEEN, 5)
