"""The pack as one PDF, in Chinese whatever the reader's language: cover, orders, what the ledger confirms."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from shop.buyers.models import Organisation
from shop.certificates.codes import shown_code
from shop.certificates.images import verify_link
from shop.certificates.marks import draw_mark
from shop.certificates.packs.content import OrderFile
from shop.certificates.packs.gaps import gaps_of
from shop.certificates.packs.proof import Proof
from shop.certificates.packs.sections import moment, print_order
from shop.certificates.packs.sheet import AMBER, GREEN, LEFT, SERIF, WIDTH, Colour, Column, Frame, Sheet
from shop.core.fen import shown_yuan
from shop.core.palette import INK_2, INK_3, PINE, rgb

_PROOF = "proof"


@dataclass(frozen=True)
class Pack:
    """What is filed: a unit's orders and their proof; `about` says which in words, `at` is its last fact's moment."""

    unit: Organisation
    about: str
    orders: Sequence[OrderFile]
    proof: Proof
    digest: str
    at: dt.datetime
    demo: bool


def pack_pdf(pack: Pack, step: Callable[[], None]) -> bytes:
    """Return the file; the same pack gives the same bytes. `step` is called for every order that is printed.

    It is measured before it is printed, since its cover says on which page everything stands. To be called with the
    language of the papers.
    """
    rehearsal = _Printer(pack, {}, 0, is_rehearsal=True)
    try:
        pages = rehearsal.print(_nothing)
    finally:
        rehearsal.sheet.close()
    printer = _Printer(pack, rehearsal.sheet.marked, pages, is_rehearsal=False)
    try:
        printer.print(step)
        return bytes(printer.sheet.pdf.output())
    finally:
        printer.sheet.close()


def _nothing() -> None:
    """Be told of an order and do nothing."""


class _Printer:
    def __init__(self, pack: Pack, marked: Mapping[str, int], pages: int, *, is_rehearsal: bool) -> None:
        self.pack, self.known = pack, marked
        title = _("Reimbursement pack")
        frame = Frame(
            f"{settings.SHOP_NAME} · {title} · {pack.unit.name} · {pack.about}",
            _("Content %(digest)s") % {"digest": pack.digest[:16]},
            pages,
        )
        self.sheet = Sheet(title=f"{title} {pack.about}", at=pack.at, frame=frame, is_rehearsal=is_rehearsal)

    def print(self, step: Callable[[], None]) -> int:
        """Print everything; return how many pages there are."""
        self._cover()
        photos = 0
        for order in self.pack.orders:
            photos = print_order(self.sheet, order, photos)
            step()
        self._proof()
        return self.sheet.pdf.page

    # --- the cover -----------------------------------------------------------------------------------

    def _cover(self) -> None:
        sheet, pack = self.sheet, self.pack
        sheet.bare_page()
        draw_mark(sheet.pdf, LEFT, 22, 13)
        sheet.text(settings.SHOP_NAME, 14, left=LEFT + 17, y=22.5, font=SERIF)
        sheet.text(settings.SHOP_SUBLINE, 9, left=LEFT + 17, y=29.5, colour=rgb(INK_3))
        sheet.text(_("Reimbursement pack"), 30, y=44, font=SERIF)
        sheet.text(pack.about, 12, y=49, colour=rgb(INK_2), align="R")
        sheet.rule(61, 0.5)
        sheet.y = 66
        sheet.text(sheet.cut(pack.unit.name, 15, WIDTH), 15, font=SERIF)
        sheet.y += 8
        code = pack.unit.credit_code or _("not on file")
        sheet.text(_("Unified social credit code: %(code)s") % {"code": code}, 9.5, colour=rgb(INK_3))
        if pack.demo:
            demo = _("Demonstration data: not a real amount.")
            sheet.text(demo, 9.5, colour=AMBER, align="R")
        sheet.y += 9
        self._sums()
        self._gaps()
        self._contents()

    def _sums(self) -> None:
        """Print the figures that the whole pack comes to, the last of them large."""
        orders, sheet = self.pack.orders, self.sheet
        records = [order.record for order in orders]
        sheet.facts(
            [
                (pgettext("pack", "Orders"), f"{len(records)}"),
                (_("Last entry of"), moment(self.pack.at)),
                (_("Goods"), f"¥{shown_yuan(sum(record.goods_fen for record in records))}"),
                (_("Freight"), f"¥{shown_yuan(sum(record.charges_fen for record in records))}"),
                (_("Taken off"), f"¥{shown_yuan(sum(record.reduced_fen for record in records))}"),
                (_("Paid"), f"¥{shown_yuan(sum(record.paid_fen for record in records))}"),
                (_("Refunded"), f"¥{shown_yuan(sum(record.refunded_fen for record in records))}"),
                (_("Invoices, net"), f"¥{shown_yuan(sum(order.invoiced_fen for order in orders))}"),
            ]
        )
        sheet.y += 1
        for name, fen in (
            (_("Paid less refunds"), sum(order.net_fen for order in orders)),
            (_("Confirmed by the ledger"), self.pack.proof.fen),
        ):
            sheet.text(name, 11, colour=rgb(INK_2))
            sheet.text(f"¥ {shown_yuan(fen)}", 15, y=sheet.y - 1, font=SERIF, colour=rgb(PINE), align="R")
            sheet.y += 8
            sheet.rule(sheet.y - 1, 0.15)
            sheet.y += 1

    def _gaps(self) -> None:
        gaps, sheet = gaps_of(self.pack.orders, self.pack.proof), self.sheet
        if not gaps:
            self._headed(_("Nothing is missing"), GREEN)
            sheet.note(
                _(
                    "Approvals, contracts with signed copies, acceptance, invoices with files and payment are all here."
                )
            )
            return
        text = ngettext("%(count)d thing is missing", "%(count)d things are missing", len(gaps))
        self._headed(text % {"count": len(gaps)}, AMBER)
        sheet.points(gaps, AMBER)

    def _headed(self, text: str, colour: Colour) -> None:
        sheet = self.sheet
        sheet.heading(text, keep=12)
        sheet.pdf.set_fill_color(*colour)
        sheet.pdf.rect(LEFT, sheet.y - 7.9, 1.4, 5, style="F")

    def _contents(self) -> None:
        self.sheet.heading(pgettext("pack", "Contents"))
        columns = [
            Column(pgettext("pack", "Order"), 46),
            Column(_("Purpose"), WIDTH - 132),
            Column(pgettext("pack", "Ordered at"), 36),
            Column(_("Sum (yuan)"), 34, True),
            Column(pgettext("pack", "Page"), 16, True),
        ]
        rows = [
            [
                order.record.number,
                order.request.purpose or "–",
                moment(order.record.placed_at),
                shown_yuan(order.record.due_fen),
                f"{self.known.get(order.record.number, '')}",
            ]
            for order in self.pack.orders
        ]
        rows.append([_("Ledger and certificates"), "", "", "", f"{self.known.get(_PROOF, '')}"])
        due = sum(order.record.due_fen for order in self.pack.orders)
        self.sheet.table(columns, rows, [_("Total"), "", "", shown_yuan(due), ""])
        self.sheet.note(
            _("SHA-256 of what this pack says: %(digest)s") % {"digest": self.pack.digest}, size=7.5
        )

    # --- the proof -----------------------------------------------------------------------------------

    def _proof(self) -> None:
        sheet, proof = self.sheet, self.pack.proof
        sheet.page()
        sheet.mark(_PROOF)
        sheet.title(_("Ledger and certificates"))
        sheet.note(
            _(
                "Confirmed are goods paid and accepted, the later of the two, by the platform's own counting rules"
                " (平台口径): of the partner places, with verified origin, without freight."
            )
        )
        if not proof.rows:
            sheet.note(_("The ledger confirms nothing of these orders yet."), colour=AMBER)
        else:
            columns = [
                Column(pgettext("pack", "Month"), 24),
                Column(_("Place"), 64),
                Column(_("Programme"), WIDTH - 126),
                Column(_("Confirmed (yuan)"), 38, True),
            ]
            rows = [
                [f"{row.month:%Y-%m}", row.place, row.programme, shown_yuan(row.fen)] for row in proof.rows
            ]
            sheet.table(columns, rows, [_("Total"), "", "", shown_yuan(proof.fen)])
        self._certificates()

    def _certificates(self) -> None:
        sheet, found = self.sheet, self.pack.proof.certificates
        sheet.heading(_("Certificates of the unit for these months"), keep=14)
        if not found:
            sheet.note(_("None has been issued yet."))
            return
        columns = [
            Column(pgettext("pack", "Code"), 34),
            Column(pgettext("pack", "Months"), WIDTH - 137),
            Column(_("Certified (yuan)"), 35, True),
            Column(_("The ledger now"), 35, True),
            Column(pgettext("pack", "Compared"), 33),
        ]
        rows = [
            [
                shown_code(row.certificate.code),
                f"{row.certificate.starts_on:%Y-%m} – {row.certificate.ends_on:%Y-%m}",
                shown_yuan(row.certificate.confirmed_fen),
                shown_yuan(row.now_fen),
                _("has changed since") if row.is_amended else pgettext("pack", "equal"),
            ]
            for row in found
        ]
        sheet.table(columns, rows)
        sheet.note(
            _("They speak of all that the unit bought in these months, not of this pack's orders alone.")
        )
        sheet.note(
            _("Verify each at %(link)s") % {"link": verify_link(found[0].certificate).rsplit("/", 2)[0] + "/"}
        )
