"""The names of files: a visitor's, made safe to show and to send, and a result's."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import PurePath

from conversions.catalog.formats import Format, ending

MAX_LENGTH = 255
MAX_SUFFIX = 16
# Marks that turn the direction of what follows: with them "exe.gpj" reads "jpg.exe".
TURNS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
UNSEEN = frozenset({"Cc", "Co", "Cs", "Zl", "Zp"})


def clean_name(raw: str) -> str:
    """The last part of a path as one line of at most 255 characters, its extension kept; never empty."""
    base = re.split(r"[/\\]", raw)[-1]
    seen = "".join(character for character in base if character not in TURNS and _is_seen(character))
    name = " ".join(unicodedata.normalize("NFC", seen).split()).replace("%22", '"')  # browsers send a quote so
    return _shortened(name) if name.strip(".") else "file"


def output_name(source_name: str, target: Format) -> str:
    """The name of the result: the source's, with the usual extension of the target."""
    return _joined(source_name.removesuffix(_suffix(source_name)), f".{target.extension}")


def distinct(names: Iterable[str]) -> Iterator[str]:
    """The names, of which those that came before, as file systems see it, get a number: "photo (2).png"."""
    seen: set[str] = set()
    for name in names:
        suffix = _suffix(name)
        stem, candidate, number = name.removesuffix(suffix), name, 1
        while candidate.casefold() in seen:
            number += 1
            candidate = _joined(stem, f" ({number}){suffix}")
        seen.add(candidate.casefold())
        yield candidate


def _is_seen(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) not in UNSEEN


def _suffix(name: str) -> str:
    """The ending with its dot, of two parts where such files have it: ".tar.gz"."""
    return f".{ending(name)}" if PurePath(name).suffix else ""


def _shortened(name: str) -> str:
    suffix = _suffix(name)
    return _joined(name.removesuffix(suffix), suffix) if len(suffix) <= MAX_SUFFIX else name[:MAX_LENGTH]


def _joined(stem: str, suffix: str) -> str:
    return stem[: MAX_LENGTH - len(suffix)] + suffix
