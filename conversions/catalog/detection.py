"""What a file is, by its content. Its name breaks a tie where the content says nothing, and is not believed else."""

import re
from collections.abc import Callable

import puremagic

from conversions.catalog import formats, insides
from conversions.catalog.formats import Format

HEAD_BYTES = 4096  # as much of a file's beginning as `detect` wants

# What needs no signature of ours; of the rest puremagic says too much: every zip is a document of Word.
_BY_MEDIA_TYPE = {formats.by_id(id).media_type: formats.by_id(id) for id in ("jpeg", "png", "webp", "gif")}
_HEIC = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"})
_AVIF = frozenset({b"avif", b"avis"})
_TARGA_TYPES = frozenset({1, 2, 3, 9, 10, 11})
_TARGA_DEPTHS = frozenset({8, 15, 16, 24, 32})


def detect(head: bytes, name: str = "") -> Format | None:
    """The format of a file that begins with these bytes (`HEAD_BYTES` of them are enough), and has this name."""
    for id, fits in SIGNATURES.items():
        if fits(head):
            return formats.by_id(id)
    try:
        found = _BY_MEDIA_TYPE.get(puremagic.magic_string(head)[0].mime_type)
    except (puremagic.PureError, ValueError):  # ValueError: no bytes at all
        found = None
    return found or _by_name(head, name)


def is_format(head: bytes, format: Format) -> bool:
    """Whether a file that is meant to be of this format, and begins so, can be it. Text may look like anything."""
    fits = SIGNATURES.get(format.id) or _UNSIGNED.get(format.id)
    return fits(head) if fits else detect(head) is format


def _begins(*starts: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(starts)


def _brands(head: bytes) -> set[bytes]:
    """Of an ISO base media file: what programs for which brands can read it."""
    end = min(int.from_bytes(head[:4], "big"), 256)
    return {head[i : i + 4] for i in range(8, end, 4)} if head[4:8] == b"ftyp" else set()


def _major_brand(*brands: bytes) -> Callable[[bytes], bool]:
    return lambda head: head[4:8] == b"ftyp" and head[8:12] in brands


def _is_mp4(head: bytes) -> bool:
    return head[4:8] == b"ftyp" and head[8:11] in (b"iso", b"mp4", b"avc", b"M4V", b"das", b"3gp", b"f4v", b"MSN")


def _riff(kind: bytes) -> Callable[[bytes], bool]:
    return lambda head: head[:4] in (b"RIFF", b"RF64") and head[8:12] == kind


def _matroska(kind: bytes) -> Callable[[bytes], bool]:
    """By the element DocType of its header."""
    return lambda head: head[:4] == b"\x1aE\xdf\xa3" and b"B\x82" + bytes([0x80 + len(kind)]) + kind in head[:128]


def _ogg(codec: bytes) -> Callable[[bytes], bool]:
    """By the first packet of its first page, whose table of segments has one entry."""
    return lambda head: head[:4] == b"OggS" and head[28 : 28 + len(codec)] == codec


def _is_mp3(head: bytes) -> bool:
    """A tag, or a frame of layer III that can be."""
    if head[:3] == b"ID3":
        return True
    sync, version_and_layer, rates = [*head[:3], 0, 0, 0][:3]
    frame = sync == 0xFF and version_and_layer & 0xE6 == 0xE2 and version_and_layer & 0x18 != 0x08
    return frame and rates >> 4 not in (0, 15) and rates & 0x0C != 0x0C


def _part(pattern: str, type: bytes = b"\0", mimetype: bytes = b"\0") -> Callable[[bytes], bool]:
    """A zip one of whose first parts is called so, or names the type."""
    compiled = re.compile(pattern)

    def fits(head: bytes) -> bool:
        return any(
            compiled.fullmatch(name)
            or (name == "[Content_Types].xml" and type in content)
            or (name == "mimetype" and content == mimetype)
            for name, content in insides.zip_parts(head)
        )

    return fits


def _mimetype(id: str) -> Callable[[bytes], bool]:
    """A zip whose part `mimetype` says this format."""
    return _part(r"(?!)", mimetype=formats.by_id(id).media_type.encode())


def _text(head: bytes) -> str:
    """The head as text, whose letters beyond ASCII do not matter here; empty if it is none."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return head.decode("utf-16", errors="replace")
    return "" if b"\0" in head else head.decode("utf-8-sig", errors="replace")


def _matches(pattern: str) -> Callable[[bytes], bool]:
    """Text that begins so, after any white space."""
    compiled = re.compile(rf"\s*+(?:{pattern})", re.IGNORECASE)
    return lambda head: compiled.match(_text(head)) is not None


def _is_targa(head: bytes) -> bool:
    """Targa files have no signature; of other files this is false more often than not."""
    known = len(head) >= 18 and head[1] <= 1 and head[2] in _TARGA_TYPES and head[16] in _TARGA_DEPTHS
    return known and head[12:14] != b"\0\0" and head[14:16] != b"\0\0"


# Atomic and possessive: a head of nothing but comments would else be tried in as many ways as there are to divide them.
_COMMENTS = r"(?><!--(?s:.)*?-->\s*)*+"
_PROLOGUE = rf"(?:<\?xml\b[^>]*>\s*)?{_COMMENTS}"
_DOCTYPE = rf"(?:<!DOCTYPE\b(?>[^\[>]+|\[(?s:.)*?\])*+>\s*)?{_COMMENTS}"
_ROOT = _PROLOGUE + _DOCTYPE
_DOCBOOK = r"(?:article|book|chapter|section|refentry|part|set)\b"

# What puremagic takes for something else, or knows by another name.
SIGNATURES: dict[str, Callable[[bytes], bool]] = {
    "tiff": _begins(b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
    # Either may stand among the compatible brands alone, where puremagic does not look.
    "avif": lambda head: not _brands(head).isdisjoint(_AVIF),
    "heic": lambda head: not _brands(head).isdisjoint(_HEIC),
    "ico": _begins(b"\0\0\1\0"),
    "icns": _begins(b"icns"),
    "psd": _begins(b"8BPS\0\1", b"8BPS\0\2"),
    "jp2": _begins(b"\0\0\0\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51"),
    "ppm": lambda head: head[:1] == b"P" and head[1:2] in b"123456" and head[2:3] in b" \t\r\n" and len(head) > 8,
    "bmp": lambda head: head[:2] == b"BM" and head[6:10] == bytes(4),
    "mov": _major_brand(b"qt  "),
    "m4a": _major_brand(b"M4A ", b"M4B "),
    "mp4": _is_mp4,
    "webm": _matroska(b"webm"),
    "mkv": _matroska(b"matroska"),
    "avi": _riff(b"AVI "),
    "wav": _riff(b"WAVE"),
    "opus": _ogg(b"OpusHead"),
    "ogg": _ogg(b"\x01vorbis"),
    "flac": _begins(b"fLaC"),
    "aiff": lambda head: head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"),
    "mp3": _is_mp3,
    "ttf": _begins(b"\0\1\0\0\0", b"true\0"),
    "otf": _begins(b"OTTO\0"),
    "woff": _begins(b"wOFF"),
    "woff2": _begins(b"wOF2"),
    "vtt": _matches(r"WEBVTT\b"),
    "ass": _matches(r"\[Script Info\](?s:.)*?ScriptType: ?v4\.00\+"),
    "ssa": _matches(r"\[Script Info\]"),
    "srt": _matches(r"\d+\s*\n\s*\d+:\d\d:\d\d[,.]\d+ *--> *\d"),
    "docx": _part(r"word/.*", b"wordprocessingml.document"),
    "pptx": _part(r"ppt/.*", b"presentationml.presentation"),
    "odt": _mimetype("odt"),
    "epub": _mimetype("epub"),
    "pdf": lambda head: b"%PDF-" in head[:1024],
    "rtf": _begins(b"{\\rtf"),
    "svg": _matches(rf"{_ROOT}<(?:svg:)?svg\b"),
    "html": _matches(rf"{_PROLOGUE}<(?:!doctype\s+html|html)\b"),
    "fb2": _matches(rf"{_ROOT}<FictionBook\b"),
    "opml": _matches(rf"{_ROOT}<opml\b"),
    "icml": _matches(r"<\?xml\b[^>]*>\s*<\?aid\b"),
    "jats": _matches(rf"{_PROLOGUE}(?:<!DOCTYPE\s+article\b[^>]*\bJATS\b|{_DOCTYPE}<article\b[^>]*\bdtd-version=)"),
    "docbook": _matches(
        rf"{_PROLOGUE}(?:<!DOCTYPE\s+\w+\s[^>]*DocBook|{_DOCTYPE}<{_DOCBOOK}[^>]*\bdocbook\.org/ns/docbook)"
    ),
    "ipynb": _matches(r'\{(?s:.)*?"(?:cell_type|nbformat)"\s*:'),
    "man": _matches(r"""(?>(?:['.]\\"[^\n]*|\.(?:nh|ad \w|ie[^\n]*|el[^\n]*))\n\s*)*+\.(?:TH|Dd)\s"""),
}
# What their names say of files, if the content may be it.
_UNSIGNED: dict[str, Callable[[bytes], bool]] = {
    "tga": _is_targa,
    "json": _matches(r"[\[{\"\d-]|true|false|null"),
    "yaml": _matches(r"(?s:.)"),
    "toml": _matches(r"[#\[\w\"']"),
    "html": _matches(r"(?s:.)*?<\w"),
    **dict.fromkeys(("docx", "pptx"), _begins(b"PK\3\4")),
    "docbook": _matches(rf"{_ROOT}<{_DOCBOOK}"),
    "jats": _matches(rf"{_ROOT}<article\b"),
    "latex": _matches(r"(?s:.)*?\\"),
    **dict.fromkeys(
        ("md", "txt", "typst", "rst", "asciidoc", "org", "mediawiki", "dokuwiki", "textile"), _matches(r"(?s:.)")
    ),
}


def _by_name(head: bytes, name: str) -> Format | None:
    promised = formats.by_extension(name)
    fits = _UNSIGNED.get(promised.id) if promised else None
    return promised if fits and fits(head) else None
