"""Ask for invoices, and take the wish back: one request per supplier of an order."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from shop.core import clock
from shop.core.locks import lock
from shop.invoicing.events import tell_exchange_wanted, tell_requested, tell_withdrawn
from shop.invoicing.exceptions import InvoicingError
from shop.invoicing.goods import accounted_suppliers, suppliers_with_goods
from shop.invoicing.models import OPEN_STATES, InvoiceRequest, RequestState
from shop.invoicing.transitions import move
from shop.journal.services import record as journal
from shop.ordering.invoices import InvoiceWish
from shop.ordering.models import OrderRecord
from shop.ordering.status import PaymentState

#: So often a supplier's invoice of an order may be asked for and not wanted after all.
MOST_WITHDRAWN = 5


def request_from_wish(*, record_id: int) -> list[InvoiceRequest]:
    """Turn the wish that an order was placed with into requests, once it is paid or its goods are accepted.

    Of a paid order for every supplier that has something left; of one on terms for those whose goods are all
    accounted for by acceptance reports. A supplier that was ever asked is not asked again: safe to call twice, and
    after a withdrawal. Emits `invoice.requested` for each.
    """
    with transaction.atomic():
        record = lock(OrderRecord.objects.filter(pk=record_id)).get()
        if not record.invoice_wish:
            return []
        wanted = suppliers_with_goods(record.pk)
        if record.payment_state != PaymentState.PAID:
            wanted &= accounted_suppliers(record.pk) if record.is_on_terms else set()
        known = set(InvoiceRequest.objects.filter(record=record).values_list("supplier_id", flat=True))
        return _ask(record, wanted - known, InvoiceWish(**record.invoice_wish), asked_by=None)


def request_invoices(*, record_id: int, wish: InvoiceWish, asked_by: int | None) -> list[InvoiceRequest]:
    """Ask every supplier of an order for its invoice who has not been asked, or whose last one is credited.

    `wish` is checked already (`ordering.invoices.checked_wish`). Emits `invoice.requested` for each. Raises
    InvoicingError: no title, an order that is neither paid nor shipped on terms, and nothing left to ask for -
    which is what a second call finds - or only what was asked for and taken back MOST_WITHDRAWN times (too_often).
    """
    _require_title(wish)
    with transaction.atomic():
        record = lock(OrderRecord.objects.filter(pk=record_id)).get()
        if record.payment_state != PaymentState.PAID and not record.is_on_terms:
            raise InvoicingError(
                _("The suppliers make out invoices once the order is paid."), code="not_paid"
            )
        asked = InvoiceRequest.objects.filter(record=record, state__in=OPEN_STATES)
        wanted = suppliers_with_goods(record.pk) - set(asked.values_list("supplier_id", flat=True))
        if not wanted:
            raise InvoicingError(_("No invoice of this order is left to be asked for."), code="nothing")
        wanted -= _taken_back_too_often(record)
        if not wanted:
            raise InvoicingError(
                _("It was asked for and taken back %(times)d times. Please write to the supplier.")
                % {"times": MOST_WITHDRAWN},
                code="too_often",
            )
        return _ask(record, wanted, wish, asked_by=asked_by)


def withdraw_requests(*, record_id: int, actor_id: int | None) -> int:
    """Take back the requests of an order that no invoice was made out for; return how many. Safe to call twice."""
    with transaction.atomic():
        record = lock(OrderRecord.objects.filter(pk=record_id)).get()
        waiting = _of(record).filter(state=RequestState.REQUESTED)
        return _withdraw(waiting, actor_id)


def withdraw_empty_requests(*, record_id: int) -> int:
    """Take back the requests of suppliers of whose goods nothing is left to be invoiced; return how many.

    Nobody could ever answer them. Safe to call twice.
    """
    with transaction.atomic():
        record = lock(OrderRecord.objects.filter(pk=record_id)).get()
        waiting = _of(record).filter(state=RequestState.REQUESTED)
        return _withdraw(waiting.exclude(supplier__in=suppliers_with_goods(record.pk)), None)


def ask_exchange(*, record_id: int, wish: InvoiceWish, asked_by: int | None) -> int:
    """Ask the suppliers to take the order's issued invoices back and to make them out to `wish` instead (换开).

    Each does so by `exchange_invoice`. Returns how many were asked; the same wish again asks nobody. Raises
    InvoicingError: no title, or no invoice that could be exchanged.
    """
    _require_title(wish)
    with transaction.atomic():
        record = lock(OrderRecord.objects.filter(pk=record_id)).get()
        rows = list(_of(record).filter(state=RequestState.ISSUED).order_by("pk"))
        if not rows:
            raise InvoicingError(_("Only an issued invoice can be exchanged."), code="not_issued")
        changed = [request for request in rows if request.exchange_wish != wish.as_kept()]
        for request in changed:
            request.exchange_wish = wish.as_kept()
            request.save(update_fields=["exchange_wish"])
            note(request, "invoice.exchange_wanted", asked_by)
            tell_exchange_wanted(request)
    return len(changed)


def open_request(
    record: OrderRecord,
    supplier_id: int,
    wish: InvoiceWish,
    *,
    asked_by: int | None,
    replaces: InvoiceRequest | None = None,
) -> InvoiceRequest:
    """Write a request of a locked order down, journal and tell of it."""
    request = InvoiceRequest.objects.create(
        record=record,
        supplier_id=supplier_id,
        number=f"{record.number}-F{InvoiceRequest.objects.filter(record=record).count() + 1}",
        title=wish.title,
        tax_number=wish.tax_number,
        email=wish.email,
        asked_by=asked_by,
        asked_at=clock.now(),
        replaces=replaces,
    )
    note(request, "invoice.requested", asked_by)
    tell_requested(request)
    return request


def locked_request(request_id: int) -> InvoiceRequest:
    """Lock the order first, as everyone does, then read the request under its lock."""
    record_id = InvoiceRequest.objects.values_list("record_id", flat=True).get(pk=request_id)
    lock(OrderRecord.objects.filter(pk=record_id)).get()
    return InvoiceRequest.objects.select_related("record", "supplier").get(pk=request_id)


def note(request: InvoiceRequest, action: str, actor_id: int | None, **after: object) -> None:
    """Write an act about a request into the journal; title and tax number stay on its row."""
    journal(
        actor_id=actor_id,
        action=action,
        object_type="invoice_request",
        object_key=request.number,
        after={"order": request.record.number, "supplier": request.supplier.code, **after},
    )


def is_asked(*, record_id: int, wish: InvoiceWish) -> bool:
    """Say whether just this has been asked for and stands: what a second press of the button finds. One query."""
    same = {"title": wish.title, "tax_number": wish.tax_number, "email": wish.email}
    return InvoiceRequest.objects.filter(record=record_id, state__in=OPEN_STATES, **same).exists()


def _ask(
    record: OrderRecord, suppliers: Iterable[int], wish: InvoiceWish, *, asked_by: int | None
) -> list[InvoiceRequest]:
    return [open_request(record, supplier_id, wish, asked_by=asked_by) for supplier_id in sorted(suppliers)]


def _withdraw(waiting: QuerySet[InvoiceRequest], actor_id: int | None) -> int:
    """Take back requests of a locked order; return how many."""
    rows = list(waiting.order_by("pk"))
    for request in rows:
        move(request, RequestState.WITHDRAWN, ended_at=clock.now())
        note(request, "invoice.withdrawn", actor_id)
        tell_withdrawn(request)
    return len(rows)


def _taken_back_too_often(record: OrderRecord) -> set[int]:
    rows = InvoiceRequest.objects.filter(record=record, state=RequestState.WITHDRAWN).order_by()
    counted = rows.values_list("supplier").annotate(times=Count("pk")).filter(times__gte=MOST_WITHDRAWN)
    return {supplier_id for supplier_id, _times in counted}


def _of(record: OrderRecord) -> QuerySet[InvoiceRequest]:
    return InvoiceRequest.objects.filter(record=record).select_related("record", "supplier")


def _require_title(wish: InvoiceWish) -> None:
    if not wish.title:
        raise InvoicingError(
            _("Say to whom the invoice is made out."), code="invoice_title", field="invoice_title"
        )
