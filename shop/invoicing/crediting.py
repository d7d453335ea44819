"""Take an invoice back by a credit invoice (红字): for an executed refund in part, or as a whole to exchange it."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from django.utils.translation import gettext as _

from shop.core import clock
from shop.core.faultpoint import faultpoint
from shop.invoicing.events import tell_credited, tell_exchanged
from shop.invoicing.exceptions import InvoicingError
from shop.invoicing.goods import key_of, standing_fen
from shop.invoicing.models import (
    REFUND_REASONS,
    CreditReason,
    Invoice,
    InvoiceLine,
    InvoiceRequest,
    RequestState,
)
from shop.invoicing.recording import (
    clean_number,
    one_number,
    priced_line,
    require_day,
    require_free,
    write_invoice,
)
from shop.invoicing.requests import locked_request, note, open_request
from shop.invoicing.transitions import move
from shop.ordering.invoices import InvoiceWish
from shop.ordering.models import RefundItem, RefundRequest
from shop.ordering.status import RefundState


class _Left(NamedTuple):
    """What still stands of a line on the invoice, in fen."""

    fen: int = 0
    ex_tax_fen: int = 0

    @property
    def tax_fen(self) -> int:
        return self.fen - self.ex_tax_fen


def credit_invoice(
    *,
    request_id: int,
    refund_id: int,
    number: str,
    issued_on: dt.date,
    reason_code: str,
    actor_id: int | None,
) -> Invoice:
    """Write down the credit invoice of an executed refund: the supplier's part of it, at the invoice's own rates.

    `reason_code` is 02, 03 or 04 (CreditReason). A request of which nothing is left is credited then. Emits
    `invoice.credited`. The same number again for the same refund changes nothing. Raises InvoicingError naming the
    field: number, issued_on, reason_code, refund - one that is not executed, has nothing of this invoice, was
    credited already, or was left out of the invoice because it came first.
    """
    number = clean_number(number)
    if reason_code not in REFUND_REASONS:
        raise InvoicingError(
            _("Choose why it is credited; an invoice in error is exchanged."),
            code="reason_code",
            field="reason_code",
        )
    with one_number(number):
        request = locked_request(request_id)
        known = Invoice.objects.filter(number=number).select_related("request").first()
        if known is not None and known.request_id == request.pk and known.refund_id == refund_id:
            return known
        require_free(known)
        invoice = _issued(request)
        refund = _executed(request, refund_id)
        _require_once(invoice, refund)
        require_day(issued_on, not_before=invoice.issued_on)
        left = _left_of(request)
        _require_after(invoice, refund)
        rows = _credit_lines(invoice, refund, left)
        credit = _write_credit(
            invoice, rows, number=number, issued_on=issued_on, reason=reason_code, refund=refund, by=actor_id
        )
        if sum(one.fen for one in left.values()) + credit.gross_fen == 0:
            move(request, RequestState.CREDITED, ended_at=clock.now())
        note(request, "invoice.credited", actor_id, invoice=number, fen=credit.gross_fen, code=reason_code)
        tell_credited(request, credit)
        faultpoint("invoicing.credit.before_commit")
    return credit


def exchange_invoice(
    *, request_id: int, number: str, issued_on: dt.date, actor_id: int | None
) -> InvoiceRequest | None:
    """Take back all that is left of an invoice by a credit invoice (reason 01) and open a request for a new one.

    The new one is made out to whom the asker wants it exchanged (`ask_exchange`), else to the same; its lines will be
    the goods as they stand then. Emits `invoice.exchanged` and `invoice.requested`. The same number again changes
    nothing. Returns the new request; None, and none is opened, where no goods are left for one. Raises
    InvoicingError naming the field: number, issued_on.
    """
    number = clean_number(number)
    with one_number(number):
        request = locked_request(request_id)
        known = Invoice.objects.filter(number=number).select_related("request").first()
        if known is not None and known.request_id == request.pk and request.state == RequestState.EXCHANGED:
            return InvoiceRequest.objects.filter(replaces=request).first()
        require_free(known)
        invoice = _issued(request)
        require_day(issued_on, not_before=invoice.issued_on)
        rows = _whole_back(invoice, _left_of(request))
        credit = _write_credit(
            invoice,
            rows,
            number=number,
            issued_on=issued_on,
            reason=CreditReason.WRONG,
            refund=None,
            by=actor_id,
        )
        move(request, RequestState.EXCHANGED, ended_at=clock.now())
        note(request, "invoice.exchanged", actor_id, invoice=number, fen=credit.gross_fen)
        new = _asked_anew(request)
        tell_exchanged(request, credit, new)
        faultpoint("invoicing.exchange.before_commit")
    return new


def _asked_anew(request: InvoiceRequest) -> InvoiceRequest | None:
    """Open the request that stands in the place of one taken back; None where no goods are left for it."""
    if not standing_fen(request.record_id, request.supplier_id):
        return None
    same = {"title": request.title, "tax_number": request.tax_number, "email": request.email}
    wish = InvoiceWish(**(request.exchange_wish or same))
    return open_request(
        request.record, request.supplier_id, wish, asked_by=request.asked_by, replaces=request
    )


def creditable_refunds(request: InvoiceRequest) -> list[RefundRequest]:
    """Return the executed refunds that the request's invoice is still to be credited for, oldest first. Few queries.

    A refund that was executed before the invoice was written down is no part of it.
    """
    if request.state != RequestState.ISSUED:
        return []
    invoice = Invoice.objects.filter(request=request, credits=None).get()
    done = Invoice.objects.filter(credits=invoice).exclude(refund=None).values("refund")
    mine = RefundItem.objects.filter(share__supplier=request.supplier_id) | RefundItem.objects.filter(
        charge__supplier=request.supplier_id
    )
    found = RefundRequest.objects.filter(
        record=request.record_id,
        state=RefundState.EXECUTED,
        finished_at__gte=invoice.recorded_at,
        pk__in=mine.values("request"),
    )
    return list(found.exclude(pk__in=done).order_by("finished_at", "pk"))


def _issued(request: InvoiceRequest) -> Invoice:
    if request.state != RequestState.ISSUED:
        raise InvoicingError(_("There is no invoice that could be credited."), code="not_issued")
    return Invoice.objects.filter(request=request, credits=None).get()


def _executed(request: InvoiceRequest, refund_id: int) -> RefundRequest:
    refund = RefundRequest.objects.filter(pk=refund_id, record=request.record_id).first()
    if refund is None or refund.state != RefundState.EXECUTED:
        raise InvoicingError(
            _("Choose a refund of this order whose money has gone back."), code="refund", field="refund"
        )
    return refund


def _require_once(invoice: Invoice, refund: RefundRequest) -> None:
    if Invoice.objects.filter(credits=invoice, refund=refund).exists():
        raise InvoicingError(
            _("Refund %(number)s has its credit invoice already.") % {"number": refund.number},
            code="credited",
            field="refund",
        )


def _require_after(invoice: Invoice, refund: RefundRequest) -> None:
    """Refuse a refund that was executed before the invoice was written down: its goods were left out of it."""
    if refund.finished_at is not None and refund.finished_at < invoice.recorded_at:
        raise InvoicingError(
            _("Refund %(number)s was left out of the invoice, it came first.") % {"number": refund.number},
            code="refund_before",
            field="refund",
        )


def _left_of(request: InvoiceRequest) -> dict[str, _Left]:
    """Return what invoice and credit invoices of a request come to, by line."""
    left: dict[str, _Left] = defaultdict(_Left)
    for line in InvoiceLine.objects.filter(invoice__request=request):
        key = key_of(line.share_id, line.charge_id)
        before = left[key]
        left[key] = _Left(before.fen + line.gross_fen, before.ex_tax_fen + line.ex_tax_fen)
    return left


def _credit_lines(invoice: Invoice, refund: RefundRequest, left: dict[str, _Left]) -> list[InvoiceLine]:
    """Return the negative lines of a refund's items; none may take more off than stands on the invoice."""
    own = {key_of(line.share_id, line.charge_id): line for line in invoice.lines.all()}
    rows: list[InvoiceLine] = []
    for item in refund.items.order_by("pk"):
        key = key_of(item.share_id, item.charge_id)
        if key not in own or not item.fen:
            continue
        if left[key].fen < item.fen:
            raise InvoicingError(
                _("Line %(name)s: less is left on the invoice than was refunded.") % {"name": own[key].name},
                code="refund_strange",
                field="refund",
            )
        rows.append(_back(own[key], len(rows) + 1, left[key], units=item.units, fen=item.fen))
    if not rows:
        raise InvoicingError(
            _("This refund has nothing that stands on the invoice."), code="refund_strange", field="refund"
        )
    return rows


def _whole_back(invoice: Invoice, left: dict[str, _Left]) -> list[InvoiceLine]:
    returned: dict[str, int] = defaultdict(int)
    for line in InvoiceLine.objects.filter(invoice__credits=invoice):
        returned[key_of(line.share_id, line.charge_id)] -= line.units
    rows: list[InvoiceLine] = []
    for line in invoice.lines.all():
        key = key_of(line.share_id, line.charge_id)
        if fen := left[key].fen:
            units = max(line.units - returned[key], 0)
            rows.append(_back(line, len(rows) + 1, left[key], units=units, fen=fen))
    return rows


def _back(line: InvoiceLine, position: int, left: _Left, *, units: int, fen: int) -> InvoiceLine:
    """Return the negative line; of several the last takes what is left, so that the tax goes back to the fen."""
    back = priced_line(
        InvoiceLine(
            position=position,
            share_id=line.share_id,
            charge_id=line.charge_id,
            name=line.name,
            spec=line.spec,
            unit=line.unit,
            units=-units,
            gross_fen=-fen,
            rate_percent=line.rate_percent,
            tax_code=line.tax_code,
        )
    )
    # Never more of either than is left.
    ex_tax_fen = min(max(-back.ex_tax_fen, fen - left.tax_fen), left.ex_tax_fen)
    back.ex_tax_fen, back.tax_fen = -ex_tax_fen, ex_tax_fen - fen
    return back


def _write_credit(
    invoice: Invoice,
    rows: Sequence[InvoiceLine],
    *,
    number: str,
    issued_on: dt.date,
    reason: str,
    refund: RefundRequest | None,
    by: int | None,
) -> Invoice:
    credit = Invoice(
        request=invoice.request,
        number=number,
        issued_on=issued_on,
        credits=invoice,
        reason_code=reason,
        refund=refund,
        recorded_by=by,
    )
    return write_invoice(credit, rows)
