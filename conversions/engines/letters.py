"""Letters that no font here has. What draws a text with them would draw boxes, and say nothing."""

import html
import re
import unicodedata
from pathlib import Path

from conversions.engines import fontfiles
from conversions.errors import LettersMissing

# By the first word of their letters' names. Typst brings its own fonts for what is missing here.
_SCRIPTS = {
    "CJK": "Chinese",
    "HIRAGANA": "Japanese",
    "KATAKANA": "Japanese",
    "HANGUL": "Korean",
    "DEVANAGARI": "Devanagari",
    "BENGALI": "Bengali",
    "GURMUKHI": "Gurmukhi",
    "GUJARATI": "Gujarati",
    "TAMIL": "Tamil",
    "TELUGU": "Telugu",
    "KANNADA": "Kannada",
    "MALAYALAM": "Malayalam",
    "SINHALA": "Sinhala",
    "THAI": "Thai",
    "KHMER": "Khmer",
    "MYANMAR": "Burmese",
    "TIBETAN": "Tibetan",
    "ETHIOPIC": "Ethiopic",
}
_USUAL = {"Chinese": "\u4e00", "Japanese": "\u3042", "Korean": "\uac00"}  # where one letter does not stand for all
_FIRST = "\u0900"
_DRAWN = re.compile(r"<text\b.*?</text>", re.DOTALL)


def check(text: str) -> None:
    """Raise `LettersMissing` where fonts for a script of the text are missing."""
    wanted = _wanted(text)
    if wanted and (missing := _without_font(wanted)):
        raise LettersMissing(scripts=", ".join(sorted(missing)))


def check_drawing(content: bytes) -> None:
    """Of a vector picture in UTF-8, those which it draws as text. Raises as `check` does."""
    check(html.unescape("".join(_DRAWN.findall(content.decode(errors="replace")))))


def _wanted(text: str) -> dict[str, str]:
    """The scripts, each with a letter that a font for it has."""
    found: dict[str, str] = {}
    for letter in filter(lambda each: each >= _FIRST, set(text)):
        script = _SCRIPTS.get(unicodedata.name(letter, "").partition(" ")[0].partition("-")[0])
        if script and unicodedata.category(letter).startswith("L"):
            found[script] = _USUAL.get(script, letter)
    return found


def _without_font(wanted: dict[str, str]) -> set[str]:
    left = dict(wanted)
    for font in fontfiles.every():
        if left:
            left = {script: letter for script, letter in left.items() if not _has(font, letter)}
    return set(left)


def _has(font: Path, letter: str) -> bool:
    from fontTools.ttLib import TTFont, TTLibError  # here, since few texts need it

    try:
        with font.open("rb") as file:
            return ord(letter) in (TTFont(file, lazy=True, fontNumber=0).getBestCmap() or {})
    except (TTLibError, OSError, KeyError, AssertionError):  # as broken fonts come
        return False
