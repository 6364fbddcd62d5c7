"""How a file's head tells one format from others: the tests that signatures are made of."""

import json
import re
import struct
from collections.abc import Callable

from conversions.catalog import formats, insides

Test = Callable[[bytes], bool]
_TARGA_TYPES = frozenset({1, 2, 3, 9, 10, 11})
_TARGA_DEPTHS = frozenset({8, 15, 16, 24, 32})
_ASF = bytes.fromhex("3026b2758e66cf11")
_ASF_PICTURES = bytes.fromhex("c0ef19bc4d5bcf11a8fd00805f5c442b")
_MAKE, _PHOTOMETRIC, _SUBFILE, _SUB_IFDS, _DNG_VERSION = 271, 262, 254, 330, 50706  # tags of TIFF
_OF_A_SENSOR, _REDUCED = 32803, 1
_GLTF = re.compile(r'"asset"\s*:\s*\{[^{}]*"version"\s*:\s*"[12]\.')
_GLTF_PARTS = re.compile(r'"(?:accessors|buffers|meshes|nodes|scenes)"\s*:\s*\[')
_STL_FIRST = struct.Struct("<84x12f2x")
_STL_FARTHEST = 1e12


def begins(*starts: bytes) -> Test:
    return lambda head: head.startswith(starts)


def brands(head: bytes) -> set[bytes]:
    """Of an ISO base media file: what programs for which brands can read it."""
    end = min(int.from_bytes(head[:4], "big"), 256)
    return {head[i : i + 4] for i in range(8, end, 4)} if head[4:8] == b"ftyp" else set()


def major_brand(*brands: bytes) -> Test:
    return lambda head: head[4:8] == b"ftyp" and head[8:12] in brands


def is_mp4(head: bytes) -> bool:
    return head[4:8] == b"ftyp" and head[8:11] in (b"iso", b"mp4", b"avc", b"M4V", b"das", b"f4v", b"MSN")


def riff(kind: bytes) -> Test:
    return lambda head: head[:4] in (b"RIFF", b"RF64") and head[8:12] == kind


def matroska(kind: bytes) -> Test:
    """By the element DocType of its header."""
    return lambda head: head[:4] == b"\x1aE\xdf\xa3" and b"B\x82" + bytes([0x80 + len(kind)]) + kind in head[:128]


def ogg(codec: bytes) -> Test:
    """By the first packet of its first page, whose table of segments has one entry."""
    return lambda head: head[:4] == b"OggS" and head[28 : 28 + len(codec)] == codec


def frames(layer: int) -> Test:
    """A frame of MPEG sound of this layer (as its bits count: III is 1), whose rates can be."""

    def fits(head: bytes) -> bool:
        sync, version_and_layer, rates = [*head[:3], 0, 0, 0][:3]
        frame = sync == 0xFF and version_and_layer & 0xE6 == 0xE0 | layer << 1 and version_and_layer & 0x18 != 0x08
        return frame and rates >> 4 not in (0, 15) and rates & 0x0C != 0x0C

    return fits


def is_transport_stream(head: bytes) -> bool:
    """Packets of 188 bytes, each after four more on discs."""
    return any(head[skip : 3 * size : size] == b"GGG" for skip, size in ((0, 188), (4, 192)))


def asf(films: bool) -> Test:
    """With or without a stream of pictures in its header."""
    return lambda head: head.startswith(_ASF) and (_ASF_PICTURES in head) == films


def is_targa(head: bytes) -> bool:
    """Targa files have no signature; of other files this is false more often than not."""
    known = len(head) >= 18 and head[1] <= 1 and head[2] in _TARGA_TYPES and head[16] in _TARGA_DEPTHS
    return known and head[12:14] != b"\0\0" and head[14:16] != b"\0\0"


def compressed(by: str, tar: bool) -> Test:
    """What was compressed so, and whose inside is a tar, or is none; false if the head does not tell."""
    return lambda head: insides.is_compressed(head, by) and insides.tells_tar(head, by) is tar


def office(pattern: str, type: bytes) -> Test:
    """A zip one of whose first parts is called so, or whose list of types names this one."""
    compiled = re.compile(pattern)
    return lambda head: any(
        compiled.fullmatch(name) or (name == "[Content_Types].xml" and type in content)
        for name, content in insides.zip_parts(head)
    )


def open_document(id: str) -> Test:
    """A zip that begins with its media type."""
    wanted = ("mimetype", formats.by_id(id).media_type.encode())
    return lambda head: next(insides.zip_parts(head), None) == wanted


def is_plain_zip(head: bytes) -> bool:
    """One that is not another format's wrapping."""
    wrapped = {name for name, _ in insides.zip_parts(head)} & {"[Content_Types].xml", "mimetype"}
    return head[:4] in (b"PK\3\4", b"PK\5\6") and not wrapped


def _text(head: bytes) -> str:
    """The head as text, whose letters beyond ASCII do not matter here; empty if it is none."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return head.decode("utf-16", errors="replace")
    return "" if b"\0" in head else head.decode("utf-8-sig", errors="replace")


def matches(pattern: str) -> Test:
    """Text that begins so, after any white space."""
    compiled = re.compile(rf"\s*+(?:{pattern})", re.IGNORECASE)
    return lambda head: compiled.match(_text(head)) is not None


def is_pdf(head: bytes) -> bool:
    """Its mark may have text before it; what else holds a PDF has zeros there."""
    before, mark, _ = head[:1024].partition(b"%PDF-")
    return bool(mark) and b"\0" not in before


def is_ndjson(head: bytes) -> bool:
    """One object a line, of which the head has the first whole."""
    first, _, rest = _text(head).strip().partition("\n")
    try:
        return rest.lstrip().startswith("{") and isinstance(json.loads(first), dict)
    except (ValueError, RecursionError):
        return False


def camera_raw(*makes: bytes) -> Test:
    """A TIFF whose first picture is what the sensor saw, or a small one beside that, by a camera of such a make."""

    def fits(head: bytes) -> bool:
        tags = insides.tiff_tags(head)
        is_raw = tags.get(_PHOTOMETRIC) == _OF_A_SENSOR or (tags.get(_SUBFILE) == _REDUCED and _SUB_IFDS in tags)
        return is_raw and head[tags.get(_MAKE, 0) :].lower().startswith(makes)

    return fits


def is_dng(head: bytes) -> bool:
    """A TIFF that says of which version of DNG it is."""
    return _DNG_VERSION in insides.tiff_tags(head)


def is_gltf(head: bytes) -> bool:
    """JSON that says of which version of glTF it is."""
    text = _text(head).lstrip()
    return text.startswith("{") and all(pattern.search(text) for pattern in (_GLTF, _GLTF_PARTS))


def is_stl(head: bytes) -> bool:
    """Binary files have no signature, but a first triangle of numbers."""
    if len(head) < _STL_FIRST.size or not any(head[80:84]):
        return False
    return all(abs(number) < _STL_FARTHEST for number in _STL_FIRST.unpack_from(head))


def geo_package(head: bytes) -> bool:
    """An SQLite database whose application is this."""
    return head.startswith(b"SQLite format 3\0") and head[68:72] in (b"GPKG", b"GP10", b"GP11")


def shapes(head: bytes) -> bool:
    """A zip whose first part is one of those that make up a Shapefile."""
    name, _ = next(insides.zip_parts(head), ("", b""))
    return name.lower().endswith((".shp", ".shx", ".prj", ".cpg", ".dbf"))
