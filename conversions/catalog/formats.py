"""The formats: what each is called and what it can hold. How to tell them apart is in detection.py."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What sort of thing a file holds; lists are grouped by it."""

    IMAGE = "image"
    VECTOR = "vector"
    DOCUMENT = "document"
    TABLE = "table"
    DATA = "data"
    AUDIO = "audio"
    VIDEO = "video"
    SUBTITLES = "subtitles"
    FONT = "font"
    ARCHIVE = "archive"


@dataclass(frozen=True)
class Format:
    """A file format. `animated` formats hold frames in time, `pages` formats pictures one after the other. A `bridge`
    keeps so much of what passes through that it may stand in the middle of a route."""

    id: str
    name: str
    extensions: tuple[str, ...]
    media_type: str
    kind: Kind
    lossy: bool = False
    alpha: bool = False
    animated: bool = False
    pages: bool = False
    bridge: bool = False

    @property
    def extension(self) -> str:
        """The usual ending of a name, without the dot."""
        return self.extensions[0]


_OFFICE = "application/vnd.openxmlformats-officedocument"
_OPEN_DOCUMENT = "application/vnd.oasis.opendocument"
FORMATS = (
    Format("jpeg", "JPEG", ("jpg", "jpeg", "jpe", "jfif"), "image/jpeg", Kind.IMAGE, lossy=True),
    Format("png", "PNG", ("png",), "image/png", Kind.IMAGE, alpha=True, bridge=True),
    Format("webp", "WebP", ("webp",), "image/webp", Kind.IMAGE, lossy=True, alpha=True, animated=True),
    Format("avif", "AVIF", ("avif",), "image/avif", Kind.IMAGE, lossy=True, alpha=True),
    Format("gif", "GIF", ("gif",), "image/gif", Kind.IMAGE, alpha=True, animated=True),
    Format("tiff", "TIFF", ("tif", "tiff"), "image/tiff", Kind.IMAGE, alpha=True, pages=True),
    Format("heic", "HEIC", ("heic", "heif"), "image/heic", Kind.IMAGE, lossy=True, alpha=True),
    Format("bmp", "BMP", ("bmp", "dib"), "image/bmp", Kind.IMAGE),
    Format("ico", "Icon", ("ico",), "image/vnd.microsoft.icon", Kind.IMAGE, alpha=True),
    Format("icns", "Apple icon", ("icns",), "image/icns", Kind.IMAGE, alpha=True),
    Format("psd", "Photoshop", ("psd",), "image/vnd.adobe.photoshop", Kind.IMAGE, alpha=True),
    Format("tga", "Targa", ("tga",), "image/x-tga", Kind.IMAGE, alpha=True),
    Format("jp2", "JPEG 2000", ("jp2", "jpx", "j2k"), "image/jp2", Kind.IMAGE, lossy=True, alpha=True),
    Format("ppm", "PPM", ("ppm", "pgm", "pbm", "pnm"), "image/x-portable-anymap", Kind.IMAGE),
    Format("mp4", "MP4", ("mp4", "m4v"), "video/mp4", Kind.VIDEO, lossy=True),
    Format("webm", "WebM", ("webm",), "video/webm", Kind.VIDEO, lossy=True),
    Format("mkv", "Matroska", ("mkv",), "video/x-matroska", Kind.VIDEO, lossy=True),
    Format("mov", "QuickTime", ("mov", "qt"), "video/quicktime", Kind.VIDEO, lossy=True),
    Format("avi", "AVI", ("avi",), "video/x-msvideo", Kind.VIDEO, lossy=True),
    Format("mp3", "MP3", ("mp3",), "audio/mpeg", Kind.AUDIO, lossy=True),
    Format("m4a", "M4A", ("m4a",), "audio/mp4", Kind.AUDIO, lossy=True),
    Format("ogg", "Ogg Vorbis", ("ogg", "oga"), "audio/ogg", Kind.AUDIO, lossy=True),
    Format("opus", "Opus", ("opus",), "audio/opus", Kind.AUDIO, lossy=True),
    Format("flac", "FLAC", ("flac",), "audio/flac", Kind.AUDIO),
    Format("wav", "WAV", ("wav",), "audio/x-wav", Kind.AUDIO),
    Format("aiff", "AIFF", ("aif", "aiff", "aifc"), "audio/x-aiff", Kind.AUDIO),
    Format("srt", "SubRip", ("srt",), "application/x-subrip", Kind.SUBTITLES),
    Format("vtt", "WebVTT", ("vtt",), "text/vtt", Kind.SUBTITLES),
    Format("ass", "Advanced SubStation", ("ass",), "text/x-ass", Kind.SUBTITLES),
    Format("ssa", "SubStation Alpha", ("ssa",), "text/x-ssa", Kind.SUBTITLES),
    Format("ttf", "TrueType", ("ttf",), "font/ttf", Kind.FONT),
    Format("otf", "OpenType", ("otf",), "font/otf", Kind.FONT),
    Format("woff", "WOFF", ("woff",), "font/woff", Kind.FONT),
    Format("woff2", "WOFF2", ("woff2",), "font/woff2", Kind.FONT),
    Format("json", "JSON", ("json",), "application/json", Kind.DATA),
    Format("yaml", "YAML", ("yaml", "yml"), "application/yaml", Kind.DATA),
    Format("toml", "TOML", ("toml",), "application/toml", Kind.DATA),
    Format("svg", "SVG", ("svg",), "image/svg+xml", Kind.VECTOR, alpha=True),
    Format("pdf", "PDF", ("pdf",), "application/pdf", Kind.DOCUMENT, pages=True),
    Format("docx", "Word", ("docx", "docm"), f"{_OFFICE}.wordprocessingml.document", Kind.DOCUMENT),
    Format("odt", "OpenDocument text", ("odt",), f"{_OPEN_DOCUMENT}.text", Kind.DOCUMENT),
    Format("rtf", "Rich text", ("rtf",), "application/rtf", Kind.DOCUMENT),
    Format("epub", "EPUB", ("epub",), "application/epub+zip", Kind.DOCUMENT),
    Format("md", "Markdown", ("md", "markdown"), "text/markdown", Kind.DOCUMENT),
    Format("html", "HTML", ("html", "htm"), "text/html", Kind.DOCUMENT),
    Format("txt", "Plain text", ("txt", "text"), "text/plain", Kind.DOCUMENT),
    Format("pptx", "PowerPoint", ("pptx",), f"{_OFFICE}.presentationml.presentation", Kind.DOCUMENT),
    Format("latex", "LaTeX", ("tex", "latex", "ltx"), "text/x-tex", Kind.DOCUMENT),
    Format("typst", "Typst", ("typ",), "text/vnd.typst", Kind.DOCUMENT),
    Format("rst", "reStructuredText", ("rst", "rest"), "text/x-rst", Kind.DOCUMENT),
    Format("asciidoc", "AsciiDoc", ("adoc", "asciidoc"), "text/asciidoc", Kind.DOCUMENT),
    Format("org", "Org", ("org",), "text/org", Kind.DOCUMENT),
    Format("ipynb", "Jupyter notebook", ("ipynb",), "application/x-ipynb+json", Kind.DOCUMENT),
    Format("fb2", "FictionBook", ("fb2",), "application/x-fictionbook+xml", Kind.DOCUMENT),
    Format("docbook", "DocBook", ("dbk", "docbook"), "application/docbook+xml", Kind.DOCUMENT),
    Format("jats", "JATS", ("jats", "nxml"), "application/jats+xml", Kind.DOCUMENT),
    Format("opml", "OPML", ("opml",), "text/x-opml", Kind.DOCUMENT),
    Format("icml", "InCopy", ("icml",), "application/x-icml", Kind.DOCUMENT),
    Format("mediawiki", "MediaWiki", ("wiki", "mediawiki"), "text/x-mediawiki", Kind.DOCUMENT),
    Format("dokuwiki", "DokuWiki", ("dokuwiki",), "text/x-dokuwiki", Kind.DOCUMENT),
    Format("textile", "Textile", ("textile",), "text/x-textile", Kind.DOCUMENT),
    Format("man", "Manual page", ("man", *"123456789"), "text/troff", Kind.DOCUMENT),
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
    return _BY_EXTENSION.get(name.rpartition(".")[2].lower())
