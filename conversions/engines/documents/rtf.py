"""RTF as pandoc can read it: its reader takes a footnote for the end of the table before or around it, and loses it."""

import re
from collections.abc import Iterator

# A paragraph without words after the last row of a table, which is what ends one.
_AFTER_TABLE = b"\\\\row{\\\\pard\\\\plain\\\\~\\\\par}"
_LAST_ROW = re.compile(
    rb"\\row(?![a-z])(?!(?:[\s{}]|\\(?!trowd|intbl)[a-z]+-?\d*){0,200}+\\(?:trowd|intbl))"  # no row comes after it
)
_MARKS = re.compile(rb"\\(?:intbl|row)(?![a-z])|\{\\footnote(?![a-z])")
_BRACES = re.compile(rb"\\[\\{}]|[{}]")
_OF_PARAGRAPHS = re.compile(rb"\\(?:pard|plain|par|chftn|ftnalt|intbl|c?s\d+)(?![a-z0-9]) ?")


def mended(content: bytes) -> bytes:
    """With tables that end, and notes in their cells as words in brackets."""
    noted = content.replace(b"{\\*\\footnote", b"{\\footnote")  # as pandoc itself writes it, and does not read it
    return b"".join(_with_notes_in_words(_LAST_ROW.sub(_AFTER_TABLE, noted)))


def _with_notes_in_words(content: bytes) -> Iterator[bytes]:
    in_cell, done = False, 0
    for mark in _MARKS.finditer(content):
        if mark[0].startswith(b"\\"):
            in_cell = mark[0] == b"\\intbl"
        elif in_cell and mark.start() >= done and (end := _end(content, mark.start())):
            yield content[done : mark.start()]
            yield b"{ (" + _OF_PARAGRAPHS.sub(b" ", content[mark.end() : end - 1]).strip() + b")}"
            done = end
    yield content[done:]


def _end(content: bytes, start: int) -> int:
    """Where the group that begins there has ended; 0: nowhere."""
    depth = 0
    for brace in _BRACES.finditer(content, start):
        depth += {b"{": 1, b"}": -1}.get(brace[0], 0)
        if not depth:
            return brace.end()
    return 0
