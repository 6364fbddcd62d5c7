"""Documents of every kind, by the program pandoc: what it reads and writes here. How far it is, it never says."""

from conversions.engines import limits
from conversions.engines.engine import Engine, Kind, Stage, Way
from conversions.engines.limits import Limit

# Those without pictures of their own, which are text and nothing else.
MARKUP = (
    "md",
    "html",
    "txt",
    "latex",
    "typst",
    "rst",
    "asciidoc",
    "org",
    "fb2",
    "docbook",
    "jats",
    "opml",
    "mediawiki",
    "dokuwiki",
    "textile",
    "man",
    "ipynb",
)
WRAPPED = frozenset({"docx", "odt", "epub", "pptx"})
READS = ("docx", "odt", "rtf", "epub", "pptx", *MARKUP)
# What each loses of what others hold: nothing, some layout, pictures, most layout, all but the words, all but headings.
WRITES = {
    **dict.fromkeys(("epub", "html"), 0.0),
    **dict.fromkeys(("docx", "odt"), 0.5),
    **dict.fromkeys(("rtf", "fb2", "ipynb", "icml"), 1.0),
    **dict.fromkeys(("md", "latex", "typst", "rst", "asciidoc", "org", "docbook", "jats", "mediawiki"), 2.0),
    **dict.fromkeys(("pptx", "dokuwiki", "textile"), 3.0),
    **dict.fromkeys(("txt", "man"), 5.0),
    "opml": 8.0,
}


def counted(source: str) -> tuple[Limit, ...]:
    """The limits of reading it."""
    return (limits.DOCUMENT_TIME, *((limits.DOCUMENT_PARTS,) if source in WRAPPED else ()))


ENGINE = Engine(
    id="documents",
    work="conversions.engines.documents.work",
    distributions=("pypandoc-binary",),
    ways=tuple(
        Way(source, target, (Stage("encoding", 1.0),), Kind.ESTIMATED, loss=loss, limits=counted(source))
        for source in READS
        for target, loss in WRITES.items()
        if source != target and (source, target) != ("txt", "opml")  # an outline of headings, of which it has none
    ),
)
