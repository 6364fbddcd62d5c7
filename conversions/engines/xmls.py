"""XML of strangers, which can say a billion letters in ten lines and name other files."""

from xml.sax import SAXException
from xml.sax.handler import ContentHandler

from defusedxml.common import DefusedXmlException
from defusedxml.sax import parseString

from conversions.errors import DamagedFile


def check(content: bytes) -> None:
    """Raise `DamagedFile` if it is no XML, or declares entities: none are read here."""
    try:
        parseString(content, ContentHandler())
    except DefusedXmlException as error:
        raise DamagedFile(reason="it declares entities, which are not read here") from error
    except (SAXException, ValueError, LookupError) as error:
        raise DamagedFile(reason=str(error)[:200]) from error
