"""Packing slips as a PDF: label paper of 100 × 150 mm, or four on a sheet of A4. Vectors and text only."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import segno
from django.conf import settings
from django.utils.translation import gettext as _

from shop.accounts.phones import shown_phone
from shop.core import clock
from shop.core.pdf import SANS, new_document, printable
from shop.fulfilment.desk import DeskRow
from shop.ordering.shelf import LotUnits

Lots = Mapping[int, Sequence[LotUnits]]
#: Sizes of paper in mm and where the slips stand on a page.
PAPERS: dict[str, tuple[tuple[float, float], tuple[tuple[float, float], ...]]] = {
    "label": ((100, 150), ((0, 0),)),
    "a4": ((210, 297), ((5, 0), (105, 0), (5, 148.5), (105, 148.5))),
}
MAX_SLIPS = 100
_MARGIN = 5.0
_WIDTH = 90.0
_QR = 26.0
_BODY_TOP = 36.0
_BODY_END = 141.0
_MM_PER_POINT = 0.3528
#: Characters of a supplier's name that stand beside the code.
_NAME_LENGTH = 18


@dataclass(frozen=True)
class _Line:
    """One printed line: text, size in points, what stands at its right end, a rule above it."""

    text: str
    size: float = 10
    right: str = ""
    rule: bool = False

    @property
    def height(self) -> float:
        return self.size * _MM_PER_POINT * 1.45 + (1.5 if self.rule else 0)


def slips_pdf(
    rows: Sequence[DeskRow], *, paper: str, links: Mapping[int, str], lots: Lots | None = None
) -> bytes:
    """Return the slips of what is left to ship, without prices; `links` are the QR codes' addresses by order id.

    `lots` name by order line what to take from the shelf, where lots are known. A long order goes on on a further
    slip. `paper` is a key of PAPERS.
    """
    printer = _Printer(paper, lots or {})
    for row in rows:
        printer.slip(row, links[row.order.pk])
    return printer.bytes()


class _Printer:
    """Fills slot after slot of the paper."""

    def __init__(self, paper: str, lots: Lots) -> None:
        size, self.slots = PAPERS[paper]
        self.lots = lots
        self.pdf = new_document(size_mm=size, title=_("Packing slips"), at=clock.now())
        self.widths: dict[str, float] = {}
        self.printed = 0

    def bytes(self) -> bytes:
        """Return the file."""
        return bytes(self.pdf.output())

    def slip(self, row: DeskRow, link: str) -> None:
        """Print the slip of an order on as many slots as it needs."""
        pieces = list(self._pieces(list(self._lines(row))))
        for number, lines in enumerate(pieces, start=1):
            x, y = self._next_slot()
            self._head(row, link, x, y, f"{number}/{len(pieces)}")
            top = y + _BODY_TOP
            for line in lines:
                self._print(line, x + _MARGIN, top)
                top += line.height

    def _next_slot(self) -> tuple[float, float]:
        place = self.printed % len(self.slots)
        if place == 0:
            self.pdf.add_page()
        self.printed += 1
        return self.slots[place]

    def _head(self, row: DeskRow, link: str, x: float, y: float, piece: str) -> None:
        record, supplier = row.order.record, row.order.supplier
        self._text(f"{settings.SHOP_NAME} · {_('Packing slip')}", 13, x + _MARGIN, y + 5)
        self._text(record.number, 13, x + _MARGIN, y + 12.5)
        self._text(supplier.name_zh[:_NAME_LENGTH], 9, x + _MARGIN, y + 20)
        placed = clock.local_date(record.placed_at)
        self._text(f"{placed} · {_('Slip')} {piece}", 9, x + _MARGIN, y + 25.5)
        self._qr(link, x + _MARGIN + _WIDTH - _QR, y + 5)
        self.pdf.set_line_width(0.3)
        self.pdf.line(x + _MARGIN, y + 33.5, x + _MARGIN + _WIDTH, y + 33.5)

    def _lines(self, row: DeskRow) -> Iterator[_Line]:
        record = row.order.record
        yield from self._wrapped(f"{record.recipient_name}  {shown_phone(record.recipient_phone)}", 13)
        yield from self._wrapped(f"{record.province}{record.city}{record.county}{record.street}", 11)
        message = str(record.messages.get(row.order.supplier.code, "")).strip()
        if message:
            yield from self._wrapped(f"{_('Message')}：{message}", 9)
        yield _Line(_("Goods"), 9, _("Units"), rule=True)
        lots = dict(self.lots)
        for line in row.lines:
            if line.left:
                product = line.share.line.product
                texts = (line.share.line.title, product.listing.spec if product else "")
                sku = str(line.share.dims.get("product", ""))
                yield from self._wrapped(" ".join(filter(None, texts)), 11, right=f"× {line.left}", rule=True)
                yield from self._wrapped(sku, 8)
                # The components of a pack come out of one lot of packs.
                yield from self._lots_of(lots.pop(line.share.line_id, ()))
        total = sum(line.left for line in row.lines)
        yield _Line(_("Total"), 11, f"× {total}", rule=True)

    def _lots_of(self, lots: Sequence[LotUnits]) -> Iterator[_Line]:
        for found in lots:
            if found.lot:
                until = _("good until %(day)s") % {"day": found.expires_on} if found.expires_on else ""
                text = f"{_('Lot')} {found.lot} {until}".strip()
                yield from self._wrapped(text, 9, right=f"× {found.units}")

    def _wrapped(self, text: str, size: float, *, right: str = "", rule: bool = False) -> Iterator[_Line]:
        """Cut a text where a line is full: between any two characters, as Chinese is."""
        most = (_WIDTH - (16 if right else 2)) / (size * _MM_PER_POINT)
        line, width = "", 0.0
        for char in printable(self.pdf, text):
            if width + self._em(char) > most:
                yield _Line(line, size, right, rule)
                line, width, right, rule = "", 0.0, "", False
            line, width = line + char, width + self._em(char)
        if line:
            yield _Line(line, size, right, rule)

    def _em(self, char: str) -> float:
        """Return the width of a character as a part of the size."""
        if char not in self.widths:
            self.pdf.set_font(SANS, size=10)
            self.widths[char] = self.pdf.get_string_width(char) / (10 * _MM_PER_POINT)
        return self.widths[char]

    def _pieces(self, lines: list[_Line]) -> Iterator[list[_Line]]:
        """Cut the lines where a slot is full."""
        piece: list[_Line] = []
        height = 0.0
        for line in lines:
            if piece and height + line.height > _BODY_END - _BODY_TOP:
                yield piece
                piece, height = [], 0.0
            piece.append(line)
            height += line.height
        yield piece

    def _print(self, line: _Line, x: float, y: float) -> None:
        if line.rule:
            self.pdf.set_line_width(0.1)
            self.pdf.line(x, y + 0.5, x + _WIDTH, y + 0.5)
            y += 1.5
        self._text(line.text, line.size, x, y)
        if line.right:
            self.pdf.set_xy(x + _WIDTH - 20, y)
            self.pdf.cell(20, line.size * _MM_PER_POINT * 1.3, printable(self.pdf, line.right), align="R")

    def _text(self, text: str, size: float, x: float, y: float) -> None:
        self.pdf.set_font(SANS, size=size)
        self.pdf.set_xy(x, y)
        self.pdf.cell(_WIDTH, size * _MM_PER_POINT * 1.3, printable(self.pdf, text))

    def _qr(self, link: str, x: float, y: float) -> None:
        """Draw a code as rectangles: a run of dark modules is one."""
        matrix = segno.make(link, error="m", micro=False).matrix
        size = _QR / len(matrix)
        self.pdf.set_fill_color(0)
        for down, modules in enumerate(matrix):
            start = 0
            while start < len(modules):
                end = start
                while end < len(modules) and modules[end]:
                    end += 1
                if end > start:
                    self.pdf.rect(x + start * size, y + down * size, (end - start) * size, size, style="F")
                start = end + 1
