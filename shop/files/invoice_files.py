"""Files of electronic invoices: an OFD, which is a zip of XML, or the XML itself. Hostile ones are no invoices.

Both are looked at no further than needed to say what they are: an archive is bounded by its directory, a document
type is refused before anything in it is resolved.
"""

import io
import zipfile
import zlib
from itertools import islice
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

OFD = "application/ofd"
XML = "application/xml"
#: An invoice is a page or two; its XML a few dozen kilobytes.
MAX_XML = 1024 * 1024
MAX_ELEMENTS = 100_000
MAX_UNPACKED = 48 * 1024 * 1024
MAX_PARTS = 500
#: No part of an invoice shrinks to less than this fraction.
MOST_SHRUNK = 200
_ROOT = "OFD.xml"
#: What an OFD is packed by. Other ways take as much memory to unpack as the file says.
_PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def invoice_type(raw: bytes) -> str | None:
    """Return the content type of an OFD or XML file, None for anything else and for what is not to be trusted."""
    if raw.startswith(b"PK"):
        return OFD if _is_ofd(raw) else None
    return XML if parsed(raw) is not None else None


def parsed(raw: bytes) -> Element | None:
    """Return the root of an XML text of MAX_XML at the most; None for a broken one, or one with a document type."""
    if len(raw) > MAX_XML or not raw.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return None
    try:
        root: Element = fromstring(raw, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError, RecursionError):
        return None
    # A page reads them on every view.
    return root if sum(1 for _ in islice(root.iter(), MAX_ELEMENTS + 1)) <= MAX_ELEMENTS else None


def local_name(element: Element) -> str:
    """Return the name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def _is_ofd(raw: bytes) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as book:
            parts = book.infolist()
            if len(parts) > MAX_PARTS or not all(_is_harmless(part) for part in parts):
                return False
            if sum(part.file_size for part in parts) > MAX_UNPACKED:
                return False
            root = book.getinfo(_ROOT)
            if root.file_size > MAX_XML:
                return False
            with book.open(root) as file:
                found = parsed(file.read(MAX_XML + 1))
    except (
        zipfile.BadZipFile,
        KeyError,
        ValueError,
        OSError,
        RuntimeError,
        NotImplementedError,
        EOFError,
        zlib.error,
    ):
        return False
    return found is not None and local_name(found) == "OFD"


def _is_harmless(part: zipfile.ZipInfo) -> bool:
    """Say whether a part is packed as usual, not encrypted, stays below its folder and does not grow beyond measure."""
    name = part.filename.replace("\\", "/")
    if (
        part.compress_type not in _PACKED
        or part.flag_bits & 0x1
        or name.startswith("/")
        or ".." in name.split("/")
    ):
        return False
    return part.file_size <= 4096 or part.file_size <= MOST_SHRUNK * max(part.compress_size, 1)
