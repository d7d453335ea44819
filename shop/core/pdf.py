"""Begin PDF files. The library that writes them is loaded with the first one (ADR 11)."""

import datetime as dt
from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from shop.core.typefaces import SANS_REGULAR

if TYPE_CHECKING:
    from fpdf import FPDF

#: Under this name the font stands in every document.
SANS = "sans"
#: Stands for what the font has not.
UNKNOWN = "〓"


def new_document(*, size_mm: tuple[float, float], title: str, at: dt.datetime) -> "FPDF":
    """Return an empty document without pages, in mm, with the vendored font added as `SANS`."""
    document: FPDF = import_module("fpdf").FPDF(unit="mm", format=size_mm)
    document.set_auto_page_break(auto=False)
    document.set_creation_date(at)
    document.set_title(title)
    document.add_font(SANS, fname=SANS_REGULAR)
    return document


def characters(document: "FPDF", name: str = SANS) -> Mapping[int, object]:
    """Return the characters that a font of the document has, by code point."""
    font: Any = document.fonts[name]  # Of the two kinds of fonts one that is read from a file.
    found: Mapping[int, object] = font.cmap
    return found


def close_fonts(document: "FPDF") -> None:
    """Let go of the files of a document's fonts; one that is not written to its end holds them open."""
    fonts: Any = document.fonts.values()  # All of them read from files.
    for font in fonts:
        font.close()


def printable(document: "FPDF", text: str, name: str = SANS) -> str:
    """Return a text as one line of characters that the font has; the pages' minus sign, which it lacks, as "-"."""
    known = characters(document, name)
    plain = " ".join(text.split()).replace("−", "-")
    return "".join(char if ord(char) in known else UNKNOWN for char in plain)
