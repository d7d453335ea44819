"""A unit's certificate as a PDF page, in Chinese whatever the reader's language. Vectors and text only."""

from collections.abc import Sequence

import segno
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from shop.certificates.codes import shown_code
from shop.certificates.images import verify_link
from shop.certificates.marks import draw_mark
from shop.certificates.models import Certificate
from shop.certificates.selectors import PlaceSum
from shop.core import clock
from shop.core.fen import shown_yuan
from shop.core.palette import INK, INK_3, LINE, PINE, rgb
from shop.core.pdf import SANS, characters, new_document
from shop.core.typefaces import SERIF_BOLD

_SIZE = (210.0, 297.0)
_LEFT, _RIGHT, _MIDDLE = 28.0, 182.0, 105.0
_MM_PER_POINT = 0.3528
_SERIF = "serif"
_LANGUAGE = "zh-hans"
_PINE, _INK, _INK_3, _LINE = rgb(PINE), rgb(INK), rgb(INK_3), rgb(LINE)
_MARK, _QR = 15.0, 32.0
#: Printed for a character that the font has not.
_UNKNOWN = "〓"
Colour = tuple[int, int, int]


def unit_pdf(certificate: Certificate, places: Sequence[PlaceSum]) -> bytes:
    """Return the page; the same certificate gives the same bytes, whatever the ledger says by now."""
    with translation.override(_LANGUAGE):
        return _Page(certificate).print(places)


class _Page:
    def __init__(self, certificate: Certificate) -> None:
        self.certificate = certificate
        self.pdf = new_document(size_mm=_SIZE, title=certificate.code, at=certificate.issued_at)
        self.pdf.add_font(_SERIF, fname=SERIF_BOLD)
        self.known = {name: characters(self.pdf, name) for name in (SANS, _SERIF)}

    def print(self, places: Sequence[PlaceSum]) -> bytes:
        self.pdf.add_page()
        self._frame()
        draw_mark(self.pdf, _MIDDLE - _MARK / 2, 26, _MARK)
        self._text(settings.SHOP_NAME, 15, 44, font=_SERIF)
        self._text(settings.SHOP_SUBLINE, 9.5, 51, colour=_INK_3)
        self._text(_("Certificate of consumption support"), 27, 66, font=_SERIF)
        self._sentence()
        y = self._table(places, 146)
        self._proof(max(y + 14, 222))
        return bytes(self.pdf.output())

    def _frame(self) -> None:
        for inset, width, colour in ((10, 0.9, _PINE), (12.2, 0.25, _PINE)):
            self.pdf.set_draw_color(*colour)
            self.pdf.set_line_width(width)
            self.pdf.rect(inset, inset, _SIZE[0] - 2 * inset, _SIZE[1] - 2 * inset)

    def _sentence(self) -> None:
        certificate = self.certificate
        period = {"first": f"{certificate.starts_on:%Y-%m}", "last": f"{certificate.ends_on:%Y-%m}"}
        self._text(certificate.organisation_name, 17, 88, font=_SERIF)
        self._text(
            _("from %(first)s to %(last)s, paid and accepted, in goods of the partner places") % period,
            11.5,
            99,
        )
        self._text(f"¥ {shown_yuan(certificate.confirmed_fen)}", 30, 111, font=_SERIF, colour=_PINE)
        if certificate.demo:
            self._text(_("Demonstration data: not a real amount."), 10, 129, colour=_INK_3)

    def _table(self, places: Sequence[PlaceSum], y: float) -> float:
        """Draw a row for each place; return where the table ends."""
        head = (_("Place"), _("Programme"), _("Confirmed (yuan)"))
        self._row(y, head, 9.5, _INK_3)
        self._rule(y + 7.5, 0.3)
        y += 9
        certified = [place for place in places if place.certified_fen]
        step = min(9.5, 62 / max(1, len(certified)))
        for place in certified:
            name = f"{place.parent}·{place.region_name}" if place.parent else place.region_name
            self._row(y, (name, place.programme_name, shown_yuan(place.certified_fen)), 11, _INK)
            self._rule(y + step - 1.5, 0.1)
            y += step
        self._row(y, (_("Total"), "", shown_yuan(self.certificate.confirmed_fen)), 11.5, _INK)
        return y + 8

    def _row(self, y: float, texts: tuple[str, str, str], size: float, colour: Colour) -> None:
        self.pdf.set_text_color(*colour)
        self.pdf.set_font(SANS, size=size)
        cells = zip(texts, ((_LEFT, 82, "L"), (_LEFT + 82, 32, "L"), (_RIGHT - 40, 40, "R")), strict=True)
        for text, (x, width, align) in cells:
            self.pdf.set_xy(x, y)
            self.pdf.cell(width, 7, self._printable(text, SANS), align=align)

    def _proof(self, y: float) -> None:
        certificate = self.certificate
        link = verify_link(certificate)
        self._qr(link, _LEFT, y)
        left = _LEFT + _QR + 7
        issued = f"{certificate.issued_at.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}"
        lines = (
            (_("Code %(code)s") % {"code": shown_code(certificate.code)}, 13, _INK),
            (_("Scan, or type the code at %(link)s") % {"link": link.rsplit("/", 2)[0] + "/"}, 9, _INK_3),
            (
                _("Issued %(moment)s, counting rules of the platform (平台口径), version %(version)s")
                % {"moment": issued, "version": certificate.rule_version},
                9,
                _INK_3,
            ),
            (_("The page says what the ledger confirms today; later refunds show there."), 9, _INK_3),
        )
        for index, (text, size, colour) in enumerate(lines):
            self._text(text, size, y + (1 if index == 0 else 4 + index * 6.2), colour=colour, left=left)
        self._text(f"SHA-256 {certificate.digest}", 7.2, y + _QR + 4, colour=_INK_3, left=_LEFT)

    def _qr(self, link: str, x: float, y: float) -> None:
        matrix = segno.make(link, error="m", micro=False).matrix
        size = _QR / len(matrix)
        self.pdf.set_fill_color(*_INK)
        for down, modules in enumerate(matrix):
            start = 0
            while start < len(modules):
                end = start
                while end < len(modules) and modules[end]:
                    end += 1
                if end > start:
                    self.pdf.rect(x + start * size, y + down * size, (end - start) * size, size, style="F")
                start = end + 1

    def _rule(self, y: float, width: float) -> None:
        self.pdf.set_draw_color(*_LINE)
        self.pdf.set_line_width(width)
        self.pdf.line(_LEFT, y, _RIGHT, y)

    def _text(
        self,
        text: str,
        size: float,
        y: float,
        *,
        font: str = SANS,
        colour: Colour = _INK,
        left: float | None = None,
    ) -> None:
        """Write a line: in the middle of the page, or from `left` on."""
        shown = self._printable(text, font)
        room = _RIGHT - (left or _LEFT)
        self.pdf.set_font(font, size=size)
        while self.pdf.get_string_width(shown) > room and size > 6:
            size -= 0.5
            self.pdf.set_font(font, size=size)
        self.pdf.set_text_color(*colour)
        self.pdf.set_xy(left or _LEFT, y)
        self.pdf.cell(room, size * _MM_PER_POINT * 1.35, shown, align="C" if left is None else "L")

    def _printable(self, text: str, font: str) -> str:
        plain = " ".join(text.split())
        return "".join(char if ord(char) in self.known[font] else _UNKNOWN for char in plain)
