"""The pages about one order: what was bought, who agreed, contracts, acceptance, invoices, money."""

import datetime as dt

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from shop.certificates.packs.content import Accepted, OrderFile
from shop.certificates.packs.photos import PRINTED, jpeg_of
from shop.certificates.packs.sheet import AMBER, GREEN, WIDTH, Column, Sheet
from shop.core.clock import SHANGHAI
from shop.core.fen import shown_yuan
from shop.gateways.models import Payment, RefundExecution
from shop.invoicing.models import Invoice
from shop.ordering.status import PayMethod
from shop.procurement.acceptance_pages import title_of
from shop.procurement.chain import chain_of
from shop.procurement.contract_pdf import print_contract
from shop.procurement.models import Remedy
from shop.procurement.standing import LineStanding, Part

#: So many photos of a pack are printed; the others lie in the zip only.
MOST_PRINTED = 120


def print_order(sheet: Sheet, order: OrderFile, photos_before: int) -> int:
    """Print all that is filed of an order, from a new page on; return how many photos were printed by now."""
    sheet.page()
    sheet.mark(order.record.number)
    sheet.title(
        _("Order %(number)s") % {"number": order.record.number}, f"¥{shown_yuan(order.record.due_fen)}"
    )
    _facts(sheet, order)
    _goods(sheet, order)
    _approval(sheet, order)
    _contracts(sheet, order)
    printed = _acceptance(sheet, order, photos_before)
    _invoices(sheet, order)
    _money(sheet, order)
    _recipients(sheet, order)
    for signed in order.contracts:
        print_contract(signed.contract, sheet.pdf, sheet.bare_page)
    return printed


def _recipients(sheet: Sheet, order: OrderFile) -> None:
    """Print how far the order's people have signed, and which papers lie in the archive."""
    signing = order.signing
    if signing is None and not order.annexes:
        return
    sheet.heading("7  " + _("Further papers"), keep=14)
    if signing is not None and signing.erased_at is not None:
        text = _(
            "The %(people)d people of this order were erased on %(day)s; the signed list is the unit's paper."
        )
        sheet.note(text % {"people": signing.headcount, "day": moment(signing.erased_at)})
    elif signing is not None:
        text = _("%(signed)d of %(people)d people have signed for their goods.")
        sheet.note(text % {"people": signing.headcount, "signed": signing.headcount - signing.unsigned})
    names = [_("%(name)s lies in the archive.") % {"name": annex.name} for annex in order.annexes]
    sheet.points(names, GREEN)


def moment(at: dt.datetime | None) -> str:
    """Return a moment as the papers say it."""
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if at else "–"


def _facts(sheet: Sheet, order: OrderFile) -> None:
    record, request = order.record, order.request
    sheet.facts(
        [
            (_("Purchase request"), request.number),
            (pgettext("pack", "Ordered at"), moment(record.placed_at)),
            (_("Purpose"), request.purpose or "–"),
            (pgettext("pack", "Plan"), str(request.plan) if request.plan else "–"),
            (pgettext("pack", "Way of paying"), str(request.get_pay_by_display())),
            (pgettext("pack", "Paid at"), moment(record.paid_at) if record.paid_at else _("Not paid yet")),
            (_("Suppliers"), "、".join(order.suppliers().values())),
            (_("Units"), f"{sum(line.units for line in order.lines):,}"),
        ]
    )


def _goods(sheet: Sheet, order: OrderFile) -> None:
    sheet.heading("1  " + _("List of goods"))
    columns = [
        Column(_("SKU"), 29),
        Column(_("Product"), 53),
        Column(_("Units"), 15, True),
        Column(_("Unit price"), 21, True),
        Column(_("Sum (yuan)"), 25, True),
        Column(pgettext("pack", "Accepted"), 15, True),
        Column(_("Off the order"), 16, True),
    ]
    for supplier_id, name in order.suppliers().items():
        lines = [line for line in order.lines if line.supplier_id == supplier_id]
        freight = sum(charge.fen for charge in order.charges if charge.supplier_id == supplier_id)
        goods = sum(line.fen for line in lines)
        parts = _("goods ¥%(goods)s, freight ¥%(freight)s")
        sheet.caption(name, parts % {"goods": shown_yuan(goods), "freight": shown_yuan(freight)})
        foot = [_("Total"), "", f"{sum(line.units for line in lines):,}", "", shown_yuan(goods), "", ""]
        sheet.table(columns, [_goods_row(line) for line in lines], foot)
    for reduction in order.reductions:
        text = _("Taken off on %(day)s: ¥%(yuan)s, %(reason)s")
        told = {"day": moment(reduction.at), "yuan": shown_yuan(reduction.fen), "reason": reduction.reason}
        sheet.note(text % told)


def _goods_row(line: LineStanding) -> list[str]:
    each = shown_yuan(line.fen // line.units) if line.units and line.fen % line.units == 0 else ""
    gone = f"{line.gone:,}" if line.gone else ""
    return [line.sku, line.title, f"{line.units:,}", each, shown_yuan(line.fen), f"{line.accepted:,}", gone]


def _approval(sheet: Sheet, order: OrderFile) -> None:
    request = order.request
    sheet.heading("2  " + _("Approval"))
    sheet.facts(
        [
            (_("Handed in by"), order.people.get(request.submitted_by_id or 0, "–")),
            (_("Handed in"), moment(request.submitted_at)),
            (_("Goods as seen"), f"¥{shown_yuan(request.goods_fen)}"),
            (_("Freight as seen"), f"¥{shown_yuan(request.freight_fen)}"),
        ]
    )
    columns = [
        Column(_("Step"), 12),
        Column(pgettext("pack", "As"), 24),
        Column(_("Approved by"), 34),
        Column(pgettext("pack", "When"), 34),
        Column(_("Note"), WIDTH - 104),
    ]
    steps = chain_of(request)
    rows = [
        [
            f"{one.position}",
            str(steps[one.position - 1].role.label) if one.position <= len(steps) else "",
            order.people.get(one.approved_by, "–"),
            moment(one.approved_at),
            one.note,
        ]
        for one in order.approvals
    ]
    if rows:
        sheet.table(columns, rows)
        sheet.note(
            _(
                "Each approved goods, prices, freight, delivery, purpose, quotes and invoice data as one content."
                " SHA-256 of what they saw: %(digest)s"
            )
            % {"digest": order.approvals[0].digest},
            size=8,
        )
        if order.is_unchanged:
            sheet.note(_("The request still reads so: nothing was changed after the approval."), colour=GREEN)
    else:
        sheet.note(_("No approval of the request was written down."), colour=AMBER)
    _compared(sheet, order)


def _compared(sheet: Sheet, order: OrderFile) -> None:
    """Print the quotes that were compared, and why a price above the band was paid."""
    if order.quotes:
        sheet.caption(_("Quotes that were compared"))
        columns = [
            Column(_("Seller"), 72),
            Column(_("Sum (yuan)"), 30, True),
            Column(_("Day"), 26),
            Column(_("Note"), WIDTH - 128),
        ]
        sheet.table(
            columns,
            [[one.company, shown_yuan(one.fen), f"{one.quoted_on}", one.note] for one in order.quotes],
        )
    if order.reasons:
        sheet.caption(_("Prices above the reference price, and why they were paid"))
        sheet.table(
            [Column(_("SKU"), 34), Column(_("Reason"), WIDTH - 34)], [list(row) for row in order.reasons]
        )


def _contracts(sheet: Sheet, order: OrderFile) -> None:
    sheet.heading("3  " + pgettext("of purchases", "Contracts"), keep=14)
    if not order.contracts:
        sheet.note(_("No contract was made: the sum lies below the one that asks for it."))
        return
    columns = [
        Column(pgettext("pack", "Number"), 42),
        Column(_("Seller"), 56),
        Column(pgettext("pack", "Made"), 30),
        Column(_("Sum (yuan)"), 26, True),
        Column(_("Signed copies"), WIDTH - 154, True),
    ]
    rows = [
        [
            one.contract.number,
            one.contract.supplier.name_zh,
            moment(one.contract.made_at),
            shown_yuan(one.contract.total_fen),
            f"{len(one.scans)}",
        ]
        for one in order.contracts
    ]
    sheet.table(columns, rows)
    sheet.note(
        _("The contracts follow at the end of this order; signed copies lie in the archive."), size=8.5
    )


def _acceptance(sheet: Sheet, order: OrderFile, photos_before: int) -> int:
    sheet.heading("4  " + _("Acceptance"), keep=14)
    if not order.reports:
        sheet.note(_("Nothing has been accepted yet."), colour=AMBER)
    for row in order.reports:
        photos_before = _report(sheet, row, photos_before)
    return photos_before


def _report(sheet: Sheet, row: Accepted, photos_before: int) -> int:
    report = row.report
    sheet.caption(report.number, str(report.get_state_display()), keep=48)
    sheet.facts(
        [
            (pgettext("pack", "About"), _part_named(row)),
            (_("Goods came on"), f"{report.received_on}" if report.received_on else "–"),
            (_("Counted by"), f"{report.reported_by} {moment(report.reported_at)}"),
            (_("Signed for by"), report.signer or "–"),
            (
                pgettext("pack", "Report approved by"),
                f"{report.decided_by or '–'} {moment(report.decided_at)}",
            ),
            (_("Note"), report.note or "–"),
        ]
    )
    columns = [
        Column(_("Product"), 62),
        Column(pgettext("units", "accepted"), 18, True),
        Column(pgettext("units", "missing"), 18, True),
        Column(pgettext("units", "damaged"), 18, True),
        Column(_("Reason and remedy"), WIDTH - 116),
    ]
    rows = []
    for line in report.lines.all():
        remedy = str(Remedy(line.remedy).label) if line.rejected_units else ""
        counts = (line.accepted_units, line.short_units, line.damaged_units)
        said = " · ".join(filter(None, (line.reason, remedy)))
        rows.append([line.line.title, *(f"{count:,}" for count in counts), said])
    sheet.table(columns, rows)
    room = max(MOST_PRINTED - photos_before, 0)
    shown = row.photos[:room]
    sheet.pictures(
        [
            (
                b"" if sheet.is_rehearsal else jpeg_of(photo, PRINTED),
                _named(number, moment(photo.uploaded_at)),
            )
            for number, photo in enumerate(shown, start=1)
        ]
    )
    if more := len(row.photos) - len(shown):
        text = ngettext(
            "%(count)d more photo lies in the archive.", "%(count)d more photos lie in the archive.", more
        )
        sheet.note(text % {"count": more})
    return photos_before + len(shown)


def _named(number: int, when: str) -> str:
    return _("Photo %(number)d, %(when)s") % {"number": number, "when": when}


def _part_named(row: Accepted) -> str:
    told = title_of(Part(row.report.supplier_order, row.report.parcel))
    if told["parcel"]:
        number = _("Parcel %(number)s") % {"number": told["parcel"].number}
        return f"{told['supplier_name']} · {number}"
    return told["supplier_name"] or _("The whole order")


def _invoices(sheet: Sheet, order: OrderFile) -> None:
    sheet.heading("5  " + _("Invoices"), keep=14)
    columns = [
        Column(pgettext("pack", "Number"), 43),
        Column(_("Supplier"), 45),
        Column(_("Day"), 20),
        Column(_("Without tax"), 22, True),
        Column(_("Tax"), 19, True),
        Column(_("Sum (yuan)"), WIDTH - 149, True),
    ]
    rows = [
        _invoice_row(invoice, papers.request.supplier.name_zh)
        for papers in order.papers
        for invoice in papers.invoices
    ]
    if not rows:
        sheet.note(_("No invoice has been issued yet."), colour=AMBER)
        return
    all_of = [invoice for papers in order.papers for invoice in papers.invoices]
    sums = (sum(one.ex_tax_fen for one in all_of), sum(one.tax_fen for one in all_of), order.invoiced_fen)
    sheet.table(columns, rows, [_("Total"), "", "", *(shown_yuan(fen) for fen in sums)])
    titles = {(one.request.title, one.request.tax_number) for one in order.papers if one.invoices}
    for title, number in sorted(titles):
        sheet.note(
            _("Made out to %(title)s, tax number %(number)s.") % {"title": title, "number": number or "–"}
        )


def _invoice_row(invoice: Invoice, supplier: str) -> list[str]:
    if invoice.reason_code:
        supplier = f"{supplier} · {_('Credit invoice')}: {invoice.get_reason_code_display()}"
    sums = (invoice.ex_tax_fen, invoice.tax_fen, invoice.gross_fen)
    return [invoice.number, supplier, f"{invoice.issued_on}", *(shown_yuan(fen) for fen in sums)]


def _money(sheet: Sheet, order: OrderFile) -> None:
    sheet.heading("6  " + _("Payment and refunds"), keep=14)
    columns = [
        Column(pgettext("pack", "When"), 33),
        Column(pgettext("money", "What"), 54),
        Column(_("From or to"), WIDTH - 115),
        Column(_("Sum (yuan)"), 28, True),
    ]
    rows = [_payment_row(payment) for payment in order.payments]
    executions = [
        one for refund in order.refunds for one in refund.executions.all() if one.state == "executed"
    ]
    rows += [_refund_row(one) for one in executions]
    if not rows:
        sheet.note(_("Nothing has been paid yet."), colour=AMBER)
    else:
        sheet.table(columns, rows, [_("Paid less refunds"), "", "", shown_yuan(order.net_fen)])
    for refund in order.refunds:
        text = _("Refund %(number)s of ¥%(yuan)s, %(state)s: %(reason)s")
        told = {"number": refund.number, "yuan": shown_yuan(refund.fen), "reason": refund.reason}
        sheet.note(text % {**told, "state": refund.get_state_display()})
    booked = _(
        "The ledger of consumption support holds ¥%(net)s of this order, of which ¥%(confirmed)s confirmed."
    )
    told = {"net": shown_yuan(order.booked.net_fen), "confirmed": shown_yuan(order.booked.confirmed_fen)}
    sheet.note(booked % told)


def _payment_row(payment: Payment) -> list[str]:
    attempt = payment.attempt
    codes = [bundle.reference for bundle in attempt.bundles.all()] if attempt else []
    is_transfer = payment.provider == PayMethod.BANK_TRANSFER
    reference = (codes or ([attempt.reference] if attempt and is_transfer else []))[:1]
    told = (
        str(PayMethod(payment.provider).label) if payment.provider in PayMethod.values else payment.provider
    )
    return [
        moment(payment.captured_at),
        " · ".join([told, *reference]),
        _whose(payment.payer, payment.payer_account),
        shown_yuan(payment.applied_fen),
    ]


def _refund_row(execution: RefundExecution) -> list[str]:
    when = f"{execution.sent_on}" if execution.sent_on else moment(execution.finished_at)
    payee = _whose(execution.payee, execution.payee_account) if execution.payee else _("Back to the payer")
    return [when, _("Refund paid out"), payee, shown_yuan(-execution.fen)]


def _whose(name: str, account: str) -> str:
    """Return a party with the last figures of its account."""
    return " ".join(filter(None, (name, f"…{account[-4:]}" if account else ""))) or "–"
