import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversions.catalog import formats
from conversions.names import MAX_LENGTH, clean_name, distinct, output_name

WEBP = formats.get("webp")


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("photo.png", "photo.png"),
        ("../../etc/passwd", "passwd"),
        (r"C:\Users\me\photo.png", "photo.png"),
        ("a\x00b\r\nc\x1b.png", "ab c.png"),
        ("photo\u202egnp.exe", "photognp.exe"),
        ("\u2066left\u2069.png", "left.png"),
        ('say "cheese".png', 'say "cheese".png'),
        ("say %22cheese%22.png", 'say "cheese".png'),
        ("👩‍👩‍👧 family 🎉.png", "👩‍👩‍👧 family 🎉.png"),
        ("  wide   gap .png ", "wide gap .png"),
        ("u\u0308ber.png", "über.png"),
        ("\ud800lone.png", "lone.png"),
        ("", "file"),
        ("..", "file"),
        ("folder/", "file"),
        ("\u202e\x07", "file"),
    ],
)
def test_name_is_made_safe_to_show(raw: str, clean: str) -> None:
    assert clean_name(raw) == clean


def test_long_name_is_cut_before_its_extension() -> None:
    assert clean_name("n" * 10_000 + ".jpeg") == "n" * 250 + ".jpeg"


def test_long_name_is_cut_before_its_extension_of_two_parts() -> None:
    assert clean_name("n" * 10_000 + ".tar.gz") == "n" * 248 + ".tar.gz"


def test_long_extension_is_no_extension() -> None:
    assert clean_name("a." + "x" * 10_000) == "a." + "x" * 253


@given(st.text())
def test_any_name_becomes_one_short_printable_line(raw: str) -> None:
    name = clean_name(raw)
    assert 1 <= len(name) <= MAX_LENGTH
    assert not set(name) & set("/\\\r\n\0")
    assert not any(unicodedata.category(character) in {"Cc", "Cs"} for character in name)
    assert name.strip(".")


@given(st.text())
def test_cleaning_twice_changes_nothing(raw: str) -> None:
    assert clean_name(clean_name(raw)) == clean_name(raw)


def test_result_is_named_after_the_source() -> None:
    assert WEBP is not None
    assert output_name("Holiday 1.2.JPG", WEBP) == "Holiday 1.2.webp"
    assert output_name("no ending", WEBP) == "no ending.webp"
    assert output_name(".hidden", WEBP) == ".hidden.webp"
    assert output_name("backup.1.tar.gz", WEBP) == "backup.1.webp"
    assert output_name("photo.png", formats.by_id("tar.gz")) == "photo.tar.gz"
    assert output_name("n" * 255, WEBP) == "n" * 250 + ".webp"


@pytest.mark.parametrize(
    ("names", "told_apart"),
    [
        (["a.png", "b.png"], ["a.png", "b.png"]),
        (["a.png", "a.png", "A.PNG"], ["a.png", "a (2).png", "A (3).PNG"]),
        (["a (2).png", "a.png", "a.png"], ["a (2).png", "a.png", "a (3).png"]),
        (["b.tar.gz", "b.tar.gz"], ["b.tar.gz", "b (2).tar.gz"]),
        (["file", "file"], ["file", "file (2)"]),
        (["n" * 251 + ".png"] * 2, ["n" * 251 + ".png", "n" * 247 + " (2).png"]),
    ],
)
def test_names_that_come_again_get_a_number(names: list[str], told_apart: list[str]) -> None:
    assert list(distinct(names)) == told_apart


@given(st.lists(st.text().map(clean_name)))
def test_distinct_names_are_so_to_every_file_system(names: list[str]) -> None:
    found = list(distinct(names))
    assert len({name.casefold() for name in found}) == len(names)
    assert all(len(name) <= MAX_LENGTH for name in found)
