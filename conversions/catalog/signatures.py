"""What the formats look like at their beginning."""

from functools import partial

from conversions.catalog import insides
from conversions.catalog.heads import (
    Test,
    asf,
    begins,
    brands,
    camera_raw,
    compressed,
    frames,
    geo_package,
    is_dng,
    is_gltf,
    is_mp4,
    is_ndjson,
    is_pdf,
    is_plain_zip,
    is_stl,
    is_targa,
    is_transport_stream,
    major_brand,
    matches,
    matroska,
    office,
    ogg,
    open_document,
    riff,
    shapes,
)

_HEIC = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"})
_AVIF = frozenset({b"avif", b"avis"})
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")

_COMPRESSIONS = ("gz", "bz2", "xz", "zst")
# Atomic and possessive: a head of nothing but comments would else be tried in as many ways as there are to divide them.
_PROLOGUE = r"(?>(?:<!--(?s:.)*?-->|<\?(?s:.)*?\?>)\s*)*+"
_DOCTYPE = rf"(?:<!DOCTYPE\b(?>[^\[>]+|\[(?s:.)*?\])*+>\s*)?{_PROLOGUE}"
_ROOT = _PROLOGUE + _DOCTYPE
# Of JSON, before the one that matters: of texts, numbers, and objects and lists that hold little.
_MEMBERS = r'(?>\s*"[^"]*"\s*:\s*(?>"[^"]*"|[\w.+-]+|\[[^\[\]{}]*\]|\{[^{}]*+(?>\{[^{}]*\}[^{}]*)*+\})\s*,)*+'
_TOML = matches(r"[#\[\w\"']")
_DOCBOOK = r"(?:article|book|chapter|section|refentry|part|set)\b"

# What puremagic takes for something else, or knows by another name.
SIGNATURES: dict[str, Test] = {
    # Raw photographs, of which most are a TIFF too.
    "cr2": lambda head: head[:4] == b"II*\0" and head[8:10] == b"CR",
    "dng": is_dng,
    "nef": camera_raw(b"nikon"),
    "arw": camera_raw(b"sony"),
    "pef": camera_raw(b"pentax", b"ricoh"),
    "srw": camera_raw(b"samsung"),
    "cr3": major_brand(b"crx "),
    "raf": begins(b"FUJIFILMCCD-RAW"),
    "orf": begins(b"IIRO", b"IIRS", b"MMOR"),
    "rw2": begins(b"IIU\0"),
    "tiff": begins(b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
    # Either may stand among the compatible brands alone, where puremagic does not look.
    "avif": lambda head: not brands(head).isdisjoint(_AVIF),
    "heic": lambda head: not brands(head).isdisjoint(_HEIC),
    "ico": begins(b"\0\0\1\0"),
    "icns": begins(b"icns"),
    "psd": begins(b"8BPS\0\1", b"8BPS\0\2"),
    "jp2": begins(b"\0\0\0\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51"),
    "ppm": lambda head: head[:1] == b"P" and head[1:2] in b"123456" and head[2:3] in b" \t\r\n" and len(head) > 8,
    "bmp": lambda head: head[:2] == b"BM" and head[6:10] == bytes(4),
    "mov": major_brand(b"qt  "),
    "3gp": lambda head: head[4:8] == b"ftyp" and head[8:10] == b"3g",
    "m4a": major_brand(b"M4A ", b"M4B "),
    "mp4": is_mp4,
    "webm": matroska(b"webm"),
    "mkv": matroska(b"matroska"),
    "avi": riff(b"AVI "),
    "wav": riff(b"WAVE"),
    "opus": ogg(b"OpusHead"),
    "ogg": ogg(b"\x01vorbis"),
    "ogv": ogg(b"\x80theora"),
    "wmv": asf(films=True),
    "wma": asf(films=False),
    "flv": begins(b"FLV\1"),
    "mpeg": begins(b"\0\0\1\xba"),
    "ts": is_transport_stream,
    "amr": begins(b"#!AMR\n"),
    "ac3": begins(b"\x0bw"),
    "flac": begins(b"fLaC"),
    "aiff": lambda head: head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"),
    "mp3": lambda head: head[:3] == b"ID3" or frames(layer=1)(head),
    "mp2": frames(layer=2),
    "aac": lambda head: head[:1] == b"\xff" and head[1:2] in b"\xf0\xf1\xf8\xf9" and len(head) > 7,
    "ttf": begins(b"\0\1\0\0\0", b"true\0"),
    "otf": begins(b"OTTO\0"),
    "woff": begins(b"wOFF"),
    "woff2": begins(b"wOF2"),
    "vtt": matches(r"WEBVTT\b"),
    "ass": matches(r"\[Script Info\](?s:.)*?ScriptType: ?v4\.00\+"),
    "ssa": matches(r"\[Script Info\]"),
    "srt": matches(r"\d+\s*\n\s*\d+:\d\d:\d\d[,.]\d+ *--> *\d"),
    "sub": matches(r"\{\d+\}\{\d*\}"),
    "mpl2": matches(r"\[\d+\]\[\d*\]"),
    "sami": matches(r"<SAMI\b"),
    "ttml": matches(rf"{_PROLOGUE}<(?:\w+:)?tt\s"),
    "docx": office(r"word/.*\.(?:xml|rels)", b"wordprocessingml.document"),
    "pptx": office(r"ppt/.*\.(?:xml|rels)", b"presentationml.presentation"),
    "odt": open_document("odt"),
    "odp": open_document("odp"),
    "epub": open_document("epub"),
    "pdf": is_pdf,
    "rtf": begins(b"{\\rtf"),
    "svg": matches(rf"{_ROOT}<(?:svg:)?svg\b"),
    "html": matches(rf"{_PROLOGUE}<(?:!doctype\s+html|html)\b"),
    "fb2": matches(rf"{_ROOT}<FictionBook\b"),
    "opml": matches(rf"{_ROOT}<opml\b"),
    "icml": matches(r"<\?xml\b[^>]*>\s*<\?aid\b"),
    "jats": matches(rf"{_PROLOGUE}(?:<!DOCTYPE\s+article\b[^>]*\bJATS\b|{_DOCTYPE}<article\b[^>]*\bdtd-version=)"),
    "docbook": matches(
        rf"{_PROLOGUE}(?:<!DOCTYPE\s+\w+\s[^>]*DocBook|{_DOCTYPE}<{_DOCBOOK}[^>]*\bdocbook\.org/ns/docbook)"
    ),
    "gltf": is_gltf,
    "geojson": matches(rf'\{{{_MEMBERS}\s*"type"\s*:\s*"FeatureCollection"'),
    "ipynb": matches(r'\{\s*"(?:cells|metadata|nbformat\w*)"\s*:(?s:.)*?"(?:cell_type|nbformat)"\s*:'),
    "man": matches(r"""(?>(?:['.]\\"[^\n]*|\.(?:nh|ad \w|ie[^\n]*|el[^\n]*))\n\s*)*+\.(?:TH|Dd)\s"""),
    "kml": matches(rf"{_ROOT}<(?:\w+:)?kml\b"),
    "gpx": matches(rf"{_ROOT}<(?:\w+:)?gpx\b"),
    "xml": matches(rf"<\?xml\b(?>(?s:.)*?\?>)\s*{_ROOT}<\w"),
    "glb": begins(b"glTF\2\0\0\0"),
    "ply": begins(b"ply\n", b"ply\r"),
    "stl": matches(r"solid\b[^\n]*\n\s*facet\s+normal\b"),
    "off": matches(r"C?OFF\s+(?>#[^\n]*\n\s*)*+\d+\s+\d+"),
    "gpkg": geo_package,
    "fgb": begins(b"fgb\3fgb"),
    "shp": shapes,
    "parquet": begins(b"PAR1"),
    "xlsb": office(r"xl/workbook\.bin", b"sheet.binary"),
    "xlsx": office(r"xl/(?!.*\.bin).*\.(?:xml|rels)", b"spreadsheetml.sheet.main"),
    "ods": open_document("ods"),
    "xls": lambda head: head.startswith(_OLE) and "Workbook".encode("utf-16-le") in head,
    "doc": lambda head: head.startswith(_OLE) and "WordDocument".encode("utf-16-le") in head,
    "ppt": lambda head: head.startswith(_OLE) and "PowerPoint Document".encode("utf-16-le") in head,
    "ndjson": is_ndjson,
    "7z": begins(b"7z\xbc\xaf\x27\x1c"),
    "tar": insides.is_tar,
    **{f"tar.{by}": compressed(by, tar=True) for by in _COMPRESSIONS},
    **{by: compressed(by, tar=False) for by in _COMPRESSIONS},
}
# What their names say of files, if the content may be it.
UNSIGNED: dict[str, Test] = {
    "tga": is_targa,
    "json": matches(r"[\[{\"\d-]|true|false|null"),
    "yaml": matches(r"(?s:.)"),
    "toml": lambda head: _TOML(head) or head.isspace(),  # it may hold nothing
    **dict.fromkeys(("gltf", "geojson"), matches(r"\{")),
    **dict.fromkeys(("kml", "gpx"), matches(r"<")),
    "stl": is_stl,
    "obj": matches(r"(?>#[^\n]*\n\s*)*+(?:mtllib|usemtl|o|g|s|v|vn|vt)\s"),
    **dict.fromkeys(("xml", "svg"), matches(r"<")),
    "csv": matches(r"(?s:.)"),
    "tsv": matches(r"(?s:.)"),
    "ndjson": matches(r"\{"),
    **dict.fromkeys(("xls", "doc", "ppt"), begins(_OLE)),
    "xlsx": begins(_OLE, b"PK\3\4"),  # the former: encrypted
    **{f"tar.{by}": partial(insides.is_compressed, by=by) for by in _COMPRESSIONS},
    "html": matches(r"(?s:.)*?<\w"),
    **dict.fromkeys(("docx", "pptx", "odt", "odp", "epub", "xlsb", "ods", "zip", "shp"), begins(b"PK\3\4")),
    "docbook": matches(rf"{_ROOT}<{_DOCBOOK}"),
    "jats": matches(rf"{_ROOT}<article\b"),
    "latex": matches(r"(?s:.)*?\\"),
    **dict.fromkeys(
        ("md", "txt", "typst", "rst", "asciidoc", "org", "mediawiki", "dokuwiki", "textile"), matches(r"(?s:.)")
    ),
}
# What else it must be, if neither its head nor its name tells more.
LAST: dict[str, Test] = {
    "xml": matches(r"<\?xml\b"),
    "zip": is_plain_zip,
    **{by: partial(insides.is_compressed, by=by) for by in _COMPRESSIONS},
}
