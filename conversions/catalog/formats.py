"""The formats: what each is called and what it can hold. How to tell them apart is in detection.py."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What sort of thing a file holds; lists are grouped by it."""

    IMAGE = "image"
    VECTOR = "vector"
    MODEL = "model"
    DOCUMENT = "document"
    TABLE = "table"
    DATA = "data"
    MAP = "map"
    AUDIO = "audio"
    VIDEO = "video"
    SUBTITLES = "subtitles"
    FONT = "font"
    ARCHIVE = "archive"


KINDS = {
    Kind.IMAGE: "Pictures",
    Kind.VECTOR: "Drawings",
    Kind.MODEL: "3-D models",
    Kind.DOCUMENT: "Documents",
    Kind.TABLE: "Tables",
    Kind.DATA: "Data",
    Kind.MAP: "Maps",
    Kind.AUDIO: "Sound",
    Kind.VIDEO: "Videos",
    Kind.SUBTITLES: "Subtitles",
    Kind.FONT: "Fonts",
    Kind.ARCHIVE: "Archives",
}
"""What people call each."""


@dataclass(frozen=True)
class Format:
    """A file format. `animated` formats hold frames in time, `pages` formats pictures one after the other. What
    keeps so much that it may stand in the middle of a route `leads_to` formats of these kinds. No route makes files of
    another kind into what is `of_own_kind`: nobody wants a table as slides. Where no engine reads it, a file is
    taken as what it is `also`."""

    id: str
    name: str
    extensions: tuple[str, ...]
    media_type: str
    kind: Kind
    lossy: bool = False
    alpha: bool = False
    animated: bool = False
    pages: bool = False
    leads_to: frozenset[Kind] = frozenset()
    of_own_kind: bool = False
    also: str = ""

    @property
    def extension(self) -> str:
        """The usual ending of a name, without the dot."""
        return self.extensions[0]


_OFFICE = "application/vnd.openxmlformats-officedocument"
_EXCEL, _OPEN_DOCUMENT = "application/vnd.ms-excel", "application/vnd.oasis.opendocument"
_ON_PAGES = frozenset({Kind.IMAGE, Kind.DOCUMENT})
_TO_DOCUMENTS = frozenset({Kind.DOCUMENT})
FORMATS = (
    Format("jpeg", "JPEG", ("jpg", "jpeg", "jpe", "jfif"), "image/jpeg", Kind.IMAGE, lossy=True),
    Format("png", "PNG", ("png",), "image/png", Kind.IMAGE, alpha=True, leads_to=_ON_PAGES),
    Format("webp", "WebP", ("webp",), "image/webp", Kind.IMAGE, lossy=True, alpha=True, animated=True),
    Format("avif", "AVIF", ("avif",), "image/avif", Kind.IMAGE, lossy=True, alpha=True),
    Format("gif", "GIF", ("gif",), "image/gif", Kind.IMAGE, alpha=True, animated=True),
    Format("tiff", "TIFF", ("tif", "tiff"), "image/tiff", Kind.IMAGE, alpha=True, pages=True),
    Format("heic", "HEIC", ("heic", "heif"), "image/heic", Kind.IMAGE, lossy=True, alpha=True, of_own_kind=True),
    Format("bmp", "BMP", ("bmp", "dib"), "image/bmp", Kind.IMAGE),
    Format("ico", "Icon", ("ico",), "image/vnd.microsoft.icon", Kind.IMAGE, alpha=True),
    Format("icns", "Apple icon", ("icns",), "image/icns", Kind.IMAGE, alpha=True),
    Format("psd", "Photoshop", ("psd",), "image/vnd.adobe.photoshop", Kind.IMAGE, alpha=True),
    Format("tga", "Targa", ("tga",), "image/x-tga", Kind.IMAGE, alpha=True, of_own_kind=True),
    Format(
        "jp2", "JPEG 2000", ("jp2", "jpx", "j2k"), "image/jp2", Kind.IMAGE, lossy=True, alpha=True, of_own_kind=True
    ),
    Format("ppm", "PPM", ("ppm", "pgm", "pbm", "pnm"), "image/x-portable-anymap", Kind.IMAGE, of_own_kind=True),
    Format("dng", "DNG", ("dng",), "image/x-adobe-dng", Kind.IMAGE),
    Format("cr2", "Canon CR2", ("cr2",), "image/x-canon-cr2", Kind.IMAGE),
    Format("cr3", "Canon CR3", ("cr3",), "image/x-canon-cr3", Kind.IMAGE),
    Format("nef", "Nikon NEF", ("nef", "nrw"), "image/x-nikon-nef", Kind.IMAGE),
    Format("arw", "Sony ARW", ("arw", "sr2"), "image/x-sony-arw", Kind.IMAGE),
    Format("raf", "Fujifilm RAF", ("raf",), "image/x-fuji-raf", Kind.IMAGE),
    Format("orf", "Olympus ORF", ("orf",), "image/x-olympus-orf", Kind.IMAGE),
    Format("rw2", "Panasonic RW2", ("rw2",), "image/x-panasonic-rw2", Kind.IMAGE),
    Format("pef", "Pentax PEF", ("pef",), "image/x-pentax-pef", Kind.IMAGE),
    Format("srw", "Samsung SRW", ("srw",), "image/x-samsung-srw", Kind.IMAGE),
    Format("svg", "SVG", ("svg",), "image/svg+xml", Kind.VECTOR, alpha=True),
    Format("glb", "glTF binary", ("glb",), "model/gltf-binary", Kind.MODEL),
    Format("gltf", "glTF", ("gltf",), "model/gltf+json", Kind.MODEL, also="json"),
    Format("obj", "OBJ", ("obj",), "model/obj", Kind.MODEL),
    Format("ply", "PLY", ("ply",), "application/ply", Kind.MODEL),
    Format("stl", "STL", ("stl",), "model/stl", Kind.MODEL),
    Format("off", "OFF", ("off",), "model/off", Kind.MODEL),
    Format("pdf", "PDF", ("pdf",), "application/pdf", Kind.DOCUMENT, pages=True),
    Format(
        id="docx",
        name="Word",
        extensions=("docx", "docm"),
        media_type=f"{_OFFICE}.wordprocessingml.document",
        kind=Kind.DOCUMENT,
        leads_to=_TO_DOCUMENTS,
    ),
    Format("doc", "Word 97", ("doc", "dot"), "application/msword", Kind.DOCUMENT, of_own_kind=True),
    Format("odt", "OpenDocument text", ("odt",), f"{_OPEN_DOCUMENT}.text", Kind.DOCUMENT),
    Format("rtf", "Rich text", ("rtf",), "application/rtf", Kind.DOCUMENT),
    Format("epub", "EPUB", ("epub",), "application/epub+zip", Kind.DOCUMENT, of_own_kind=True),
    Format("md", "Markdown", ("md", "markdown"), "text/markdown", Kind.DOCUMENT),
    Format("html", "HTML", ("html", "htm"), "text/html", Kind.DOCUMENT, leads_to=_TO_DOCUMENTS),
    Format("txt", "Plain text", ("txt", "text"), "text/plain", Kind.DOCUMENT),
    Format(
        id="pptx",
        name="PowerPoint",
        extensions=("pptx",),
        media_type=f"{_OFFICE}.presentationml.presentation",
        kind=Kind.DOCUMENT,
        leads_to=_TO_DOCUMENTS,
        of_own_kind=True,
    ),
    Format("ppt", "PowerPoint 97", ("ppt", "pps"), "application/vnd.ms-powerpoint", Kind.DOCUMENT, of_own_kind=True),
    Format("odp", "OpenDocument slides", ("odp",), f"{_OPEN_DOCUMENT}.presentation", Kind.DOCUMENT, of_own_kind=True),
    Format("latex", "LaTeX", ("tex", "latex", "ltx"), "text/x-tex", Kind.DOCUMENT),
    Format("typst", "Typst", ("typ",), "text/vnd.typst", Kind.DOCUMENT),
    Format("rst", "reStructuredText", ("rst", "rest"), "text/x-rst", Kind.DOCUMENT),
    Format("asciidoc", "AsciiDoc", ("adoc", "asciidoc"), "text/asciidoc", Kind.DOCUMENT),
    Format("org", "Org", ("org",), "text/org", Kind.DOCUMENT),
    Format("ipynb", "Jupyter notebook", ("ipynb",), "application/x-ipynb+json", Kind.DOCUMENT, of_own_kind=True),
    Format("fb2", "FictionBook", ("fb2",), "application/x-fictionbook+xml", Kind.DOCUMENT, of_own_kind=True),
    Format("docbook", "DocBook", ("dbk", "docbook"), "application/docbook+xml", Kind.DOCUMENT, of_own_kind=True),
    Format("jats", "JATS", ("jats", "nxml"), "application/jats+xml", Kind.DOCUMENT, of_own_kind=True),
    Format("opml", "OPML", ("opml",), "text/x-opml", Kind.DOCUMENT),
    Format("icml", "InCopy", ("icml",), "application/x-icml", Kind.DOCUMENT, of_own_kind=True),
    Format("mediawiki", "MediaWiki", ("wiki", "mediawiki"), "text/x-mediawiki", Kind.DOCUMENT),
    Format("dokuwiki", "DokuWiki", ("dokuwiki",), "text/x-dokuwiki", Kind.DOCUMENT),
    Format("textile", "Textile", ("textile",), "text/x-textile", Kind.DOCUMENT),
    Format("man", "Manual page", ("man", *"123456789"), "text/troff", Kind.DOCUMENT),
    Format("csv", "CSV", ("csv",), "text/csv", Kind.TABLE),
    Format("xlsx", "Excel", ("xlsx", "xlsm"), f"{_OFFICE}.spreadsheetml.sheet", Kind.TABLE, pages=True),
    Format("ods", "OpenDocument table", ("ods",), f"{_OPEN_DOCUMENT}.spreadsheet", Kind.TABLE, pages=True),
    Format("tsv", "TSV", ("tsv", "tab"), "text/tab-separated-values", Kind.TABLE),
    Format("ndjson", "NDJSON", ("ndjson", "jsonl"), "application/x-ndjson", Kind.TABLE),
    Format("parquet", "Parquet", ("parquet",), "application/vnd.apache.parquet", Kind.TABLE),
    Format("xls", "Excel 97", ("xls",), "application/vnd.ms-excel", Kind.TABLE, pages=True),
    Format("xlsb", "Excel binary", ("xlsb",), f"{_EXCEL}.sheet.binary.macroEnabled.12", Kind.TABLE, pages=True),
    Format("json", "JSON", ("json",), "application/json", Kind.DATA),
    Format("yaml", "YAML", ("yaml", "yml"), "application/yaml", Kind.DATA),
    Format("toml", "TOML", ("toml",), "application/toml", Kind.DATA),
    Format("xml", "XML", ("xml",), "application/xml", Kind.DATA),
    Format("geojson", "GeoJSON", ("geojson",), "application/geo+json", Kind.MAP, also="json"),
    Format("gpkg", "GeoPackage", ("gpkg",), "application/geopackage+sqlite3", Kind.MAP),
    Format("kml", "KML", ("kml",), "application/vnd.google-earth.kml+xml", Kind.MAP, also="xml"),
    Format("gpx", "GPX", ("gpx",), "application/gpx+xml", Kind.MAP, also="xml"),
    Format("fgb", "FlatGeobuf", ("fgb",), "application/flatgeobuf", Kind.MAP),
    Format("shp", "Shapefile (zipped)", ("shp.zip",), "application/zip", Kind.MAP, also="zip"),
    Format("mp4", "MP4", ("mp4", "m4v"), "video/mp4", Kind.VIDEO, lossy=True),
    Format("webm", "WebM", ("webm",), "video/webm", Kind.VIDEO, lossy=True),
    Format("mkv", "Matroska", ("mkv",), "video/x-matroska", Kind.VIDEO, lossy=True),
    Format("mov", "QuickTime", ("mov", "qt"), "video/quicktime", Kind.VIDEO, lossy=True),
    Format("avi", "AVI", ("avi",), "video/x-msvideo", Kind.VIDEO, lossy=True),
    Format("wmv", "Windows Media Video", ("wmv", "asf"), "video/x-ms-wmv", Kind.VIDEO, lossy=True),
    Format("flv", "Flash Video", ("flv",), "video/x-flv", Kind.VIDEO, lossy=True),
    Format("mpeg", "MPEG", ("mpg", "mpeg", "vob"), "video/mpeg", Kind.VIDEO, lossy=True),
    Format("ts", "MPEG transport stream", ("ts", "mts", "m2ts"), "video/mp2t", Kind.VIDEO, lossy=True),
    Format("3gp", "3GPP", ("3gp", "3g2"), "video/3gpp", Kind.VIDEO, lossy=True),
    Format("ogv", "Ogg Theora", ("ogv",), "video/ogg", Kind.VIDEO, lossy=True),
    Format("mp3", "MP3", ("mp3",), "audio/mpeg", Kind.AUDIO, lossy=True),
    Format("m4a", "M4A", ("m4a",), "audio/mp4", Kind.AUDIO, lossy=True),
    Format("ogg", "Ogg Vorbis", ("ogg", "oga"), "audio/ogg", Kind.AUDIO, lossy=True),
    Format("opus", "Opus", ("opus",), "audio/opus", Kind.AUDIO, lossy=True),
    Format("flac", "FLAC", ("flac",), "audio/flac", Kind.AUDIO),
    Format("wav", "WAV", ("wav",), "audio/x-wav", Kind.AUDIO),
    Format("aiff", "AIFF", ("aif", "aiff", "aifc"), "audio/x-aiff", Kind.AUDIO),
    Format("aac", "AAC", ("aac",), "audio/aac", Kind.AUDIO, lossy=True),
    Format("ac3", "Dolby Digital", ("ac3",), "audio/ac3", Kind.AUDIO, lossy=True),
    Format("mp2", "MP2", ("mp2",), "audio/x-mp2", Kind.AUDIO, lossy=True),
    Format("wma", "Windows Media Audio", ("wma",), "audio/x-ms-wma", Kind.AUDIO, lossy=True),
    Format("amr", "AMR", ("amr",), "audio/amr", Kind.AUDIO, lossy=True),
    Format("srt", "SubRip", ("srt",), "application/x-subrip", Kind.SUBTITLES),
    Format("vtt", "WebVTT", ("vtt",), "text/vtt", Kind.SUBTITLES),
    Format("ass", "Advanced SubStation", ("ass",), "text/x-ass", Kind.SUBTITLES),
    Format("ssa", "SubStation Alpha", ("ssa",), "text/x-ssa", Kind.SUBTITLES),
    Format("sub", "MicroDVD", ("sub",), "text/x-microdvd", Kind.SUBTITLES),
    Format("mpl2", "MPL2", ("mpl", "mpl2"), "text/x-mpl2", Kind.SUBTITLES),
    Format("sami", "SAMI", ("smi", "sami"), "application/x-sami", Kind.SUBTITLES),
    Format("ttml", "TTML", ("ttml", "dfxp"), "application/ttml+xml", Kind.SUBTITLES),
    Format("ttf", "TrueType", ("ttf",), "font/ttf", Kind.FONT),
    Format("otf", "OpenType", ("otf",), "font/otf", Kind.FONT),
    Format("woff", "WOFF", ("woff",), "font/woff", Kind.FONT),
    Format("woff2", "WOFF2", ("woff2",), "font/woff2", Kind.FONT),
    Format("zip", "ZIP", ("zip",), "application/zip", Kind.ARCHIVE),
    Format("7z", "7-Zip", ("7z",), "application/x-7z-compressed", Kind.ARCHIVE),
    Format("tar", "tar", ("tar",), "application/x-tar", Kind.ARCHIVE),
    Format("tar.gz", "tar.gz", ("tar.gz", "tgz"), "application/gzip", Kind.ARCHIVE),
    Format("tar.bz2", "tar.bz2", ("tar.bz2", "tbz2", "tbz"), "application/x-bzip2", Kind.ARCHIVE),
    Format("tar.xz", "tar.xz", ("tar.xz", "txz"), "application/x-xz", Kind.ARCHIVE),
    Format("tar.zst", "tar.zst", ("tar.zst", "tzst"), "application/zstd", Kind.ARCHIVE),
    Format("gz", "gzip", ("gz",), "application/gzip", Kind.ARCHIVE),
    Format("bz2", "bzip2", ("bz2",), "application/x-bzip2", Kind.ARCHIVE),
    Format("xz", "xz", ("xz",), "application/x-xz", Kind.ARCHIVE),
    Format("zst", "Zstandard", ("zst",), "application/zstd", Kind.ARCHIVE),
)
_BY_ID = {format.id: format for format in FORMATS}
_BY_EXTENSION = {extension: format for format in FORMATS for extension in format.extensions}


def get(id: str) -> Format | None:
    """The format of that id, if there is one."""
    return _BY_ID.get(id)


def by_id(id: str) -> Format:
    """The format of an id that is known to be in the table; `KeyError` otherwise."""
    return _BY_ID[id]


def by_extension(name: str) -> Format | None:
    """The format that a file's name promises, which says nothing about its content."""
    return _BY_EXTENSION.get(ending(name).lower())


def ending(name: str) -> str:
    """What comes after the name's last dot, or after the last but one where that is known: "tar.gz". May be empty."""
    rest, dot, last = name.rpartition(".")
    two = f"{rest.rpartition('.')[2]}.{last}"
    return two if "." in rest.strip(".") and two.lower() in _BY_EXTENSION else last if dot else ""
