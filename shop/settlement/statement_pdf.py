"""A supplier's statement as a PDF of A4 pages, in Chinese whatever the reader's language. Vectors and text only."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from shop.core import clock
from shop.core.fen import shown_yuan
from shop.core.pdf import SANS, new_document, printable
from shop.settlement.models import Kind, SupplierStatement
from shop.settlement.reckoning import StatementLine

_SIZE = (210.0, 297.0)
_LEFT, _RIGHT, _TOP, _BOTTOM = 15.0, 195.0, 16.0, 280.0
_MM_PER_POINT = 0.3528
_ROW = 6.4
_LANGUAGE = "zh-hans"


@dataclass(frozen=True)
class _Column:
    title: str
    width: float
    is_number: bool = False


def statement_pdf(statement: SupplierStatement, lines: Sequence[StatementLine]) -> bytes:
    """Return the statement with its sums and its lines; the same statement gives the same bytes."""
    with translation.override(_LANGUAGE):
        return _Printer(statement).print(lines)


def sums_of(statement: SupplierStatement) -> list[tuple[str, int, bool]]:
    """Return the rows that lead from the opening to the closing balance: name, signed fen, whether it is a balance."""
    subsidy = (
        [(_("Coupons borne by the shop"), statement.subsidy_fen, False)] if statement.subsidy_fen else []
    )
    return [
        (_("Carried over from the period before"), statement.opening_fen, True),
        (_("Goods confirmed"), statement.goods_fen, False),
        (_("Freight"), statement.freight_fen, False),
        *subsidy,
        (_("Taken back for refunds"), -statement.back_fen, False),
        (_("Commission"), -statement.commission_fen, False),
        (_("Put into pay-out lists"), -statement.payout_fen, False),
        (_("To be paid at the end of the period"), statement.closing_fen, True),
    ]


def name_of(line: StatementLine) -> str:
    """Return what a line is about."""
    if line.kind == Kind.FREIGHT:
        return _("Freight")
    name = line.product_name or line.product
    return _("Coupon: %(product)s") % {"product": name} if line.kind == Kind.SUBSIDY else name


class _Printer:
    """Fills page after page."""

    def __init__(self, statement: SupplierStatement) -> None:
        self.statement = statement
        self.pdf = new_document(size_mm=_SIZE, title=statement.number, at=statement.drawn_at)
        self.y = _TOP
        self.columns = [
            _Column(_("Order number"), 40),
            _Column(_("Product"), 54),
            _Column(_("Units"), 12, True),
            _Column(_("Confirmed"), 25, True),
            _Column(_("Taken back for refunds"), 24, True),
            _Column(_("Commission"), 25, True),
        ]

    def print(self, lines: Sequence[StatementLine]) -> bytes:
        """Print everything and return the file."""
        self._new_page()
        self._head()
        self._sums()
        goods = [line for line in lines if line.kind != Kind.PAYOUT]
        self._text(_("By order line (yuan)"), 11, _LEFT)
        self.y += 8
        self._table_head()
        for line in goods:
            self._line(line)
        if not goods:
            self._text(_("No goods were confirmed in this period."), 9, _LEFT)
            self.y += _ROW
        self._total(goods)
        self._foot()
        return bytes(self.pdf.output())

    def _new_page(self) -> None:
        self.pdf.add_page()
        self.y = _TOP
        if self.pdf.page_no() > 1:
            self._table_head()

    def _head(self) -> None:
        statement = self.statement
        title = _("Supplier statement")
        self._text(f"{settings.SHOP_NAME} · {title}", 17, _LEFT)
        self.y += 10
        self._text(statement.supplier.name_zh, 13, _LEFT)
        self._text(statement.number, 10, _LEFT, right=True)
        self.y += 7.5
        days = {"start": statement.starts_on, "end": statement.ends_on}
        self._text(_("Period %(start)s – %(end)s") % days, 10, _LEFT)
        drawn = {"day": clock.local_date(statement.drawn_at)}
        self._text(_("Drawn up on %(day)s") % drawn, 10, _LEFT, right=True)
        self.y += 6
        if statement.demo:
            self._text(_("Demonstration data: not a real amount."), 10, _LEFT)
            self.y += 6
        self._rule(0.3)
        self.y += 3

    def _sums(self) -> None:
        for name, fen, is_balance in sums_of(self.statement):
            if is_balance:
                self._rule(0.1)
            size = 12 if is_balance else 10
            self._text(name, size, _LEFT)
            self._text(f"¥ {shown_yuan(fen)}", size, _LEFT, right=True)
            self.y += 7.2 if is_balance else _ROW
        pending = shown_yuan(self.statement.pending_fen)
        self._text(_("Not confirmed yet, no part of these sums: ¥ %(sum)s") % {"sum": pending}, 9, _LEFT)
        self.y += 11

    def _table_head(self) -> None:
        self._cells([column.title for column in self.columns], 9)
        self._rule(0.3)
        self.y += 0.8

    def _line(self, line: StatementLine) -> None:
        sums = line.sums
        more = sums.confirmed
        self._cells(
            [
                line.order_number,
                name_of(line),
                str(sums.units) if sums.units else "",
                shown_yuan(more) if more else "",
                shown_yuan(-sums.back) if sums.back else "",
                shown_yuan(-sums.commission) if sums.commission else "",
            ],
            9,
        )

    def _total(self, lines: Sequence[StatementLine]) -> None:
        self._rule(0.2)
        self.y += 0.8
        more = sum(line.sums.confirmed for line in lines)
        back, commission = (
            sum(getattr(line.sums, name) for line in lines) for name in ("back", "commission")
        )
        self._cells([_("Total"), "", "", shown_yuan(more), shown_yuan(-back), shown_yuan(-commission)], 10)

    def _foot(self) -> None:
        self.y += 5
        text = _("The goods are the supplier's, who invoices them; %(shop)s collects and settles.")
        for line in (text % {"shop": settings.SHOP_NAME}, f"SHA-256 {self.statement.digest}"):
            self._room()
            self._text(line, 8, _LEFT)
            self.y += 5

    def _room(self) -> None:
        if self.y > _BOTTOM:
            self._new_page()

    def _cells(self, texts: Sequence[str], size: float) -> None:
        self._room()
        x = _LEFT
        self.pdf.set_font(SANS, size=size)
        for column, text in zip(self.columns, texts, strict=True):
            self.pdf.set_xy(x, self.y)
            shown = self._cut(text, column.width - 2)
            self.pdf.cell(column.width, _ROW * 0.8, shown, align="R" if column.is_number else "L")
            x += column.width
        self.y += _ROW

    def _cut(self, text: str, width: float) -> str:
        """Shorten a text to what a cell holds."""
        text = printable(self.pdf, text)
        if self.pdf.get_string_width(text) <= width:
            return text
        while text and self.pdf.get_string_width(f"{text}…") > width:
            text = text[:-1]
        return f"{text}…"

    def _text(self, text: str, size: float, x: float, *, right: bool = False) -> None:
        self.pdf.set_font(SANS, size=size)
        self.pdf.set_xy(x, self.y)
        height = size * _MM_PER_POINT * 1.35
        self.pdf.cell(_RIGHT - x, height, printable(self.pdf, text), align="R" if right else "L")

    def _rule(self, width: float) -> None:
        self.pdf.set_line_width(width)
        self.pdf.line(_LEFT, self.y, _RIGHT, self.y)
