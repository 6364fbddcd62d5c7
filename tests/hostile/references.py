"""Files that name what they do not hold: other files, addresses, programs."""

import json
from functools import partial

from tests.hostile.sample import DONE, Sample, sample, zipped
from tests.integration.conversions.test_pdf import raw_pdf

MISSING = ("other_file_needed", "damaged_file", "engine_failed", "no_text", DONE)
PLACES = {
    "beside": "@BESIDE@",
    "guessed": "@GUESSED@",
    "url": "file://@BESIDE@",
    "readable": "@READABLE@",
    "far": "../../../../../../..@READABLE@",
    "http": "http://@SERVER@/x",
}
_SVG = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"

# By what is named: {0}.
DOCUMENTS = {
    "rst include": ".. include:: {0}\n\nwords\n",
    "rst csv-table": ".. csv-table:: x\n   :file: {0}\n",
    "rst raw": ".. raw:: html\n   :file: {0}\n\n.. raw:: html\n   :url: {0}\n\nwords\n",
    "rst image": ".. image:: {0}\n\nwords\n",
    "org include": '#+INCLUDE: "{0}"\n\nwords [[file:{0}]]\n',
    "org setup": "#+SETUPFILE: {0}\n\nwords\n",
    "latex input": "\\input{{{0}}} words \\lstinputlisting{{{0}}} \\includegraphics{{{0}}} \\verbatiminput{{{0}}}",
    "latex write18": "\\immediate\\write18{{cp {0} output}} \\openin5={0} \\read5 to\\x \\x words",
    "typst read": 'words #read("{0}")',
    "typst import": '#import "{0}": *\nwords',
    "typst image": '#image("{0}")\nwords',
    "typst plugin": '#plugin("{0}")\nwords',
    "typst bibliography": '#bibliography("{0}")\nwords',
    "asciidoc include": "include::{0}[]\n\nwords\n",
    "asciidoc image": "image::{0}[]\n\nwords\n",
    "man so": ".TH x 1\n.so {0}\nwords\n",
    "html elements": '<html><link rel=stylesheet href="{0}"><script src="{0}"></script><img src="{0}" srcset="{0} 2x">'
    '<iframe src="{0}"></iframe><object data="{0}"></object><embed src="{0}"><video poster="{0}" src="{0}"></video>'
    '<meta http-equiv=refresh content="0; url={0}"><style>@import url({0}); p{{background:url({0})}}</style>words',
    "html own": '<html><img src="job.json"><img src="../job.json"><img src="log"><img src="source0">words',
    "html base": '<html><base href="{0}/"><img src="secret.txt">words',
    "md metadata": "---\ncss: {0}\nbibliography: {0}\ncover-image: {0}\nheader-includes: \\input{{{0}}}\n---\n"
    "words ![here]({0})\n",
    "md raw": '```{{=typst}}\n#read("{0}")\n```\n\n```{{=latex}}\n\\input{{{0}}}\n```\n\n<img src="{0}"> words\n',
    "docbook entity": '<!DOCTYPE article [<!ENTITY x SYSTEM "{0}">]><article><para>words &x;</para></article>',
    "docbook include": '<article xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="{0}" parse="text"/>'
    '<para>words <inlinemediaobject><imageobject><imagedata fileref="{0}"/></imageobject></inlinemediaobject></para>'
    "</article>",
    "jats entity": '<!DOCTYPE article SYSTEM "{0}" [<!ENTITY % p SYSTEM "{0}"> %p;]><article dtd-version="1.0"><body>'
    '<p>words</p><graphic xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="{0}"/></body></article>',
    "fb2 entity": '<!DOCTYPE x [<!ENTITY x SYSTEM "{0}">]><FictionBook><body><section><p>words &x;</p></section></body>'
    "</FictionBook>",
    "opml include": '<opml><body><outline text="words" type="include" url="{0}" xmlUrl="{0}"/></body></opml>',
    "mediawiki image": "words [[File:{0}]] {{{{:{0}}}}}\n",
    "dokuwiki image": "words {{{{{0}}}}}\n",
    "textile image": "words !{0}!\n",
    "rtf fields": '{{\\rtf1 {{\\field{{\\*\\fldinst INCLUDETEXT "{0}"}}{{\\fldrslt words}}}}'
    '{{\\field{{\\*\\fldinst INCLUDEPICTURE "{0}"}}{{\\fldrslt x}}}}{{\\*\\template {0}}}}}',
}
DRAWINGS = {
    "image": '<image width="50" height="50" href="{0}" xlink:href="{0}"/>',
    "use": '<use href="{0}#x"/>',
    "filter": '<filter id="f"><feImage href="{0}"/></filter><rect width="9" height="9" filter="url(#f)"/>',
    "style": '<style>@import "{0}"; @font-face{{font-family:x;src:url({0})}} rect{{fill:url({0}#p)}}</style>'
    '<rect width="9" height="9"/><text font-family="x" y="9">words</text>',
    "include": '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{0}" parse="text"/>',
    "script": '<script href="{0}"/><foreignObject><iframe src="{0}"/></foreignObject><tref xlink:href="{0}"/>',
    "within": '<image width="50" height="50" href="data:image/svg+xml,&lt;svg xmlns=\'http://www.w3.org/2000/svg\'&gt;'
    "&lt;image width='9' height='9' href='{0}'/&gt;&lt;/svg&gt;\"/>",
}
LISTS = {
    "m3u8": "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:1,\n{0}\n#EXT-X-ENDLIST\n",
    "m3u8 key": '#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="{0}"\n#EXT-X-MAP:URI="{0}"\n#EXTINF:1,\nconcat:{0}|{0}\n',
    "ffconcat": "ffconcat version 1.0\nfile '{0}'\noption safe 0\n",
    "dash": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period><AdaptationSet>'
    '<Representation id="1"><BaseURL>{0}</BaseURL></Representation></AdaptationSet></Period></MPD>',
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=video 9 RTP/AVP 96\na=control:{0}\n",
    "image list": "{0}%d.png",
}


def word(place: str) -> bytes:
    """A document that has its picture, its template and a part of its text elsewhere."""
    drawing = (
        f'<w:drawing><wp:inline xmlns:wp="{_OFFICE}/wp" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main">'
        '<a:graphic><a:graphicData><pic:pic xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture">'
        '<pic:blipFill><a:blip r:link="r1" r:embed="r1"/></pic:blipFill></pic:pic></a:graphicData></a:graphic>'
        "</wp:inline></w:drawing>"
    )
    body = (
        f'<w:p><w:r><w:t>words</w:t></w:r><w:r>{drawing}</w:r></w:p><w:altChunk r:id="r2"/>'
        f'<w:p><w:fldSimple w:instr="INCLUDETEXT &quot;{place}&quot;"><w:r><w:t>x</w:t></w:r></w:fldSimple></w:p>'
    )
    kinds = {"r1": "image", "r2": "aFChunk", "r3": "attachedTemplate"}
    relations = "".join(
        f'<Relationship Id="{id}" Type="{_OFFICE}/relationships/{kind}" Target="{place}" TargetMode="External"/>'
        for id, kind in kinds.items()
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="xml" ContentType='
        '"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r" '
        f'Type="{_OFFICE}/relationships/officeDocument" Target="word/document.xml"/></Relationships>',
        "word/document.xml": f'<w:document xmlns:w="{_WORD}" xmlns:r="{_OFFICE}/relationships"><w:body>{body}</w:body>'
        "</w:document>",
        "word/_rels/document.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{relations}</Relationships>',
    }
    return zipped(parts, packed=False)


def _open_document(place: str) -> bytes:
    names = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{full}:1.0"'
        for name, full in (("office", "office"), ("text", "text"), ("draw", "drawing"))
    )
    link = f'xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="{place}"'
    body = f"<text:p>words <draw:frame><draw:image {link}/></draw:frame></text:p>"
    body += f"<text:section><text:section-source {link}/></text:section>"
    parts = {
        "mimetype": "application/vnd.oasis.opendocument.text",
        "content.xml": f"<office:document-content {names}><office:body><office:text>{body}</office:text>"
        "</office:body></office:document-content>",
        "styles.xml": f"<office:document-styles {names}><office:font-face-decls/><office:styles/>"
        "<office:automatic-styles/><office:master-styles/></office:document-styles>",
    }
    return zipped(parts, packed=False)


def _workbook(place: str) -> bytes:
    """With a formula that asks another workbook, one that starts a program, and one that fetches an address."""
    formulas = (f"'[{place}]Sheet1'!$A$1", "cmd|'/c calc'!A0", f"WEBSERVICE(&quot;{place}&quot;)", "[1]Sheet1!A1")
    cells = "".join(
        f'<row r="{row}"><c r="A{row}" t="str"><f>{formula}</f><v>words</v></c></row>'
        for row, formula in enumerate(formulas, 1)
    )
    main, relations = "http://schemas.openxmlformats.org/spreadsheetml/2006/main", f"{_OFFICE}/relationships"
    external = f'Type="{relations}/externalLinkPath" Target="{place}" TargetMode="External"'
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Override PartName="/xl/workbook.xml" '
        'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r" '
        f'Type="{relations}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{relations}"><sheets><sheet name="S" sheetId="1" '
        'r:id="r1"/></sheets><externalReferences><externalReference r:id="r2"/></externalReferences></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" '
        f'Type="{relations}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" '
        f'Type="{relations}/externalLink" Target="externalLinks/externalLink1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{cells}</sheetData></worksheet>',
        "xl/externalLinks/externalLink1.xml": f'<externalLink xmlns="{main}"><ddeLink ddeService="cmd" '
        'ddeTopic="/c calc"/></externalLink>',
        "xl/externalLinks/_rels/externalLink1.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="r1" {external}/></Relationships>',
    }
    return zipped(parts, packed=False)


def _pdf(place: str) -> bytes:
    """Whose page is drawn by instructions, and shows a picture, of other files; and that opens, starts and sends."""
    action = f"<</S/Launch/F({place})/Next<</S/URI/URI({place})/Next<</S/SubmitForm/F({place})>>>>>>"
    return raw_pdf(
        f"<</Type/Catalog/Pages 2 0 R/OpenAction {action}/AA<</WC {action}>>>>",
        "<</Type/Pages/Count 1/Kids[3 0 R]>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 90 90]/Contents 4 0 R/Resources<</XObject<</I 5 0 R>>"
        "/Font<</F 6 0 R>>>>>>",
        f"<</Length 50/F({place})>>\nstream\nBT /F 20 Tf 10 10 Td (words) Tj ET q 9 0 0 9 0 0 cm /I Do Q\nendstream",
        f"<</Type/XObject/Subtype/Image/Width 9/Height 9/BitsPerComponent 8/ColorSpace/DeviceGray/Length 0/F<</FS/URL/F"
        f"({place})>>/FFilter/ASCIIHexDecode>>\nstream\n\nendstream",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )


def _notebook(place: str) -> bytes:
    text = f"words ![x]({place}) <img src='{place}'>"
    cells = [{"cell_type": "markdown", "metadata": {}, "source": [text], "attachments": {"a": {"image/png": place}}}]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


def _all() -> list[Sample]:
    found: list[Sample] = []
    for number, (name, text) in enumerate(DOCUMENTS.items()):
        format = name.split()[0]
        for place, named in PLACES.items():
            to = "pdf" if list(PLACES).index(place) % 2 == number % 2 else ("html" if format != "html" else "docx")
            often = place == ("readable", "http", "beside")[number % 3]
            found.append(sample(f"{name} {place}", format, to, text.format(named), *MISSING, slow=not often))
    for name, inside in DRAWINGS.items():
        drawing = f'<svg {_SVG} width="50" height="50">{inside.format(PLACES["http"])}</svg>'
        found += [sample(f"{name} http", "svg", to, drawing, *MISSING, slow=to == "pdf") for to in ("png", "pdf")]
    for number, (name, text) in enumerate(LISTS.items()):
        for place, named in PLACES.items():
            format = ("mkv", "mp4", "ts", "mp3", "gif", "avi")[number]
            often = place == ("http" if number % 2 else "beside")
            to = "wav" if format != "gif" else "mp4"
            found.append(sample(f"{name} {place}", format, to, text.format(named), "damaged_file", slow=not often))
    for format, to, made in (
        ("docx", "html", word),
        ("docx", "pdf", word),
        ("odt", "html", _open_document),
        ("xlsx", "csv", _workbook),
        ("xlsx", "html", _workbook),
        ("pdf", "txt", _pdf),
        ("pdf", "png", _pdf),
        ("pdf", "pdf", _pdf),
        ("ipynb", "html", _notebook),
    ):
        for place, named in PLACES.items():
            often = place == "http"
            found.append(sample(f"that names {place}", format, to, partial(made, named), slow=not often))
    entity = (
        '<?xml version="1.0"?><?xml-stylesheet href="@BESIDE@"?><!DOCTYPE x SYSTEM "http://@SERVER@/x"><x>words</x>'
    )
    include = '<x xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="@BESIDE@" parse="text"/>words</x>'
    csv = 'a,b\n=cmd|\'/c calc\'!A0,"=WEBSERVICE(""http://@SERVER@/x"")"\n@SUM(1),\'@BESIDE@\'\n'
    return [
        *found,
        sample("outer document type", "xml", "json", entity, "damaged_file", DONE),
        sample("include", "xml", "yaml", include),
        sample("formulas", "csv", "xlsx", csv),
        sample("functions of SQL", "csv", "json", "a\n'); SELECT * FROM read_text('@BESIDE@'); --\n"),
        sample("names of SQL", "csv", "parquet", "a\" FROM read_text('@BESIDE@') --,b\n1,2\n"),
    ]


SAMPLES = _all()
