"""PDF into PDF through pikepdf, looked at with pdfium, which shares nothing with it."""

from functools import partial
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from conversions.catalog import options, routes
from conversions.catalog.formats import by_id
from conversions.engines.engine import EngineFile
from conversions.engines.pikepdf import work
from conversions.errors import DamagedFile, NoPagesLeft, NoSuchPage, PasswordNeeded, PasswordWrong, TooManyPages
from conversions.sandbox.job import Job
from tests.integration.conversions.engine_work import Watch, apart, here
from tests.integration.conversions.test_images import BLUE, GREEN, RED
from tests.integration.conversions.test_pdf import COLOURS, coloured, drawn, pages_of, raw_pdf
from tests.integration.conversions.ways import convert as by_way
from tests.integration.conversions.ways import recognised

convert = partial(by_way, run=here)


def colours(path: Path) -> list[Any]:
    return [page.getpixel((5, 5)) for page in pages_of(path)]


def joined(folder: Path, *contents: bytes, watch: Watch | None = None, **chosen: Any) -> Path:
    """The files as one, by the step that joins them."""
    (step,) = routes.combined([by_id("pdf")] * len(contents), "pdf").steps
    sources = [EngineFile(folder / f"source{number}", "pdf") for number in range(len(contents))]
    for source, content in zip(sources, contents, strict=True):
        source.path.write_bytes(content)
    target = EngineFile(folder / "joined", "pdf")
    wishes = options.validate(routes.Route((step,)), chosen)
    here(Job(step.engine.work, sources, target, wishes), folder, watch or Watch())
    return target.path


def test_without_any_wish_the_pages_stay(tmp_path: Path) -> None:
    watch = Watch()
    result = convert(tmp_path, coloured(*COLOURS), "pdf", "pdf", watch, run=apart)
    assert recognised(result, "pdf")
    assert colours(result) == [*COLOURS]
    assert {stage for stage, _ in watch.seen} == {"reading", "encoding"}


@pytest.mark.parametrize(
    ("chosen", "left"),
    [
        ({"pages": "2"}, [GREEN]),
        ({"pages": "3,1"}, [BLUE, RED]),
        ({"pages": "2-"}, [GREEN, BLUE]),
        ({"pages": "2", "drop": True}, [RED, BLUE]),
        ({"drop": True}, [*COLOURS]),
    ],
)
def test_the_chosen_pages_are_kept_or_left_out(tmp_path: Path, chosen: dict[str, Any], left: list[Any]) -> None:
    assert colours(convert(tmp_path, coloured(*COLOURS), "pdf", "pdf", **chosen)) == left


def test_what_is_left_out_is_not_in_the_file_even_if_a_bookmark_leads_there(tmp_path: Path) -> None:
    page = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 144 72]/Contents {} 0 R>>"
    words = f"% {''.join(str(number * number) for number in range(1_000))}\n1 0 0 rg 0 0 144 72 re f"
    pdf = raw_pdf(
        "<</Type/Catalog/Pages 2 0 R/Outlines 6 0 R>>",
        "<</Type/Pages/Count 2/Kids[3 0 R 4 0 R]>>",
        page.format(5),
        page.format(8),
        "<</Length 0>>\nstream\n\nendstream",
        "<</Type/Outlines/First 7 0 R/Last 7 0 R/Count 1>>",
        "<</Title(There)/Parent 6 0 R/Dest[4 0 R/Fit]>>",
        f"<</Length {len(words)}>>\nstream\n{words}\nendstream",
    )
    kept = convert(tmp_path, pdf, "pdf", "pdf", pages="1").stat().st_size
    everything = convert(tmp_path, pdf, "pdf", "pdf").stat().st_size
    assert everything - kept > 1_000, "the page's content has gone"


@pytest.mark.parametrize(("rotate", "size"), [("90", (72, 144)), ("180", (144, 72)), ("270", (72, 144))])
def test_pages_are_turned(tmp_path: Path, rotate: str, size: tuple[int, int]) -> None:
    pdf = drawn("1 0 0 rg 0 0 72 72 re f")  # the left half
    (page,) = pages_of(convert(tmp_path, pdf, "pdf", "pdf", rotate=rotate))
    assert page.size == size
    top, right, bottom = (page.width // 2, 5), (page.width - 6, page.height // 2), (page.width // 2, page.height - 6)
    red_side = {"90": top, "180": right, "270": bottom}[rotate]
    assert page.getpixel(red_side) == RED


def test_a_turn_adds_to_the_one_that_a_page_has(tmp_path: Path) -> None:
    turned = convert(tmp_path, drawn(""), "pdf", "pdf", rotate="90").read_bytes()
    (page,) = pages_of(convert(tmp_path, turned, "pdf", "pdf", rotate="90"))
    assert page.size == (144, 72)


def locked(folder: Path, password: str, *pages: Any) -> bytes:
    return convert(folder, coloured(*(pages or (RED,))), "pdf", "pdf", new_password=password).read_bytes()


@pytest.mark.parametrize("password", ["secret", "pässwörd ☃", "x" * 127])
def test_a_password_locks_and_unlocks(tmp_path: Path, password: str) -> None:
    content = locked(tmp_path, password)
    (tmp_path / "locked").write_bytes(content)
    with pytest.raises(pypdfium2.PdfiumError):
        pypdfium2.PdfDocument(tmp_path / "locked")
    with pypdfium2.PdfDocument(tmp_path / "locked", password) as pdf:
        assert len(pdf) == 1
    assert b"/AESV3" in content
    assert colours(convert(tmp_path, content, "pdf", "pdf", password=password)) == [RED]


def test_the_password_is_exchanged_for_another(tmp_path: Path) -> None:
    again = convert(tmp_path, locked(tmp_path, "old"), "pdf", "pdf", password="old", new_password="new").read_bytes()
    with pytest.raises(PasswordWrong):
        convert(tmp_path, again, "pdf", "pdf", password="old")
    assert colours(convert(tmp_path, again, "pdf", "pdf", password="new")) == [RED]


@pytest.mark.parametrize("to", ["pdf", "png", "tiff", "txt", "zip"])
def test_an_encrypted_file_needs_the_right_password(tmp_path: Path, to: str) -> None:
    content = locked(tmp_path, "secret")
    with pytest.raises(PasswordNeeded):
        convert(tmp_path, content, "pdf", to)
    with pytest.raises(PasswordWrong):
        convert(tmp_path, content, "pdf", to, password="Secret")


@pytest.mark.parametrize("to", ["png", "tiff", "zip"])
def test_with_its_password_an_encrypted_file_is_one_like_others(tmp_path: Path, to: str) -> None:
    assert recognised(convert(tmp_path, locked(tmp_path, "secret"), "pdf", to, password="secret"), to)


def test_a_password_that_a_file_does_not_need_does_no_harm(tmp_path: Path) -> None:
    assert colours(convert(tmp_path, coloured(RED), "pdf", "pdf", password="secret")) == [RED]


@pytest.mark.parametrize("lost", [b"startxref\n", b"xref\n0"])
def test_a_file_whose_table_is_lost_is_mended(tmp_path: Path, lost: bytes) -> None:
    broken = coloured(*COLOURS).replace(lost, b"x")
    result = convert(tmp_path, broken, "pdf", "pdf")
    assert colours(result) == [*COLOURS]
    assert b"startxref" in result.read_bytes()


@pytest.mark.parametrize("content", [b"%PDF-1.7\n", b"%PDF-1.7\n" + bytes(2000), raw_pdf("<</Type/Catalog>>")])
def test_what_cannot_be_mended_is_damaged(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(DamagedFile):
        convert(tmp_path, content, "pdf", "pdf")


def test_a_page_that_there_is_not_is_told(tmp_path: Path) -> None:
    with pytest.raises(NoSuchPage) as caught:
        convert(tmp_path, coloured(RED), "pdf", "pdf", pages="1,4")
    assert caught.value.params == {"page": 4, "pages": 1}


def test_a_file_without_pages_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(NoPagesLeft):
        convert(tmp_path, coloured(RED, BLUE), "pdf", "pdf", pages="1-", drop=True)


def test_too_many_pages_are_refused(tmp_path: Path) -> None:
    page, kids = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>", "3 0 R " * (work.MOST_PAGES + 1)
    pages = f"<</Type/Pages/Count {work.MOST_PAGES + 1}/Kids[{kids}]>>"
    with pytest.raises(TooManyPages):
        convert(tmp_path, raw_pdf("<</Type/Catalog/Pages 2 0 R>>", pages, page), "pdf", "pdf")


def test_several_files_become_one_in_their_order(tmp_path: Path) -> None:
    watch = Watch()
    result = joined(tmp_path, coloured(RED, GREEN), coloured(BLUE), coloured(RED), watch=watch)
    assert colours(result) == [RED, GREEN, BLUE, RED]
    assert {stage for stage, _ in watch.seen} == {"reading", "encoding"}


def test_one_file_is_joined_with_nothing(tmp_path: Path) -> None:
    assert colours(joined(tmp_path, coloured(RED, BLUE))) == [RED, BLUE]


def test_encrypted_files_are_joined_by_their_password_and_locked_by_a_new_one(tmp_path: Path) -> None:
    one, two = locked(tmp_path, "secret", RED), locked(tmp_path, "secret", BLUE)
    content = joined(tmp_path, one, two, coloured(GREEN), password="secret", new_password="new").read_bytes()
    assert colours(convert(tmp_path, content, "pdf", "pdf", password="new")) == [RED, BLUE, GREEN]
    with pytest.raises(PasswordNeeded):
        joined(tmp_path, coloured(GREEN), two)


def test_a_damaged_file_among_others_is_told(tmp_path: Path) -> None:
    with pytest.raises(DamagedFile):
        joined(tmp_path, coloured(GREEN), b"%PDF-1.7\n" + bytes(2000))
