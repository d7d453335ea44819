"""A contract as A4 pages, in Chinese whatever the reader's language. Vectors and text only."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from shop.core.fen import shown_yuan
from shop.core.pdf import SANS, new_document, printable
from shop.procurement.contract_clauses import LANGUAGE, clauses_of
from shop.procurement.contract_models import Contract

if TYPE_CHECKING:
    from fpdf import FPDF

_SIZE = (210.0, 297.0)
_LEFT, _RIGHT, _TOP, _BOTTOM = 18.0, 192.0, 18.0, 276.0
_MM_PER_POINT = 0.3528
_ROW = 6.6
#: Title of a column, its width, and whether it holds numbers.
Column = tuple[str, float, bool]


def contract_pdf(contract: Contract) -> bytes:
    """Return the contract to be printed and signed; the same contract gives the same bytes."""
    with translation.override(LANGUAGE):
        pdf = new_document(size_mm=_SIZE, title=contract.number, at=contract.made_at)
        _Printer(contract, pdf, pdf.add_page).print()
        return bytes(pdf.output())


def print_contract(contract: Contract, pdf: "FPDF", new_page: Callable[[], None]) -> None:
    """Print the contract into a document of A4 pages with the font SANS; `new_page` begins each of its pages."""
    with translation.override(LANGUAGE):
        _Printer(contract, pdf, new_page).print()


class _Printer:
    """Fills page after page."""

    def __init__(self, contract: Contract, pdf: "FPDF", new_page: Callable[[], None]) -> None:
        self.contract, self.body = contract, contract.body
        self.pdf, self.new_page = pdf, new_page
        self.y = _TOP
        self.columns: list[Column] = [
            (_("SKU"), 30, False),
            (_("Product"), 58, False),
            (_("Specification"), 28, False),
            (_("Tax rate"), 14, True),
            (_("Units"), 16, True),
            (_("Sum (yuan)"), 28, True),
        ]

    def print(self) -> None:
        """Print everything, from a new page on."""
        self.new_page()
        self._head()
        self._cells([title for title, _width, _number in self.columns], 9)
        self._rule(0.3)
        self.y += 0.8
        for line in self.body["lines"]:
            self._line(line)
        self._sums()
        for number, (heading, sentences) in enumerate(clauses_of(self.body), start=1):
            self._room(16)
            self._text(f"{number}. {heading}", 11)
            self.y += 6.5
            for sentence in sentences:
                self._paragraph(sentence, 10)
            self.y += 1.5
        self._signatures()

    def _head(self) -> None:
        body = self.body
        self._text(_("Purchase contract"), 19)
        self._text(self.contract.number, 10, right=True)
        self.y += 11
        if self.contract.demo:
            self._text(_("Demonstration data: not a real contract."), 10)
            self.y += 6
        for role, party in (
            (pgettext("of a contract", "Buyer"), body["buyer"]),
            (pgettext("of a contract", "Seller"), body["seller"]),
        ):
            self._paragraph(f"{role}: {party['name']}", 12)
            code = party["credit_code"] or _("not on file")
            self._paragraph(_("Unified social credit code: %(code)s") % {"code": code}, 9.5)
            self.y += 1.5
        names = {"order": body["order"], "request": body["request"], "day": body["placed_on"]}
        self._paragraph(_("Order %(order)s of %(day)s, from purchase request %(request)s.") % names, 9.5)
        self.y += 2

    def _line(self, line: dict[str, Any]) -> None:
        rate = "" if line["vat_percent"] is None else f"{line['vat_percent']}%"
        units = f"{line['quantity']} {line['unit']}".strip()
        self._cells([line["sku"], line["title"], line["spec"], rate, units, shown_yuan(line["fen"])], 9)

    def _sums(self) -> None:
        self._rule(0.2)
        self.y += 0.8
        for name, fen in (
            (_("Goods"), self.body["goods_fen"]),
            (_("Freight"), self.body["freight_fen"]),
            (_("Total, tax included"), self.body["total_fen"]),
        ):
            self._cells([name, "", "", "", "", shown_yuan(fen)], 10)
        self.y += 4

    def _signatures(self) -> None:
        self._room(52)
        self.y += 6
        middle = (_LEFT + _RIGHT) / 2
        for x, role in ((_LEFT, _("Buyer (seal)")), (middle, _("Seller (seal)"))):
            self._text(role, 11, left=x)
        self.y += 26
        for x in (_LEFT, middle):
            self._text(_("Date:"), 10, left=x)
        self.y += 12
        self._paragraph(f"SHA-256 {self.contract.digest}", 7.5)

    def _room(self, height: float) -> None:
        if self.y + height > _BOTTOM:
            self.new_page()
            self.y = _TOP

    def _cells(self, texts: Sequence[str], size: float) -> None:
        self._room(_ROW)
        x = _LEFT
        self.pdf.set_font(SANS, size=size)
        for (_title, width, is_number), text in zip(self.columns, texts, strict=True):
            self.pdf.set_xy(x, self.y)
            self.pdf.cell(width, _ROW * 0.8, self._cut(text, width - 2), align="R" if is_number else "L")
            x += width
        self.y += _ROW

    def _cut(self, text: str, width: float) -> str:
        """Shorten a text to what a cell holds."""
        text = printable(self.pdf, text)
        if self.pdf.get_string_width(text) <= width:
            return text
        while text and self.pdf.get_string_width(f"{text}…") > width:
            text = text[:-1]
        return f"{text}…"

    def _paragraph(self, text: str, size: float) -> None:
        """Write a text over as many lines as it takes, cut between any two characters, as Chinese is."""
        self.pdf.set_font(SANS, size=size)
        line = ""
        for char in printable(self.pdf, text):
            if self.pdf.get_string_width(line + char) > _RIGHT - _LEFT:
                self._whole_line(line, size)
                line = ""
            line += char
        self._whole_line(line, size)

    def _whole_line(self, line: str, size: float) -> None:
        height = size * _MM_PER_POINT * 1.5
        self._room(height)
        self._text(line, size)
        self.y += height

    def _text(self, text: str, size: float, *, right: bool = False, left: float = _LEFT) -> None:
        self.pdf.set_font(SANS, size=size)
        self.pdf.set_xy(left, self.y)
        height = size * _MM_PER_POINT * 1.35
        self.pdf.cell(_RIGHT - left, height, printable(self.pdf, text), align="R" if right else "L")

    def _rule(self, width: float) -> None:
        self.pdf.set_line_width(width)
        self.pdf.line(_LEFT, self.y, _RIGHT, self.y)
