"""What a file is, by its content. Its name breaks a tie where the content says nothing, and is not believed else."""

import json
import re
from collections.abc import Callable
from functools import partial

import puremagic

from conversions.catalog import formats, insides
from conversions.catalog.formats import Format

HEAD_BYTES = 4096  # as much of a file's beginning as `detect` wants

# What needs no signature of ours; of the rest puremagic says too much: every old Office file is a document of Word.
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
    return found or _by_name(head, name) or next((formats.by_id(id) for id in _LAST if _LAST[id](head)), None)


def _begins(*starts: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(starts)


def _brands(head: bytes) -> set[bytes]:
    """Of an ISO base media file: what programs for which brands can read it."""
    end = min(int.from_bytes(head[:4], "big"), 256)
    return {head[i : i + 4] for i in range(8, end, 4)} if head[4:8] == b"ftyp" else set()


def _major_brand(*brands: bytes) -> Callable[[bytes], bool]:
    return lambda head: head[4:8] == b"ftyp" and head[8:12] in brands


def _is_mp4(head: bytes) -> bool:
    return head[4:8] == b"ftyp" and head[8:11] in (b"iso", b"mp4", b"avc", b"M4V", b"das", b"f4v", b"MSN")


def _riff(kind: bytes) -> Callable[[bytes], bool]:
    return lambda head: head[:4] in (b"RIFF", b"RF64") and head[8:12] == kind


def _matroska(kind: bytes) -> Callable[[bytes], bool]:
    """By the element DocType of its header."""
    return lambda head: head[:4] == b"\x1aE\xdf\xa3" and b"B\x82" + bytes([0x80 + len(kind)]) + kind in head[:128]


def _ogg(codec: bytes) -> Callable[[bytes], bool]:
    """By the first packet of its first page, whose table of segments has one entry."""
    return lambda head: head[:4] == b"OggS" and head[28 : 28 + len(codec)] == codec


def _frames(layer: int) -> Callable[[bytes], bool]:
    """A frame of MPEG sound of this layer (as its bits count: III is 1), whose rates can be."""

    def fits(head: bytes) -> bool:
        sync, version_and_layer, rates = [*head[:3], 0, 0, 0][:3]
        frame = sync == 0xFF and version_and_layer & 0xE6 == 0xE0 | layer << 1 and version_and_layer & 0x18 != 0x08
        return frame and rates >> 4 not in (0, 15) and rates & 0x0C != 0x0C

    return fits


def _is_transport_stream(head: bytes) -> bool:
    """Packets of 188 bytes, each after four more on discs."""
    return any(
        len(head) > 2 * size and {head[skip], head[skip + size], head[skip + 2 * size]} == {0x47}
        for skip, size in ((0, 188), (4, 192))
    )


def _asf(films: bool) -> Callable[[bytes], bool]:
    """With or without a stream of pictures in its header."""
    return lambda head: head.startswith(_ASF) and (_ASF_PICTURES in head) == films


def _compressed(by: str, tar: bool) -> Callable[[bytes], bool]:
    """What was compressed so, and whose inside is a tar, or is none; false if the head does not tell."""
    return lambda head: insides.is_compressed(head, by) and insides.tells_tar(head, by) is tar


def _office(pattern: str, type: bytes) -> Callable[[bytes], bool]:
    """A zip one of whose first parts is called so, or whose list of types names this one."""
    compiled = re.compile(pattern)
    return lambda head: any(
        compiled.fullmatch(name) or (name == "[Content_Types].xml" and type in content)
        for name, content in insides.zip_parts(head)
    )


def _open_document(id: str) -> Callable[[bytes], bool]:
    """A zip that begins with its media type."""
    wanted = ("mimetype", formats.by_id(id).media_type.encode())
    return lambda head: next(insides.zip_parts(head), None) == wanted


def _is_plain_zip(head: bytes) -> bool:
    """One that is not another format's wrapping."""
    wrapped = {name for name, _ in insides.zip_parts(head)} & {"[Content_Types].xml", "mimetype"}
    return head[:4] in (b"PK\3\4", b"PK\5\6") and not wrapped


def _is_ndjson(head: bytes) -> bool:
    """One object a line, of which the head has the first whole."""
    first, _, rest = _text(head).strip().partition("\n")
    try:
        return rest.lstrip().startswith("{") and isinstance(json.loads(first), dict)
    except (ValueError, RecursionError):
        return False


def _text(head: bytes) -> str:
    """The head as text, whose letters beyond ASCII do not matter here; empty if it is none."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return head.decode("utf-16", errors="replace")
    return "" if b"\0" in head else head.decode("utf-8-sig", errors="replace")


def _matches(pattern: str) -> Callable[[bytes], bool]:
    """Text that begins so, after any white space."""
    compiled = re.compile(rf"\s*(?:{pattern})", re.IGNORECASE)
    return lambda head: compiled.match(_text(head)) is not None


def _is_targa(head: bytes) -> bool:
    """Targa files have no signature; of other files this is false more often than not."""
    known = len(head) >= 18 and head[1] <= 1 and head[2] in _TARGA_TYPES and head[16] in _TARGA_DEPTHS
    return known and head[12:14] != b"\0\0" and head[14:16] != b"\0\0"


_ASF = bytes.fromhex("3026b2758e66cf11")
_ASF_PICTURES = bytes.fromhex("c0ef19bc4d5bcf11a8fd00805f5c442b")
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_SHEETS = b"spreadsheetml.sheet.main"

_COMPRESSIONS = ("gz", "bz2", "xz", "zst")
_REST_OF_PROLOGUE = r"[^>]*>\s*(?:<!--(?s:.)*?-->\s*|<!(?!--)[^>\[]*>\s*)*"
_PROLOGUE = r"(?:<\?xml\b[^>]*>\s*)?(?:<!--(?s:.)*?-->\s*)*"

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
    "3gp": lambda head: head[4:8] == b"ftyp" and head[8:10] == b"3g",
    "m4a": _major_brand(b"M4A ", b"M4B "),
    "mp4": _is_mp4,
    "webm": _matroska(b"webm"),
    "mkv": _matroska(b"matroska"),
    "avi": _riff(b"AVI "),
    "wav": _riff(b"WAVE"),
    "opus": _ogg(b"OpusHead"),
    "ogg": _ogg(b"\x01vorbis"),
    "ogv": _ogg(b"\x80theora"),
    "wmv": _asf(films=True),
    "wma": _asf(films=False),
    "flv": _begins(b"FLV\1"),
    "mpeg": _begins(b"\0\0\1\xba"),
    "ts": _is_transport_stream,
    "amr": _begins(b"#!AMR\n"),
    "ac3": _begins(b"\x0bw"),
    "flac": _begins(b"fLaC"),
    "aiff": lambda head: head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"),
    "mp3": lambda head: head[:3] == b"ID3" or _frames(layer=1)(head),
    "mp2": _frames(layer=2),
    "aac": lambda head: head[:1] == b"\xff" and head[1:2] in b"\xf0\xf1\xf8\xf9" and len(head) > 7,
    "ttf": _begins(b"\0\1\0\0\0", b"true\0"),
    "otf": _begins(b"OTTO\0"),
    "woff": _begins(b"wOFF"),
    "woff2": _begins(b"wOF2"),
    "vtt": _matches(r"WEBVTT\b"),
    "ass": _matches(r"\[Script Info\](?s:.)*?ScriptType: ?v4\.00\+"),
    "ssa": _matches(r"\[Script Info\]"),
    "srt": _matches(r"\d+\s*\n\s*\d+:\d\d:\d\d[,.]\d+ *--> *\d"),
    "sub": _matches(r"\{\d+\}\{\d*\}"),
    "mpl2": _matches(r"\[\d+\]\[\d*\]"),
    "sami": _matches(r"<SAMI\b"),
    "ttml": _matches(rf"{_PROLOGUE}<(?:\w+:)?tt\s"),
    "html": _matches(rf"{_PROLOGUE}<(?:!doctype\s+html|html)\b"),
    "xml": _matches(rf"<\?xml\b(?!{_REST_OF_PROLOGUE}<svg\b)"),
    "parquet": _begins(b"PAR1"),
    "xlsb": _office(r"xl/workbook\.bin", b"sheet.binary"),
    "xlsx": _office(r"xl/(?!.*\.bin$).*", _SHEETS),
    "ods": _open_document("ods"),
    "xls": lambda head: head.startswith(_OLE) and "Workbook".encode("utf-16-le") in head,
    "ndjson": _is_ndjson,
    "7z": _begins(b"7z\xbc\xaf\x27\x1c"),
    "zip": _is_plain_zip,
    "tar": insides.is_tar,
    **{f"tar.{by}": _compressed(by, tar=True) for by in _COMPRESSIONS},
    **{by: _compressed(by, tar=False) for by in _COMPRESSIONS},
}
# What their names say of files, if the content may be it.
_UNSIGNED: dict[str, Callable[[bytes], bool]] = {
    "tga": _is_targa,
    "json": _matches(r"[\[{\"\d-]|true|false|null"),
    "yaml": _matches(r"(?s:.)"),
    "toml": _matches(r"[#\[\w\"']"),
    "xml": _matches(r"<[^!?]"),
    "csv": _matches(r"(?s:.)"),
    "tsv": _matches(r"(?s:.)"),
    "ndjson": _matches(r"\{"),
    "md": _matches(r"(?s:.)"),
    "html": _matches(r"(?s:.)*?<\w"),
    "xls": _begins(_OLE),
    "xlsx": _begins(_OLE),  # encrypted
    **{f"tar.{by}": partial(insides.is_compressed, by=by) for by in _COMPRESSIONS},
}
# What else it must be, if neither its head nor its name tells more.
_LAST = {by: partial(insides.is_compressed, by=by) for by in _COMPRESSIONS}


def _by_name(head: bytes, name: str) -> Format | None:
    promised = formats.by_extension(name)
    fits = _UNSIGNED.get(promised.id) if promised else None
    return promised if fits and fits(head) else None
