"""The paper that people sign for their goods, as a PDF of A4 pages, in Chinese whatever the reader's language."""

from collections.abc import Sequence

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from shop.accounts.phones import masked_phone
from shop.core.pdf import SANS, new_document, printable
from shop.procurement.models import PurchaseRequest
from shop.procurement.roster_models import RosterPerson
from shop.procurement.signing_off import Paper

_SIZE = (210.0, 297.0)
_LEFT, _TOP, _BOTTOM = 15.0, 16.0, 280.0
_ROW = 9.0
_LANGUAGE = "zh-hans"
_WIDTHS = (14.0, 30.0, 44.0, 28.0, 16.0, 48.0)
#: Characters of a name and of a department that fit.
_FIT = (10, 14)


def sign_off_pdf(
    request: PurchaseRequest, paper: Paper, people: Sequence[RosterPerson], goods: Sequence[str]
) -> bytes:
    """Return a paper with a row for each of the people; `goods` is what a set holds, in sentences."""
    with translation.override(_LANGUAGE):
        return _Printer(request, paper).print(people, goods)


class _Printer:
    """Fills page after page."""

    def __init__(self, request: PurchaseRequest, paper: Paper) -> None:
        self.request, self.paper = request, paper
        self.pdf = new_document(size_mm=_SIZE, title=request.number, at=request.roster.confirmed_at)
        self.y = _TOP
        self.columns = (
            _("No."),
            _("Name"),
            _("Department"),
            _("Phone"),
            _("Sets"),
            _("Signature and day"),
        )

    def print(self, people: Sequence[RosterPerson], goods: Sequence[str]) -> bytes:
        """Print everything and return the file."""
        self.pdf.add_page()
        self._head(goods)
        self._names()
        for person in people:
            if self.y + _ROW > _BOTTOM:
                self.pdf.add_page()
                self.y = _TOP
                self._names()
            texts = (
                str(person.number),
                person.name[: _FIT[0]],
                person.department[: _FIT[1]],
                masked_phone(person.phone) if person.phone else "",
                str(person.sets),
                f"{person.signed_on:%Y-%m-%d}" if person.signed_on else "",
            )
            self._row(texts, 10)
        self.y += 4
        self._text(_("Handed out by (signature and day):"), 10)
        return bytes(self.pdf.output())

    def _head(self, goods: Sequence[str]) -> None:
        record = self.request.record
        self._text(f"{self.request.organisation.name} · {_('Sign-off list')}", 15)
        purpose = f"{self.request.purpose} · " if self.request.purpose else ""
        number = record.number if record else self.request.number
        part = _("people %(first)d to %(last)d") % {"first": self.paper.first, "last": self.paper.last}
        self._text(f"{purpose}{number} · {part}", 10)
        self._text(_("One set: %(goods)s") % {"goods": "、".join(goods)}, 10)
        self._text(settings.SHOP_NAME, 8)
        self.y += 2

    def _names(self) -> None:
        self._row(self.columns, 9)

    def _row(self, texts: Sequence[str], size: float) -> None:
        x = _LEFT
        self.pdf.set_font(SANS, size=size)
        self.pdf.set_line_width(0.1)
        for text, width in zip(texts, _WIDTHS, strict=True):
            self.pdf.set_xy(x, self.y)
            self.pdf.cell(width, _ROW, printable(self.pdf, text), border=1)
            x += width
        self.y += _ROW

    def _text(self, text: str, size: float) -> None:
        self.pdf.set_font(SANS, size=size)
        self.pdf.set_xy(_LEFT, self.y)
        height = size * 0.3528 * 1.5
        self.pdf.multi_cell(sum(_WIDTHS), height, printable(self.pdf, text))
        self.y = self.pdf.get_y()
