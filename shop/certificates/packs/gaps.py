"""What a pack still lacks, in whole sentences: its cover says so, so that nobody files an incomplete one unawares."""

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shop.certificates.packs.content import OrderFile
from shop.certificates.packs.proof import Proof
from shop.core import clock
from shop.core.fen import shown_yuan
from shop.files.models import StoredFile
from shop.files.places import LARGE, photo_path, upload_path
from shop.invoicing.models import RequestState as InvoiceState
from shop.ledger.periods import month_end
from shop.ordering.status import PaymentState, RefundState
from shop.procurement.models import ReportState


def gaps_of(orders: Sequence[OrderFile], proof: Proof) -> list[str]:
    """Return what is missing of these orders and of what proves them; empty when all is there."""
    found = [gap for order in orders for gap in order_gaps(order)]
    return [*found, *_unproven(proof)]


def order_gaps(order: OrderFile) -> list[str]:
    """Return what is missing of one order, each beginning with its number."""
    texts = (
        *_of_payment(order),
        *_of_approval(order),
        *_of_contracts(order),
        *_of_acceptance(order),
        *_of_signing(order),
        *_of_invoices(order),
        *_of_ledger(order),
    )
    return [f"{order.record.number}: {text}" for text in texts]


def _of_payment(order: OrderFile) -> Iterator[str]:
    record = order.record
    if record.payment_state != PaymentState.PAID:
        yield _("¥%(yuan)s are not paid yet.") % {"yuan": shown_yuan(record.due_fen)}
    for refund in order.refunds:
        if refund.state == RefundState.REQUESTED:
            yield _("Refund %(number)s of ¥%(yuan)s is not paid out yet.") % {
                "number": refund.number,
                "yuan": shown_yuan(refund.fen),
            }


def _of_approval(order: OrderFile) -> Iterator[str]:
    if not order.approvals:
        yield _("No approval of the request was written down.")


def _of_contracts(order: OrderFile) -> Iterator[str]:
    for signed in order.contracts:
        if not signed.scans:
            yield _("Contract %(number)s has no signed copy.") % {"number": signed.contract.number}
        if lost := sum(not is_there(scan) for scan in signed.scans):
            yield ngettext(
                "%(count)d signed copy of contract %(number)s cannot be read at present.",
                "%(count)d signed copies of contract %(number)s cannot be read at present.",
                lost,
            ) % {"count": lost, "number": signed.contract.number}


def _of_acceptance(order: OrderFile) -> Iterator[str]:
    units = sum(line.units for line in order.lines)
    settled = sum(min(line.units, line.accepted + max(line.gone, line.rejected)) for line in order.lines)
    if settled < units:
        yield _("%(open)d of %(units)d units are not accepted yet.") % {
            "open": units - settled,
            "units": units,
        }
    for row in order.reports:
        if row.report.state == ReportState.REPORTED:
            yield _("Acceptance report %(number)s waits for another member's approval.") % {
                "number": row.report.number
            }
        if not row.photos:
            yield _("Acceptance report %(number)s has no photo.") % {"number": row.report.number}
        if lost := sum(not is_there(photo) for photo in row.photos):
            yield ngettext(
                "%(count)d photo of acceptance report %(number)s cannot be shown at present.",
                "%(count)d photos of acceptance report %(number)s cannot be shown at present.",
                lost,
            ) % {"count": lost, "number": row.report.number}


def _of_signing(order: OrderFile) -> Iterator[str]:
    signing = order.signing
    if signing is not None and signing.unsigned:
        yield _("%(open)d of %(people)d people have not signed for their goods.") % {
            "open": signing.unsigned,
            "people": signing.headcount,
        }


def _of_invoices(order: OrderFile) -> Iterator[str]:
    for supplier_id, name in order.suppliers().items():
        due = order.due_of(supplier_id)
        papers = [one for one in order.papers if one.request.supplier_id == supplier_id]
        standing = [one for one in papers if one.request.state == InvoiceState.ISSUED]
        told = {"supplier": name, "yuan": shown_yuan(due)}
        if not standing:
            if due and any(one.request.state == InvoiceState.REQUESTED for one in papers):
                yield _("%(supplier)s has not issued its invoice of ¥%(yuan)s yet.") % told
            elif due:
                yield _("No invoice of %(supplier)s was asked for; it comes to ¥%(yuan)s.") % told
            continue
        invoiced = sum(one.net_fen for one in papers)
        if invoiced != due:
            yield _("The invoices of %(supplier)s come to ¥%(invoiced)s, its goods to ¥%(yuan)s.") % {
                **told,
                "invoiced": shown_yuan(invoiced),
            }
        for one in standing:
            if not one.files:
                number = one.invoices[0].number if one.invoices else one.request.number
                yield _("No file of invoice %(number)s was uploaded.") % {"number": number}
            if lost := sum(not is_there(file) for file in one.files):
                yield ngettext(
                    "%(count)d file of %(supplier)s's invoice cannot be read at present.",
                    "%(count)d files of %(supplier)s's invoice cannot be read at present.",
                    lost,
                ) % {"count": lost, "supplier": name}


def _of_ledger(order: OrderFile) -> Iterator[str]:
    if order.booked.net_fen != order.net_fen:
        yield _(
            "The ledger holds ¥%(booked)s of it and ¥%(net)s were paid: events are still on their way. Ask for the"
            " pack again in a few minutes."
        ) % {"booked": shown_yuan(order.booked.net_fen), "net": shown_yuan(order.net_fen)}


def _unproven(proof: Proof) -> Iterator[str]:
    today = clock.today()
    for month in proof.uncovered:
        if month_end(month) <= today:
            yield _("No certificate covers %(month)s; the unit can issue it on its certificates page.") % {
                "month": f"{month:%Y-%m}"
            }
        else:
            yield _("%(month)s has not ended: its certificate can be issued from the next month on.") % {
                "month": f"{month:%Y-%m}"
            }
    for row in proof.certificates:
        if row.is_amended:
            yield _(
                "The ledger has changed since certificate %(code)s was issued; the unit can issue it anew."
            ) % {"code": row.certificate.code}


def is_there(file: StoredFile) -> bool:
    """Say whether the bytes of a file can be taken: a photo's once the worker has encoded it anew."""
    if file.ready_at is None:
        return False
    is_photo = file.kind == "photo"
    return (photo_path(file, LARGE) if is_photo else upload_path(file)).is_file()
